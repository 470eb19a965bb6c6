"""From the text of a statement to its syntax tree (guide, "PartiQL for DynamoDB reference")."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dynalayer.engines.embedded.grammar.syntax import Action, Arithmetic, Call, Condition, Path, Placeholder
from dynalayer.engines.embedded.partiql.conditions import ConditionReader
from dynalayer.engines.embedded.partiql.lexer import malformed
from dynalayer.engines.embedded.partiql.syntax import Delete, Exists, Insert, Parsed, Select, Statement, Update
from dynalayer.protocol import ValidationError, Value, messages

_RETURNING: Final = {
    ("ALL", "OLD"): "ALL_OLD",
    ("MODIFIED", "OLD"): "UPDATED_OLD",
    ("ALL", "NEW"): "ALL_NEW",
    ("MODIFIED", "NEW"): "UPDATED_NEW",
}
_SET_FUNCTIONS: Final = {"set_add": "ADD", "set_delete": "DELETE"}
_OTHER_CLAUSES: Final = frozenset(
    {"GROUP", "HAVING", "JOIN", "LIMIT", "OFFSET", "LET", "UNION", "INNER", "LEFT", "CROSS"}
)


def parse(text: str, parameters: Sequence[Value] = ()) -> Parsed:
    """The syntax tree of a statement with its values; raises `ValidationError` for one that cannot be read."""
    return _StatementReader(text, parameters).parse()


class _StatementReader(ConditionReader):
    def parse(self) -> Parsed:
        statement = self._statement()
        self.accept(";")
        self.expect("end")
        self.check_parameters()
        return Parsed(statement, self.values)

    def _statement(self) -> Statement:
        if self.kind == "SELECT":
            return self._select()
        if self.kind == "INSERT":
            return self._insert()
        if self.kind == "UPDATE":
            return self._update()
        if self.kind == "DELETE":
            return self._delete()
        return self._exists()

    def _select(self) -> Select:
        self.expect("SELECT")
        paths = self._projection()
        self.expect("FROM")
        table, index = self._source()
        self._read_alias()
        shown = None if paths is None else tuple(self.resolved(path) for path in paths)
        where = self._where()
        return Select(table, index, shown, where, self._order())

    def _projection(self) -> list[Path] | None:
        if self.accept("*"):
            return None
        if self.kind in ("word", "quoted") and (self.later(1), self.later(2)) == (".", "*"):
            self.take()
            self.take()
            self.take()
            return None
        paths = [self._projected()]
        while self.accept(","):
            paths.append(self._projected())
        return paths

    def _projected(self) -> Path:
        path = self.path()
        if self.kind == "AS":
            raise ValidationError(messages.STATEMENT_ALIAS)
        return path

    def _source(self) -> tuple[str, str | None]:
        table = self.name()
        return table, self.name() if self.accept(".") else None

    def _read_alias(self) -> None:
        if self.is_word(*_OTHER_CLAUSES):
            raise malformed(messages.STATEMENT_CLAUSE.format(self.take().text.upper()))
        if self.accept("AS") or self.kind in ("word", "quoted"):
            self.alias = self.name()

    def _where(self) -> Condition | None:
        where = self.condition() if self.accept("WHERE") else None
        if self.is_word(*_OTHER_CLAUSES):
            raise malformed(messages.STATEMENT_CLAUSE.format(self.take().text.upper()))
        return where

    def _order(self) -> tuple[tuple[str, bool], ...]:
        if not self.accept("ORDER"):
            return ()
        self.expect_word("BY")
        order = [self._order_key()]
        while self.accept(","):
            order.append(self._order_key())
        return tuple(order)

    def _order_key(self) -> tuple[str, bool]:
        path = self.path()
        ascending = not self.is_word("ASC", "DESC") or self.take().text.upper() == "ASC"
        return ".".join(map(str, path.elements)), ascending

    def _insert(self) -> Insert:
        self.expect("INSERT")
        self.expect("INTO")
        table = self.name()
        self.expect_word("VALUE")
        if self.kind not in ("{", "?"):
            self.fail()
        value = self.literal()
        if "M" not in value:
            # A parameter too few is told as such, and stands here as null.
            self.check_parameters()
            raise malformed(messages.STATEMENT_ITEM)
        return Insert(table, value["M"])

    def _update(self) -> Update:
        self.expect("UPDATE")
        table = self.name()
        actions: list[Action] = []
        while self.kind in ("SET", "REMOVE"):
            section = self.take().kind
            actions.append(self._action(section))
            while self.accept(","):
                actions.append(self._action(section))
        if not actions:
            self.fail()
        where = self._where()
        return Update(table, tuple(actions), where, self._returning())

    def _action(self, section: str) -> Action:
        path = self.path()
        if section == "REMOVE":
            return Action(section, path, None)
        self.expect("=")
        value = self.operand()
        if isinstance(value, Call) and value.function in _SET_FUNCTIONS:
            return self._set_action(path, value)
        if self.kind in ("+", "-"):
            return Action(section, path, Arithmetic(self.take().kind, value, self.operand()))
        return Action(section, path, value)

    def _set_action(self, path: Path, call: Call) -> Action:
        """`SET a = set_add(a, <<..>>)` is what an update expression calls `ADD a :set`."""
        operands = call.operands
        if len(operands) != 2 or operands[0] != path or not isinstance(operands[1], Placeholder):
            raise ValidationError(messages.STATEMENT_SET_FUNCTION.format(call.function))
        (kind,) = self.values[operands[1].name]
        if kind not in ("SS", "NS", "BS"):
            raise ValidationError(messages.STATEMENT_SET_FUNCTION.format(call.function))
        return Action(_SET_FUNCTIONS[call.function], path, operands[1])

    def _delete(self) -> Delete:
        self.expect("DELETE")
        self.expect("FROM")
        table = self.name()
        where = self._where()
        returning = self._returning()
        if returning not in ("NONE", "ALL_OLD"):
            raise ValidationError(messages.STATEMENT_RETURNING)
        return Delete(table, where, returning)

    def _returning(self) -> str:
        if not self.accept("RETURNING"):
            return "NONE"
        extent = self.expect_word("ALL", "MODIFIED")
        image = self.expect_word("OLD", "NEW")
        self.expect("*")
        return _RETURNING[extent, image]

    def _exists(self) -> Exists:
        self.expect("EXISTS")
        self.expect("(")
        select = self._select()
        self.expect(")")
        if select.index is not None or select.order:
            raise malformed(messages.STATEMENT_EXISTS)
        return Exists(select.table, select.where)
