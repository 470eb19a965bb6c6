"""From where a value comes to the parts of the queries that fetch it."""

from __future__ import annotations

from functools import singledispatchmethod
from typing import Any

from sqlglot import exp

from dynalayer.migrate.contract import AttributeSpec, EntitySpec, did_you_mean
from dynalayer.migrate.contract.templates import parse_template
from dynalayer.migrate.contract.values import (
    Aggregate,
    Case,
    Chain,
    Column,
    Concat,
    Conditional,
    DateMath,
    ForeignKey,
    JsonConstruction,
    LookupTable,
    MultiColumn,
    Placeholder,
    SelfJoin,
    Static,
    StringFormat,
    Template,
    Value,
)
from dynalayer.migrate.source import ColumnInfo, TableInfo

from .building import CHILD, Child, Parts
from .fragments import BadFragment, Row, Scope, condition, is_column_text, literal_of, parse, resolve
from .recipes import Children, Choose, Fixed, Joined, Moved, Of, Otherwise, Output, Recipe, Record


class Compiler:
    """Compiles the attributes of one entity into the parts of its queries; raises `BadFragment`."""

    def __init__(self, parts: Parts, entity: EntitySpec) -> None:
        self._parts = parts
        self._entity = entity
        self._pointer = ""
        self._own = ""

    def attribute(self, attribute: AttributeSpec) -> Recipe:
        """How this attribute is made."""
        self._pointer, self._own = attribute.pointer, attribute.name
        recipe = self.value(attribute.value)
        if isinstance(attribute.transformation, StringFormat):
            recipe = self._text(parse_template(attribute.transformation.format), recipe)
        return recipe

    @singledispatchmethod
    def value(self, value: Value) -> Recipe:
        """How a value is made."""
        raise NotImplementedError(type(value).__name__)

    @value.register
    def _(self, value: Column) -> Recipe:
        return self._base_column(value.column)

    @value.register
    def _(self, value: Static) -> Recipe:
        return Fixed(value.value)

    @value.register
    def _(self, value: Template) -> Recipe:
        return self._text(value, None)

    @value.register
    def _(self, value: SelfJoin) -> Recipe:
        target = self._target(value)
        row = self._parts.join(target, (value.join_condition,), self._parts.base, self._pointer, (value.join_alias,))
        return _or_null_value(self._select(value.select_column, self._scope(row)), value.null_value)

    @value.register(ForeignKey)
    @value.register(LookupTable)
    def _(self, value: ForeignKey | LookupTable) -> Recipe:
        row = self._join(value.target_table, (value.join_condition,))
        return _or_null_value(self._select(value.select_column, self._scope(row)), value.null_value)

    @value.register
    def _(self, value: MultiColumn) -> Recipe:
        row = self._join(value.target_table, value.join_conditions)
        return _or_null_value(self._select(value.select_column, self._scope(row)), value.null_value)

    @value.register
    def _(self, value: Conditional) -> Recipe:
        row = self._join(value.target_table, (value.join_condition,))
        scope = self._scope(row)
        test = resolve(parse(value.condition, self._dialect), scope, prefer_joined=False)
        selector = self._selector([test])
        return Choose(selector, (self._select(value.select_column, scope), self._else(value.else_value, scope)))

    @value.register
    def _(self, value: Chain) -> Recipe:
        source, found = self._parts.base, list[Recipe]()
        for hop in value.joins:
            row = self._parts.join(self._table(hop.target_table), (hop.join_condition,), source, self._pointer)
            found.append(self._select(hop.select_column, self._parts.scope(source, row)))
            source = row
        if value.chain_separator is None:
            return _or_null_value(found[-1], value.null_value)
        joined = Joined(tuple(found), value.chain_separator, skips_nulls=True)
        return _or_null_value(joined, value.null_value)

    @value.register
    def _(self, value: JsonConstruction) -> Recipe:
        target = self._table(value.target_table)
        if value.kind == "object" and value.order_by is None and value.limit is None:
            return self._record(value, target)
        return self._children(value, target)

    @value.register
    def _(self, value: Aggregate) -> Recipe:
        row = self._parts.aggregate_row(self._table(value.target_table))
        scope = self._scope(row)
        column: ColumnInfo | None = None
        inner: exp.Expr = exp.Star()
        if value.select_column.strip() != "*":
            parsed = parse(value.select_column, self._dialect)
            inner = resolve(parsed, scope)
            if value.operation in ("MIN", "MAX"):
                column = _info(inner, row)
        function = {"SUM": exp.Sum, "COUNT": exp.Count, "AVG": exp.Avg, "MIN": exp.Min, "MAX": exp.Max}
        select = exp.select(function[value.operation](this=inner)).from_(_aliased(row))
        on = condition(value.join_condition, scope)
        self._parts.aggregates.append((row, on))
        return self._parts.output(select.where(on).subquery(), column)

    @value.register
    def _(self, value: Case) -> Recipe:
        scope = self._scope(None)
        tests = [resolve(parse(arm.when, self._dialect), scope) for arm in value.cases]
        choices = [self._select(arm.then, scope) for arm in value.cases]
        choices.append(Fixed(None) if value.otherwise is None else self._select(value.otherwise, scope))
        return Choose(self._selector(tests), tuple(choices))

    @value.register
    def _(self, value: Concat) -> Recipe:
        scope = self._scope(None)
        return Joined(tuple(self._select(part, scope) for part in value.parts), value.separator)

    @value.register
    def _(self, value: DateMath) -> Recipe:
        return Moved(self._select(value.expr, self._scope(None)), value.unit, value.amount)

    def _record(self, value: JsonConstruction, target: TableInfo) -> Recipe:
        row = self._join(target.name, (value.join_condition,))
        scope = self._scope(row)
        members = tuple((name, self._select(text, scope)) for name, text in value.select_columns.items())
        key = target.key or (target.columns[0].name,)
        present = self._parts.output(exp.column(exp.to_identifier(key[0], quoted=True), table=row.alias))
        return Record(present.number, members)

    def _children(self, value: JsonConstruction, target: TableInfo) -> Recipe:
        row = Row(CHILD, target)
        scope = self._scope(row)
        child = Child(row, condition(value.join_condition, scope), [], self._order(value, scope), value.limit)
        members: list[tuple[str, Recipe]] = []
        for name, text in value.select_columns.items():
            parsed = parse(text, self._dialect)
            is_literal, literal = literal_of(parsed)
            if is_literal:
                members.append((name, Fixed(literal)))
                continue
            resolved = resolve(parsed, scope)
            info = _info(resolved, row) or _info(resolved, self._parts.base)
            if self._dialect == "sqlite" and info is not None and info.kind == "decimal":
                resolved = exp.cast(resolved, "text")
            members.append((name, Output(len(child.outputs), info)))
            child.outputs.append(resolved)
        self._parts.children.append(child)
        return Children(len(self._parts.children) - 1, value.kind, tuple(members))

    def _order(self, value: JsonConstruction, scope: Scope) -> list[exp.Expr]:
        """The order asked for, then the child's key, so that the same rows always give the same list."""
        assert scope.joined is not None
        order: list[exp.Expr] = []
        if value.order_by is not None:
            column, *direction = value.order_by.split()
            by = resolve(parse(column, self._dialect), scope)
            order.append(exp.Ordered(this=by, desc=[word.lower() for word in direction] == ["desc"]))
        for name in scope.joined.table.key:
            by = exp.column(exp.to_identifier(name, quoted=True), table=scope.joined.alias)
            order.append(exp.Ordered(this=by, desc=False))
        return order

    def _text(self, template: Template, value: Recipe | None) -> Recipe:
        parts: list[Recipe] = []
        for part in template.parts:
            if not isinstance(part, Placeholder):
                parts.append(Fixed(part))
            elif part.name == "value" and value is not None:
                parts.append(value)
            else:
                parts.append(self._named(part.name))
        return Joined(tuple(parts))

    def _named(self, name: str) -> Recipe:
        """What a placeholder means: an attribute of the entity, else a column of its source table."""
        other = self._entity.attribute(name)
        if other is not None and name != self._own:
            return Of(name)
        if self._parts.base.table.column(name) is None:
            names = [each.name for each in self._entity.attributes]
            columns = [each.name for each in self._parts.base.table.columns]
            raise BadFragment(
                f"the placeholder {{{name}}} is no attribute of {self._entity.name!r} and no column of "
                f"{self._parts.base.table.name!r}",
                did_you_mean(name, [*names, *columns]),
            )
        return self._base_column(name)

    def _base_column(self, name: str) -> Output:
        return self._column(name, self._parts.base)

    def _column(self, name: str, row: Row) -> Output:
        info = row.table.column(name)
        if info is None:
            names = [each.name for each in row.table.columns]
            raise BadFragment(f"table {row.table.name!r} has no column {name!r}", did_you_mean(name, names))
        return self._parts.output(exp.column(exp.to_identifier(info.name, quoted=True), table=row.alias), info)

    def _select(self, text: str, scope: Scope) -> Recipe:
        """A literal as it is; anything else as the database gives it."""
        expression = parse(text, self._dialect)
        is_literal, literal = literal_of(expression)
        if is_literal:
            return Fixed(literal)
        resolved = resolve(expression, scope)
        rows = [row for row in (scope.joined, scope.source, *scope.others) if row is not None]
        info = next((found for row in rows if (found := _info(resolved, row)) is not None), None)
        return self._parts.output(resolved, info)

    def _else(self, text: str, scope: Scope) -> Recipe:
        """`qualifier.column` and quoted texts as SQL, every other word as the text that it is."""
        if text.strip()[:1] in ("'", '"'):
            return Fixed(text.strip()[1:-1])
        return self._select(text, scope) if is_column_text(text) else Fixed(text)

    def _selector(self, tests: list[exp.Expr]) -> int:
        case = exp.Case()
        for number, test in enumerate(tests):
            case = case.when(test, exp.Literal.number(number))
        return self._parts.output(case.else_(exp.Literal.number(len(tests)))).number

    def _join(self, target: str, conditions: tuple[str, ...]) -> Row:
        return self._parts.join(self._table(target), conditions, self._parts.base, self._pointer)

    def _scope(self, joined: Row | None) -> Scope:
        return self._parts.scope(self._parts.base, joined)

    def _table(self, name: str) -> TableInfo:
        found = self._parts.schema.table(name)
        if found is None:
            names = [table.name for table in self._parts.schema.tables]
            raise BadFragment(f"there is no table {name!r} in the source", did_you_mean(name, names))
        return found

    def _target(self, value: SelfJoin) -> TableInfo:
        """The table of a self join: its own, or where the foreign key of the condition's right side leads."""
        if value.target_table is not None:
            return self._table(value.target_table)
        base = self._parts.base.table
        parsed = parse(value.join_condition, self._dialect)
        right = parsed.right if isinstance(parsed, exp.EQ) else None
        if isinstance(right, exp.Column) and right.table not in ("", base.name, value.join_alias):
            raise BadFragment(
                f"{value.join_condition!r} speaks of {right.table!r}, which is neither {base.name!r} nor the alias",
                "say the other table in 'target_table'",
            )
        if not isinstance(right, exp.Column):
            return base
        for key in base.foreign_keys:
            if right.name in key.columns and key.target_table != base.name:
                return self._table(key.target_table)
        return base

    @property
    def _dialect(self) -> Any:
        return self._parts.schema.dialect


def _or_null_value(recipe: Recipe, null_value: str | None) -> Recipe:
    return recipe if null_value is None else Otherwise(recipe, Fixed(null_value))


def _info(expression: exp.Expr, row: Row) -> ColumnInfo | None:
    """The column that an expression is, if it is one of this row."""
    if isinstance(expression, exp.Column) and expression.table == row.alias:
        return row.table.column(expression.name)
    return None


def _aliased(row: Row) -> exp.Expr:
    table = exp.Table(this=exp.to_identifier(row.table.name, quoted=True))
    return exp.alias_(table, row.alias, table=True, quoted=False)
