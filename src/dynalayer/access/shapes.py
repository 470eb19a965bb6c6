"""The shape of a call: what of its request an access pattern is about, without the values."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dynalayer.protocol import InvalidValue
from dynalayer.schema import Definition, KeyPart, Table, entities_of, is_marker

Request = Mapping[str, Any]

OPERATIONS: Final = frozenset(
    {
        "BatchGetItem",
        "BatchWriteItem",
        "DeleteItem",
        "GetItem",
        "PutItem",
        "Query",
        "Scan",
        "TransactGetItems",
        "TransactWriteItems",
        "UpdateItem",
    }
)
"""The operations on items; those on tables and streams are no access patterns."""

_CLAUSE: Final = re.compile(r"\b(SET|REMOVE|ADD|DELETE)\b")
_NAME: Final = re.compile(r"#\w+")


@dataclass(frozen=True, slots=True)
class Shape:
    """One read or write: by which table or index, of which entities, by which condition on the sort key.

    `entities` are those that the key fits, empty where no declared one does. `changed` are the attributes that an
    update names.
    """

    operation: str
    table: str
    index: str | None = None
    entities: frozenset[str] = frozenset()
    sort: str = ""
    filters: bool = False
    consistent: bool = False
    changed: frozenset[str] = frozenset()

    def covers(self, call: Shape) -> bool:
        """True if a call of the other shape is one of this, or less: eventually consistent, not filtered."""
        return (
            (self.operation, self.table, self.index, self.sort) == (call.operation, call.table, call.index, call.sort)
            and (self.entities == call.entities or bool(self.entities & call.entities))
            and (self.filters or not call.filters)
            and (self.consistent or not call.consistent)
            and call.changed <= self.changed
        )

    def __str__(self) -> str:
        where = self.table if self.index is None else f"{self.table} by {self.index}"
        notes = [
            f"of {' or '.join(sorted(self.entities))}" if self.entities else "of no declared entity",
            f"sort key {self.sort}" if self.sort else "",
            f"changing {', '.join(sorted(self.changed))}" if self.changed else "",
            "filtered" if self.filters else "",
            "consistent" if self.consistent else "",
        ]
        return f"{self.operation} on {where} " + ", ".join(note for note in notes if note)


def shapes(operation: str, request: Request, tables: Iterable[Table]) -> frozenset[Shape]:
    """The shapes of the reads and writes of one call: several for a batch or a transaction."""
    return frozenset(_shapes(operation, request, {table.name: _entities(table.name, tables) for table in tables}))


def _entities(name: str, tables: Iterable[Table]) -> list[Definition]:
    return [entity for table in tables if table.name == name for entity in entities_of(table)]


Entities = Mapping[str, list[Definition]]


def _shapes(operation: str, request: Request, entities: Entities) -> Iterator[Shape]:
    match operation:
        case "BatchGetItem":
            for table, asked in request["RequestItems"].items():
                consistent = bool(asked.get("ConsistentRead"))
                for key in asked["Keys"]:
                    yield Shape(operation, table, entities=_of_key(entities, table, key), consistent=consistent)
        case "BatchWriteItem":
            for table, writes in request["RequestItems"].items():
                for write in writes:
                    [(kind, content)] = write.items()
                    key = content["Item" if kind == "PutRequest" else "Key"]
                    yield Shape(f"{operation} {kind}", table, entities=_of_key(entities, table, key))
        case "TransactWriteItems" | "TransactGetItems":
            for action in request["TransactItems"]:
                [(kind, content)] = action.items()
                if not _is_marker(entities, content):
                    yield _single(f"{operation} {kind}", content, entities)
        case "Query" | "Scan":
            yield _reading(operation, request, entities)
        case _:
            yield _single(operation, request, entities)


def _is_marker(entities: Entities, content: Request) -> bool:
    """True for the item that holds a unique value: it comes with the write that the value is of."""
    found = entities.get(content["TableName"], [])
    return any(entity.uniques for entity in found) and is_marker(found[0].table, content.get("Key") or content["Item"])


def _single(operation: str, request: Request, entities: Entities) -> Shape:
    table = request["TableName"]
    return Shape(
        operation,
        table,
        entities=_of_key(entities, table, request.get("Key") or request["Item"]),
        consistent=bool(request.get("ConsistentRead")),
        changed=_changed(request, {entity.inside for entity in entities.get(table, [])}),
    )


def _changed(request: Request, maps: Container[str]) -> frozenset[str]:
    """The attributes that an update expression changes: in each clause what stands before the value.

    `maps` are those that entities keep their attributes inside: what is in one is told by itself.
    """
    _, *clauses = _CLAUSE.split(request.get("UpdateExpression", ""))
    names = request.get("ExpressionAttributeNames", {})
    values = request.get("ExpressionAttributeValues", {})
    parts = [part.partition("=") for clause in clauses[1::2] for part in _outside_brackets(clause)]
    ways = [([names[name] for name in _NAME.findall(target)], value.strip()) for target, _, value in parts]
    return frozenset(name for way, value in ways if way for name in _within(way, maps, values.get(value, {})))


def _within(way: Sequence[str], maps: Container[str], value: Mapping[str, Any]) -> list[str]:
    """What is changed by one part: an attribute, or what is kept in a map, which is made whole where there is none."""
    members = way[1:2] or value.get("M", ())
    return [f"{way[0]}.{member}" for member in members] if way[0] in maps and members else [way[0]]


def _outside_brackets(clause: str) -> list[str]:
    """The clause cut at its commas, but for those between the arguments of a function."""
    depth, parts = 0, [""]
    for character in clause:
        depth += (character == "(") - (character == ")")
        if character == "," and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _reading(operation: str, request: Request, entities: Entities) -> Shape:
    table, index = request["TableName"], request.get("IndexName")
    names, values = request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {})
    conditions = _key_conditions(request.get("KeyConditionExpression", ""), names, values)

    def fits(entity: Definition) -> bool:
        paths = [path for path in (entity.primary, *entity.paths.values()) if path.index == index]
        return any(all(_fits(part, conditions.get(part.attribute.name)) for part in path.parts) for path in paths)

    found = frozenset(entity.name for entity in entities.get(table, []) if fits(entity))
    partition = {part.attribute.name for each in entities.get(table, []) for part in _partition(each, index)}
    sort = [operator for name, (operator, _) in conditions.items() if name not in partition]
    return Shape(
        operation,
        table,
        index,
        found,
        " and ".join(sort),
        "FilterExpression" in request,
        bool(request.get("ConsistentRead")),
    )


def _partition(entity: Definition, index: str | None) -> list[KeyPart]:
    paths = [path for path in (entity.primary, *entity.paths.values()) if path.index == index]
    return [part for path in paths for part in path.partition]


_Condition = tuple[str, str]


def _key_conditions(text: str, names: Mapping[str, str], values: Mapping[str, Any]) -> dict[str, _Condition]:
    """The operator and the first operand of each key attribute that a key condition names."""
    found: dict[str, _Condition] = {}
    for name, operator, value in _COMPARISON.findall(text):
        found[names.get(name, name)] = (operator, _text(values[value]))
    for name, value in _PREFIX.findall(text):
        found[names.get(name, name)] = ("begins with", _text(values[value]))
    for name, value in _BETWEEN.findall(text):
        found[names.get(name, name)] = ("between", _text(values[value]))
    return found


_COMPARISON: Final = re.compile(r"(#?\w+) (=|<=|>=|<|>) (:\w+)")
_PREFIX: Final = re.compile(r"begins_with\((#?\w+), (:\w+)\)")
_BETWEEN: Final = re.compile(r"(#?\w+) BETWEEN (:\w+)")


def _text(wire: Mapping[str, Any]) -> str:
    return str(next(iter(wire.values())))


def _fits(part: KeyPart, condition: _Condition | None) -> bool:
    """True if keys that meet the condition may be the entity's."""
    if condition is None or part.template is None:
        return True
    operator, text = condition
    prefix = part.template.prefix
    if operator == "=":
        return _parses(part.template.parse, text)
    return text.startswith(prefix) or prefix.startswith(text)


def _parses(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except InvalidValue:
        return False
    return True


def _of_key(entities: Entities, table: str, item: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(
        entity.name
        for entity in entities.get(table, [])
        if all(_fits(part, ("=", _text(item[part.attribute.name]))) for part in entity.primary.parts)
    )
