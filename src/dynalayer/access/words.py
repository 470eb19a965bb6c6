"""Statements in words: their operation, where they go, and by which key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from dynalayer.schema import AccessPath, KeyPart, Query, SortCondition, definition_of
from dynalayer.statements import (
    BatchGet,
    BatchWrite,
    Check,
    Collection,
    Create,
    Delete,
    Put,
    Scan,
    TransactGet,
    Transaction,
    Update,
)


@dataclass(frozen=True, slots=True)
class Told:
    """What a statement does: the operation of the API, the tables or the index, and the key that it goes by."""

    operation: str
    where: str
    by: str


def tell(asked: Any) -> Told:
    """A statement in words."""
    match asked:
        case Scan():
            where = asked.table.name if asked.index is None else f"{asked.table.name} by {asked.index}"
            return Told("Scan", where, f"all {', '.join(entity.name for entity in asked.members)}")
        case Query():
            where = asked.definition.table.name
            return Told("Query", where if asked.path.index is None else f"{where} by {asked.path.index}", _query(asked))
        case Collection():
            told = tell(asked.query)
            names = ", ".join(member.definition.name for member in asked.members)
            order = ", descending" if asked.is_descending else ""
            return Told("Query", told.where, f"{_partition_words(asked.query)}: {names}{order}")
        case BatchGet() | TransactGet():
            return Told(asked.operation, *_several((key.definition for key in asked.keys), "get"))
        case BatchWrite():
            verbs = " and ".join(dict.fromkeys("delete" if hasattr(a, "wire") else "put" for a in asked.actions))
            return Told("BatchWriteItem", *_several((_target(each) for each in asked.actions), verbs))
        case Transaction():
            actions = "; ".join(action_words(action) for action in asked.actions)
            return Told("TransactWriteItems", _tables(_target(each) for each in asked.actions), actions)
        case _:
            definition = _target(asked)
            return Told(str(asked.operation), definition.table.name, key_words(definition.primary))


def action_words(action: Any) -> str:
    """One action of a transaction."""
    verbs: dict[type[Any], str] = {Create: "create", Put: "put", Update: "update", Delete: "delete", Check: "check"}
    return f"{verbs.get(type(action), type(action).__name__)} {_target(action).name}"


def key_words(path: AccessPath) -> str:
    """The whole key of an item."""
    sources = dict.fromkeys(source.name for part in path.parts for source in part.sources)
    return _all_given(sources)


def _all_given(names: Iterable[str]) -> str:
    return " and ".join(f"{name} = ?" for name in names) or "one item"


def _several(definitions: Iterable[Any], verb: str) -> tuple[str, str]:
    found = list(definitions)
    return _tables(found), f"{verb} {', '.join(dict.fromkeys(each.name for each in found))}"


def _tables(definitions: Iterable[Any]) -> str:
    return ", ".join(dict.fromkeys(each.table.name for each in definitions))


def _target(subject: Any) -> Any:
    for name in ("definition", "key"):
        if hasattr(subject, name):
            found = getattr(subject, name)
            return found if name == "definition" else _target(found)
    return definition_of(getattr(subject, "entity", subject))


def _query(query: Query[Any, Any]) -> str:
    words = [_partition_words(query)] if any(part.sources for part in query.path.partition) else []
    words += [
        f"{source.name} = ?" for part, _ in zip(query.path.sort, query.pinned, strict=False) for source in part.sources
    ]
    if query.sort is not None and len(query.pinned) < len(query.path.sort):
        words += _sort(query, query.path.sort[len(query.pinned)], query.sort)
    by = " and ".join(words) or "one partition"
    return f"{by}, descending" if query.is_descending else by


def _partition_words(query: Query[Any, Any]) -> str:
    return _all_given(source.name for part in query.path.partition for source in part.sources)


def _sort(query: Query[Any, Any], part: KeyPart, sort: SortCondition) -> Iterator[str]:
    """The condition on the sort key, but for what only keeps to the keys of the entity."""
    texts = [str(next(iter(wire.values()))) for wire in sort.operands]
    if part.template is None:
        yield _compared(part.sources[0].name, sort.operator)
        return
    fields, given, start = part.template.fields, len(query.named), part.template.start(query.named)
    yield from (f"{name} = ?" for name in fields[:given])
    if not query.is_ranged:
        return
    if sort.operator == "BETWEEN" and texts[0] == start:
        yield f"{fields[given]} {'<' if sort.excluded else '<='} ?"
    elif sort.operator == "BETWEEN" and start and texts[1] == start[:-1] + chr(ord(start[-1]) + 1):
        yield f"{fields[given]} >= ?"
    else:
        yield _compared(fields[given], sort.operator)


def _compared(name: str, operator: str) -> str:
    words = {"begins_with": "begins with ?", "BETWEEN": "from ? to ?"}
    return f"{name} {words.get(operator, f'{operator} ?')}"
