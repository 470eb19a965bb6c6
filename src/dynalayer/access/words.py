"""Statements in words: their operation, where they go, and by which key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dynalayer.schema import AccessPath, KeyPart, Query, SortCondition, definition_of
from dynalayer.statements import BatchGet, BatchWrite, Check, Create, Delete, Get, Put, QueryPage, Transaction, Update

from .sizes import parts_of


@dataclass(frozen=True, slots=True)
class Told:
    """What a statement does: the operation of the API, the tables or the index, and the key that it goes by."""

    operation: str
    where: str
    by: str


def tell(asked: Any) -> Told:
    """A statement in words."""
    match asked:
        case QueryPage():
            return tell(asked.query)
        case Query():
            where = asked.definition.table.name
            return Told("Query", where if asked.path.index is None else f"{where} by {asked.path.index}", _query(asked))
        case BatchGet():
            return Told("BatchGetItem", *_several((key.definition for key in asked.keys), "get"))
        case BatchWrite():
            return Told("BatchWriteItem", *_several((_target(each) for each in asked.actions), "put or delete"))
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
    sources = dict.fromkeys(source.name for part in parts_of(path) for source in part.sources)
    return _all_given(sources)


def _all_given(names: Iterable[str]) -> str:
    return " and ".join(f"{name} = ?" for name in names) or "one item"


def _several(definitions: Iterable[Any], verb: str) -> tuple[str, str]:
    found = list(definitions)
    return _tables(found), f"{verb} {', '.join(dict.fromkeys(each.name for each in found))}"


def _tables(definitions: Iterable[Any]) -> str:
    return ", ".join(dict.fromkeys(each.table.name for each in definitions))


def _target(subject: Any) -> Any:
    for name in ("definition", "key", "query"):
        if hasattr(subject, name):
            found = getattr(subject, name)
            return found if name == "definition" else _target(found)
    return definition_of(getattr(subject, "entity", subject))


def _query(query: Query[Any, Any]) -> str:
    words = _all_given(source.name for source in query.path.pk.sources)
    if query.path.sk is not None and query.path.sk.sources and query.sort is not None:
        sort = _sort(query.path.sk, query.sort)
        words = f"{words} and {sort}" if sort else words
    return f"{words}, descending" if query.is_descending else words


def _sort(part: KeyPart, sort: SortCondition) -> str | None:
    """The condition on the sort key; None if it only keeps to the keys of the entity."""
    name = part.sources[0].name
    texts = [str(next(iter(wire.values()))) for wire in sort.operands]
    prefix, tail = (part.template.prefix, part.template.tail) if part.template else ("", "")
    if sort.operator == "begins_with":
        if texts[0] == prefix:
            return None
        return f"{name} = ?" if tail and texts[0].endswith(tail) else f"{name} begins with ?"
    if sort.operator == "BETWEEN":
        is_from_start = texts[0] == prefix
        is_to_end = bool(prefix) and texts[1] == prefix[:-1] + chr(ord(prefix[-1]) + 1)
        before = "<" if sort.excluded else "<="
        return f"{name} {before} ?" if is_from_start else f"{name} >= ?" if is_to_end else f"{name} from ? to ?"
    return f"{name} {sort.operator} ?"
