"""Reading where an attribute's value comes from: joins, calculations, transformations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, get_args

from .findings import did_you_mean
from .nodes import Node
from .templates import BadTemplate, parse_template
from .values import (
    Aggregate,
    Case,
    Chain,
    Concat,
    Conditional,
    DateFormat,
    DateMath,
    ForeignKey,
    Hop,
    JsonConstruction,
    JsonParse,
    LookupTable,
    MultiColumn,
    NumberFormat,
    Operation,
    SelfJoin,
    Static,
    StringFormat,
    Template,
    Transformation,
    Unit,
    Value,
    When,
)

ORDER: Final = ("asc", "desc")


def read_join(node: Node, base_table: str, source_table: str) -> Value | None:
    """The value that a join gives; `source_table` is what the attribute names as its source (dialect A)."""
    if not node.is_object("a join"):
        return None
    if node.has("local_column") or (node.has("source_column") and not node.has("type")):
        return _plain_join(node, base_table, source_table)
    joined: Value | None = _by_kind(node, "join", _JOINS)
    return joined


def read_calculation(node: Node) -> Value | None:
    """The value that is calculated."""
    return _by_kind(node, "calculation", _CALCULATIONS) if node.is_object("a calculation") else None


def read_transformation(node: Node) -> Transformation | Value | None:
    """How a value is formatted; `static` and `template` are values of their own."""
    return _by_kind(node, "transformation", _TRANSFORMATIONS) if node.is_object("a transformation") else None


def read_template(node: Node, name: str) -> Template | None:
    """The template in a member that must be there."""
    text = node.text(name)
    if text is None:
        return None
    try:
        return parse_template(text)
    except BadTemplate as error:
        node.at(name).error(str(error))
        return None


def _by_kind(node: Node, what: str, readers: Mapping[str, Callable[[Node], Any]]) -> Any:
    kind = node.text("type")
    if kind is None:
        return None
    reader = readers.get(kind.lower())
    if reader is None:
        node.at("type").error(f"{what} {kind!r} is unknown", did_you_mean(kind, readers))
        return None
    return reader(node)


def _plain_join(node: Node, base_table: str, source_table: str) -> Value | None:
    local, remote = node.text("local_column"), node.text("source_column")
    if local is None or remote is None:
        return None
    # What is selected is the attribute's own source column; `source_column` of the join is what the key leads to.
    return ForeignKey(source_table, f"{source_table}.{remote} = {base_table}.{local}", "")


def _self_join(node: Node) -> Value | None:
    alias, condition, select = node.text("join_alias"), node.text("join_condition"), node.text("select_column")
    if alias is None or condition is None or select is None:
        return None
    return SelfJoin(alias, condition, select, node.scalar_text("null_value"), node.optional_text("target_table"))


def _joined(kind: type[ForeignKey] | type[LookupTable]) -> Callable[[Node], Value | None]:
    def read(node: Node) -> Value | None:
        target, condition, select = node.text("target_table"), node.text("join_condition"), node.text("select_column")
        if target is None or condition is None or select is None:
            return None
        return kind(target, condition, select, node.scalar_text("null_value"))

    return read


def _multi_column(node: Node) -> Value | None:
    target, select, conditions = node.text("target_table"), node.text("select_column"), node.texts("join_conditions")
    if not conditions:
        node.error("the member 'join_conditions' is missing or empty")
    if target is None or select is None or not conditions:
        return None
    return MultiColumn(target, conditions, select, node.scalar_text("null_value"))


def _conditional(node: Node) -> Value | None:
    members = [node.text(each) for each in ("condition", "target_table", "join_condition", "select_column")]
    otherwise = node.scalar_text("else_value")
    if otherwise is None and not node.has("else_value"):
        node.error("the member 'else_value' is missing", "say what the attribute is where the condition is not true")
    if otherwise is None or any(member is None for member in members):
        return None
    condition, target, join, select = (str(member) for member in members)
    return Conditional(condition, target, join, select, otherwise)


def _chain(node: Node) -> Value | None:
    hops = [_hop(child) for child in node.children("joins")]
    if not hops:
        node.error("the member 'joins' is missing or empty", "list each hop with its table, condition and column")
    if not hops or any(hop is None for hop in hops):
        return None
    separator = node.scalar_text("chain_separator")
    return Chain(tuple(hop for hop in hops if hop is not None), separator, node.scalar_text("null_value"))


def _hop(node: Node) -> Hop | None:
    if not node.is_object("a hop of a chain"):
        return None
    target, condition, select = node.text("target_table"), node.text("join_condition"), node.text("select_column")
    if target is None or condition is None or select is None:
        return None
    return Hop(target, condition, select)


def _json_construction(node: Node) -> Value | None:
    target, condition, inner = node.text("target_table"), node.text("join_condition"), node.at("construction")
    if not inner.is_object("a construction") or target is None or condition is None:
        return None
    kind = inner.choice("type", ("array", "object"))
    columns = inner.at("select_columns")
    if not columns.is_object("select_columns"):
        return None
    chosen = {name: columns.text(name) for name in columns.value}
    if not chosen:
        columns.error("select_columns names nothing", "say which keys the objects have, and from which columns")
    limit, order = inner.whole_number("limit", least=1), _order(inner)
    if kind is None or not chosen or any(each is None for each in chosen.values()):
        return None
    selected = {name: str(column) for name, column in chosen.items()}
    if kind == "array":
        return JsonConstruction(target, condition, "array", selected, limit, order)
    return JsonConstruction(target, condition, "object", selected, limit, order)


def _order(node: Node) -> str | None:
    order = node.optional_text("order_by")
    if order is None:
        return None
    words = order.split()
    if len(words) > 2 or (len(words) == 2 and words[1].lower() not in ORDER):
        node.at("order_by").error(f"{order!r} is not a column with ASC or DESC after it")
        return None
    return order


def _aggregate(node: Node) -> Value | None:
    target, condition = node.text("target_table"), node.text("join_condition")
    operation = node.choice("operation", get_args(Operation))
    select = node.optional_text("select_column", "column")
    if select is None and operation not in (None, "COUNT"):
        node.error("the member 'select_column' is missing", f"say what {operation} is taken of")
        return None
    if target is None or condition is None or operation is None:
        return None
    known: Operation = next(each for each in get_args(Operation) if each == operation)
    return Aggregate(target, condition, known, select or "*")


def _case(node: Node) -> Value | None:
    arms = [(each, each.text("when"), each.scalar_text("then")) for each in node.children("cases")]
    if not arms:
        node.error("the member 'cases' is missing or empty")
    for each, _, then in arms:
        if then is None:
            each.error("the member 'then' is missing")
    if not arms or any(when is None or then is None for _, when, then in arms):
        return None
    return Case(tuple(When(str(when), str(then)) for _, when, then in arms), node.scalar_text("else"))


def _concat(node: Node) -> Value | None:
    parts = node.texts("parts")
    if not parts:
        node.error("the member 'parts' is missing or empty", "list columns, and texts in quotes")
        return None
    return Concat(parts, node.scalar_text("separator") or "")


def _date_math(node: Node) -> Value | None:
    expression, unit = node.text("expr", "expression"), node.choice("unit", get_args(Unit))
    amount = node.whole_number("amount", least=-1_000_000)
    if amount is None and not node.has("amount"):
        node.error("the member 'amount' is missing")
    if expression is None or unit is None or amount is None:
        return None
    known: Unit = next(each for each in get_args(Unit) if each == unit)
    return DateMath(expression, known, amount)


def _date_format(node: Node) -> Transformation | None:
    format_ = node.text("format")
    return None if format_ is None else DateFormat(format_, node.optional_text("source_format"))


def _string_format(node: Node) -> Transformation | None:
    template = read_template(node, "format")
    return None if template is None else StringFormat(str(node.at("format").value))


def _number_format(node: Node) -> Transformation | None:
    format_ = node.text("format")
    if format_ is None:
        return None
    try:
        format(0, format_)
    except ValueError:
        node.at("format").error(f"{format_!r} is not a number's format", "such as '010d' or '.2f'")
        return None
    return NumberFormat(format_)


def _static(node: Node) -> Value | None:
    if "value" not in node.value:
        node.error("the member 'value' is missing")
        return None
    return Static(node.value["value"])


def _json_parse(node: Node) -> Transformation:
    return JsonParse()


def _template(node: Node) -> Value | None:
    return read_template(node, "template")


_JOINS: Final[Mapping[str, Callable[[Node], Value | None]]] = {
    "self-join": _self_join,
    "foreign-key": _joined(ForeignKey),
    "multi-column": _multi_column,
    "conditional": _conditional,
    "chain": _chain,
    "lookup-table": _joined(LookupTable),
    "json-construction": _json_construction,
}
_CALCULATIONS: Final[Mapping[str, Callable[[Node], Value | None]]] = {
    "aggregate": _aggregate,
    "case": _case,
    "concat": _concat,
    "date-math": _date_math,
}
_TRANSFORMATIONS: Final[Mapping[str, Callable[[Node], Transformation | Value | None]]] = {
    "date-format": _date_format,
    "string-format": _string_format,
    "number-format": _number_format,
    "json-parse": _json_parse,
    "static": _static,
    "template": _template,
}


def select_of(value: Value | None, column: str) -> Value | None:
    """A plain join with the column that it gives."""
    if isinstance(value, ForeignKey) and not value.select_column:
        return ForeignKey(value.target_table, value.join_condition, f"{value.target_table}.{column}", value.null_value)
    return value
