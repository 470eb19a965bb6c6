"""Reading the attributes of an entity."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, get_args

from .model import AttributeSpec, AttributeType
from .nodes import Node, kind_of
from .sources import read_calculation, read_join, read_transformation, select_of
from .values import Column, DateFormat, JsonParse, NumberFormat, Static, StringFormat, Transformation, Value

_TYPES: Final = get_args(AttributeType)
_FORMATS: Final = (DateFormat, StringFormat, NumberFormat, JsonParse)


def read_attributes(node: Node, base_table: str, *, strict: bool) -> tuple[AttributeSpec, ...]:
    """The attributes under `attributes`, a list of objects with a name or a map by name; errors are noted.

    `strict` is for the older dialect, where a denormalized attribute must say why and by which join.
    """
    found: dict[str, AttributeSpec] = {}
    for child, name in _named(node.at("attributes")):
        if name is None or not child.is_object("an attribute"):
            continue
        if name in found:
            child.error(f"there are two attributes {name!r}", f"the other is at {found[name].pointer}")
            continue
        attribute = _read(child, name, base_table, strict=strict)
        if attribute is not None:
            found[name] = attribute
    return tuple(found.values())


def _named(node: Node) -> Iterator[tuple[Node, str | None]]:
    if isinstance(node.value, dict):
        yield from ((node.at(name), name) for name in node.value)
    elif isinstance(node.value, list):
        for number in range(len(node.value)):
            child = node.at(number)
            yield child, child.text("name") if isinstance(child.value, dict) else ""
    else:
        node.error(f"attributes must be a list or an object, this is {kind_of(node.value)}")


def _read(node: Node, name: str, base_table: str, *, strict: bool) -> AttributeSpec | None:
    type_ = node.choice("type", _TYPES)
    value, transformation = _value(node, base_table)
    denormalized, justification = node.flag("denormalized"), node.optional_text("justification") or ""
    if denormalized and not justification:
        reason = f"{name!r} is denormalized and does not say why"
        hint = "say in 'justification' who needs it and how it is refreshed"
        (node.error if strict else node.warn)(reason, hint)
    if strict and denormalized and not node.has("join"):
        node.error(f"{name!r} is denormalized and has no join", "say by which columns its source is found")
    if type_ is None or value is None:
        return None
    known: AttributeType = next(each for each in _TYPES if each == type_)
    return AttributeSpec(name, known, value, transformation, denormalized, justification, node.pointer)


def _value(node: Node, base_table: str) -> tuple[Value | None, Transformation | None]:
    """What the attribute is, and how that is formatted: a join or calculation gives it, a transformation formats it."""
    before = len(node.findings.errors)
    source_table = node.optional_text("source_table") or base_table
    columns = node.texts("source_column")
    given = _joined_or_calculated(node, base_table, source_table, columns)
    transformation = read_transformation(node.at("transformation")) if node.has("transformation") else None
    if isinstance(transformation, _FORMATS):
        formatted: Transformation | None = transformation
    else:
        formatted = None
        if transformation is not None and given is not None:
            node.warn("the transformation is a value of its own, so the join or calculation beside it is not used")
        given = transformation or given
    if given is None and len(node.findings.errors) == before:
        given = _column(node, base_table, source_table, columns, formatted)
    return given, formatted


def _joined_or_calculated(node: Node, base_table: str, source: str, columns: tuple[str, ...]) -> Value | None:
    joined = read_join(node.at("join"), base_table, source) if node.has("join") else None
    calculated = read_calculation(node.at("calculation")) if node.has("calculation") else None
    if joined is not None and calculated is not None:
        node.warn("there are a join and a calculation, and the join is used", "take one of them away")
    if joined is not None and not getattr(joined, "select_column", "?") and not columns:
        node.error("the member 'source_column' is missing", f"say which column of {source!r} the join gives")
        return None
    return select_of(joined, columns[0]) if joined is not None and columns else joined or calculated


def _column(
    node: Node, base_table: str, source_table: str, columns: tuple[str, ...], transformation: Transformation | None
) -> Value | None:
    if not columns:
        if isinstance(transformation, StringFormat):
            return Static(None)
        node.error("the member 'source_column' is missing", "or give a join, a calculation or a static value")
        return None
    if source_table != base_table:
        node.error(
            f"the column is of {source_table!r}, but the rows are of {base_table!r}", "give the join that leads there"
        )
        return None
    first, *more = columns
    if more and not isinstance(transformation, StringFormat):
        node.error("there are several source columns and nothing says how they become one", "use 'concat'")
        return None
    return Column(base_table, first)
