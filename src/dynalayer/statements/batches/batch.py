"""Many items at once: cut to the service's sizes, with what it left undone kept track of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, ClassVar, TypeVar

import msgspec
from msgspec.structs import astuple

from dynalayer.protocol import InvalidValue
from dynalayer.protocol.limits import BATCH_GET_KEYS, BATCH_WRITES
from dynalayer.schema import Definition, Entity, Key, Table, key_of, texts_of
from dynalayer.statements.expiry import is_expired
from dynalayer.statements.items.items import within_limit
from dynalayer.statements.statement import Statement, encode

T = TypeVar("T")

_Identity = tuple[str, tuple[str, ...]]


class _Found(msgspec.Struct):
    """The parts of a read's answer that matter; items stay JSON until it is known whose they are."""

    Responses: dict[str, list[msgspec.Raw]] = {}
    UnprocessedKeys: dict[str, dict[str, Any]] = {}


class _LeftOver(msgspec.Struct):
    """The part of a write's answer that matters."""

    UnprocessedItems: dict[str, list[dict[str, dict[str, Any]]]] = {}


class BatchGet(Statement[dict[Key[Any], Entity | None]], frozen=True):
    """Read up to 100 items by their keys (API reference, BatchGetItem).

    The result holds every key that was looked up, with None where there is no item; a key that the service left
    undone is not in it.
    """

    keys: tuple[Key[Any], ...]
    consistent: bool = False

    operation: ClassVar[str] = "BatchGetItem"
    repeatable: ClassVar[bool] = True

    def request(self, now: float) -> dict[str, Any]:
        tables: dict[str, dict[str, Any]] = {}
        for key in self.keys:
            table = tables.setdefault(key.definition.table.name, {"Keys": []})
            table["Keys"].append(key.wire)
            if self.consistent:
                table["ConsistentRead"] = True
        return {"RequestItems": tables}

    def read(self, answer: bytes, now: float) -> dict[Key[Any], Entity | None]:
        found = _found.decode(answer)
        tables = {key.definition.table.name: key.definition.table for key in self.keys}
        items = {
            (name, texts): item
            for name, own in found.Responses.items()
            for texts, item in _by_texts(tables[name].key_names, own)
        }
        undone = {
            (name, texts_of(wire, tables[name].key_names))
            for name, rest in found.UnprocessedKeys.items()
            for wire in rest.get("Keys", ())
        }
        pairs = [(key, _identity(key)) for key in self.keys]
        return {key: self._entity(key, items.get(own), now) for key, own in pairs if own not in undone}

    def _entity(self, key: Key[Any], item: msgspec.Raw | None, now: float) -> Entity | None:
        if item is None:
            return None
        entity: Entity | None = key.definition.decode_item(item)
        return None if entity is None or is_expired(entity, key.definition, now) else entity


class BatchWrite(Statement[list[Entity | Key[Any]]], frozen=True):
    """Put entities and delete keys, up to 25 in all (API reference, BatchWriteItem).

    No conditions and no transaction: each write stands alone. The result is what the service left undone.
    """

    actions: tuple[Entity | Key[Any], ...]

    operation: ClassVar[str] = "BatchWriteItem"
    repeatable: ClassVar[bool] = True

    def request(self, now: float) -> dict[str, Any]:
        tables: dict[str, list[dict[str, Any]]] = {}
        for action in self.actions:
            if isinstance(action, Key):
                request = {"DeleteRequest": {"Key": action.wire}}
            else:
                request = {"PutRequest": {"Item": action.__definition__.item(action, now)}}
            tables.setdefault(_table(action).name, []).append(request)
        return {"RequestItems": tables}

    def body(self, now: float) -> bytes:
        request = self.request(now)
        body = encode(request)
        # The requests of a table are in the order of its actions.
        writes = {name: iter(made) for name, made in request["RequestItems"].items()}
        pairs = [(action, next(writes[_table(action).name])) for action in self.actions]
        puts = [(a.__definition__, made["PutRequest"]["Item"]) for a, made in pairs if not isinstance(a, Key)]
        return within_limit(body, puts)

    def read(self, answer: bytes, now: float) -> list[Entity | Key[Any]]:
        rest = msgspec.json.decode(answer, type=_LeftOver).UnprocessedItems
        if not rest:
            return []
        tables = {_table(action).name: _table(action) for action in self.actions}
        undone = {(name, _texts_of_write(tables[name], write)) for name, writes in rest.items() for write in writes}
        return [action for action in self.actions if _identity(_target(action)) in undone]


def batch_gets(keys: Iterable[Key[Any]], *, consistent: bool = False) -> list[BatchGet]:
    """The reads of any number of keys; a key given twice is read once."""
    distinct = list(dict.fromkeys(keys))
    return [BatchGet(part, consistent) for part in _cut(distinct, BATCH_GET_KEYS)]


def batch_writes(actions: Iterable[Entity | Key[Any]]) -> list[BatchWrite]:
    """The writes of any number of entities and keys; raises `InvalidValue` for two writes of one item."""
    given = list(actions)
    seen: set[Key[Any]] = set()
    for action in given:
        key = _target(action)
        _refuse_conditional(key.definition)
        if key in seen:
            raise InvalidValue(f"a batch may write an item once, but two of its writes are on {key!r}")
        seen.add(key)
    return [BatchWrite(part) for part in _cut(given, BATCH_WRITES)]


def _refuse_conditional(definition: Definition) -> None:
    """Raise `InvalidValue` for an entity whose writes need conditions, which a batch cannot have."""
    if definition.uniques or (definition.lifecycle is not None and definition.lifecycle.revision is not None):
        what = "unique attributes" if definition.uniques else "a revision"
        raise InvalidValue(f"{definition.name} has {what}, which a batch cannot keep: use put, delete or a transaction")


def _cut(values: Sequence[T], size: int) -> Iterator[tuple[T, ...]]:
    for start in range(0, len(values), size):
        yield tuple(values[start : start + size])


def _table(action: Entity | Key[Any]) -> Table:
    return (action.definition if isinstance(action, Key) else action.__definition__).table


def _target(action: Entity | Key[Any]) -> Key[Any]:
    return action if isinstance(action, Key) else key_of(action)


def _identity(key: Key[Any]) -> _Identity:
    return key.definition.table.name, key.texts


def _texts_of_write(table: Table, write: dict[str, dict[str, Any]]) -> tuple[str, ...]:
    item = write["DeleteRequest"]["Key"] if "DeleteRequest" in write else write["PutRequest"]["Item"]
    return texts_of(item, table.key_names)


_found = msgspec.json.Decoder(_Found)


@cache
def _key_decoder(names: tuple[str, ...]) -> msgspec.json.Decoder[Any]:
    """Takes the key attributes alone out of an item's JSON."""
    fields = [f"key_{number}" for number in range(len(names))]
    own: Any = msgspec.defstruct(
        "ItemKey", [(field, dict[str, str]) for field in fields], rename=dict(zip(fields, names, strict=True))
    )
    return msgspec.json.Decoder(own)


def _by_texts(names: tuple[str, ...], items: Iterable[msgspec.Raw]) -> Iterator[tuple[tuple[str, ...], msgspec.Raw]]:
    decode = _key_decoder(names).decode
    for item in items:
        yield tuple([text for value in astuple(decode(item)) for text in value.values()]), item
