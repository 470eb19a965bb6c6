"""What the repository asks of the library and makes of its answers; no I/O, so both executors share it."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, TypeVar

from dynalayer import BatchRead, BatchWritten, Change, Condition, ConditionFailed, Entity, Key, Query

from .envelope import Envelope, Plain
from .errors import (
    BatchIncompleteError,
    DynamoDBError,
    ItemNotFoundError,
    ValidationError,
    revision_conflict,
    wrap_error,
)
from .kinds import KINDS, completed, named_by, refuse_other_ids
from .types import (
    BatchResult,
    BatchWriteResult,
    Data,
    DynamoDBItem,
    DynamoDBKey,
    QueryOptions,
    QueryResult,
    Remove,
    UpdateOptions,
)

P = TypeVar("P", bound=Plain)


def query_of(
    entity: type[Envelope], pk: str, sk_prefix: str | None, options: QueryOptions, *, whole: bool = False
) -> Query[Envelope, Any]:
    """The query of a partition; `whole` if all of it is wanted.

    Raises `ValidationError` for an empty prefix (None means all), a limit or a number of pages below 1.
    """
    if sk_prefix == "":
        raise ValidationError("A prefix of the sort key must not be empty: leave it out to read the whole partition.")
    if options.max_pages < 1 or (options.limit is not None and options.limit < 1):
        raise ValidationError("A limit and a number of pages are 1 or more.")
    if whole and options.cursor is not None:
        raise ValidationError("All of a query is read from its start: leave out the cursor.")
    query = _partition(entity, pk, options)
    query = query if sk_prefix is None else query.begins_with(sk_prefix)
    query = query if options.filter is None else query.where(options.filter)
    query = query if options.scan_index_forward else query.descending()
    query = query.consistent() if options.consistent else query
    return query.limit(options.limit) if whole and options.limit is not None else query


def _partition(entity: type[Envelope], pk: str, options: QueryOptions) -> Query[Envelope, Any]:
    if options.index is None:
        return entity.key.partition(pk)
    return (entity.by_owner if options.index == "GSI1" else entity.by_parent)(pk)


def data_result(result: QueryResult[DynamoDBItem]) -> QueryResult[Data]:
    """The same result with the fields alone."""
    return QueryResult([item.data for item in result.items], result.keys, result.cursor)


def new_envelope(entity: type[Envelope], item: DynamoDBItem) -> Envelope:
    """An item as it is created: its moments are those of the write."""
    return entity(**_values(item))


def replacing(entity: type[Envelope], item: DynamoDBItem, stored: Envelope | None) -> Envelope:
    """An item as it takes the place of a stored one."""
    new = entity(**_values(item))
    if stored is not None:
        new.revision = stored.revision
    created = getattr(stored, "created_at", item.created_at)
    if created is not None:
        new.created_at = created
    return new


def plain_of(entity: type[Plain], item: DynamoDBItem) -> Plain:
    """An item as a batch writes it: what it says of its creation counts."""
    new = entity(**_values(item))
    if item.created_at is not None:
        new.created_at = item.created_at
    return new


def _values(item: DynamoDBItem) -> dict[str, Any]:
    if not item.entity_type:
        raise ValidationError("An item says of which entity type it is.")
    names = ("pk", "sk", "entity_type", "gsi1pk", "gsi1sk", "gsi2pk", "gsi2sk", "ttl")
    return {"data": deepcopy(item.data)} | {name: getattr(item, name) for name in names}


def replaceable(entity: type[Envelope], stored: Envelope | None) -> Condition[Envelope]:
    """There is what was read: the same item, or none, or one whose time to live has passed."""
    return entity.pk.missing() | entity.ttl.exists() if stored is None else unchanged(entity, stored)


def unchanged(entity: type[Envelope], stored: Envelope) -> Condition[Envelope]:
    """The stored item is as it was read; other programs write without counting revisions, but with a moment."""
    moment: int | None = getattr(stored, "updated_at", None)
    same = entity.updated_at.missing() if moment is None else entity.updated_at == moment
    counted = entity.revision == stored.revision if stored.revision else entity.revision.missing()
    return same & counted


def as_stored(entity: Envelope) -> DynamoDBItem:
    """An item that was written, as the next read gives it."""
    definition = type(entity).__definition__
    read: Envelope = definition.decode(definition.encode(entity))
    return item_of(read)


def changes_of(entity: type[Envelope], changes: Mapping[str, Any]) -> list[Change[Envelope]]:
    """The changes of an update; raises `ValidationError` if there are none."""
    if not changes:
        raise ValidationError("An update changes at least one field.")
    if not all(changes):
        raise ValidationError("A field has a name that is not empty.")
    return [_change(entity, name, value) for name, value in changes.items()]


def _change(entity: type[Envelope], name: str, value: Any) -> Change[Envelope]:
    field = entity.data.at(lambda data: data[name])
    return field.remove() if isinstance(value, Remove) else field.set(value)


def condition_of(entity: type[Envelope], options: UpdateOptions) -> Condition[Envelope] | None:
    """What must hold for an update besides that the item is there."""
    if options.revision is None:
        return options.condition
    return both(
        entity.revision == options.revision if options.revision else entity.revision.missing(), options.condition
    )


def both(first: Condition[Envelope] | None, second: Condition[Envelope] | None) -> Condition[Envelope] | None:
    """The conditions joined, as far as there are any."""
    return second if first is None else first if second is None else first & second


def refused_update(error: ConditionFailed, options: UpdateOptions, pk: str, sk: str) -> DynamoDBError:
    """What refused an update: no item, another revision, or the condition."""
    refused = wrap_error(error, "update", pk, sk)
    if options.revision is None or isinstance(refused, ItemNotFoundError):
        return refused
    stored = int((error.item or {}).get("Revision", {"N": "0"})["N"])
    return refused if stored == options.revision else revision_conflict(error, "update", pk, sk)


def is_of_a_kind(pk: str, sk: str, changes: Mapping[str, Any]) -> bool:
    """True if the key is one of the twelve kinds, whose fields are checked; raises `ValidationError` for other ids."""
    named = named_by(pk, sk)
    if named is not None:
        refuse_other_ids(named, changes)
    return named is not None


def moved_keys(entity: type[Envelope], stored: Envelope, changes: Mapping[str, Any]) -> list[Change[Envelope]]:
    """How an item's index keys follow its changed fields; raises `ValidationError` for fields that its kind refuses.

    What earlier writers kept under another entity type is not checked: no declared kind reads it.
    """
    if stored.entity_type not in KINDS:
        return []
    before = item_of(stored)
    after = item_of(stored)
    after.data = {**deepcopy(before.data), **changes}
    after.data = {name: value for name, value in after.data.items() if not isinstance(value, Remove)}
    after.gsi1pk = after.gsi1sk = after.gsi2pk = after.gsi2sk = None
    after = completed(after)
    pairs = (
        (entity.gsi1pk, before.gsi1pk, after.gsi1pk),
        (entity.gsi1sk, before.gsi1sk, after.gsi1sk),
        (entity.gsi2pk, before.gsi2pk, after.gsi2pk),
        (entity.gsi2sk, before.gsi2sk, after.gsi2sk),
    )
    return [path.set(now) for path, was, now in pairs if was != now]


def key_texts(key: DynamoDBKey | DynamoDBItem) -> tuple[str, str]:
    """The two parts of a key."""
    return key.pk, key.sk


def batch_read_result(read: BatchRead[Envelope], items: list[DynamoDBItem]) -> BatchResult:
    """What became of each key, in the order in which they were asked for; `items` are those that were found."""
    by_key = {item.key: item.data for item in items}
    found = {_key(key): by_key[_key(key)] for key in read.keys if key in read.done}
    undone = {_key(key): wrap_error(reason, "batch_get") for key, reason in read.undone.items()}
    return BatchResult(found, [_key(key) for key in read.missing], undone)


def batch_write_result(written: BatchWritten) -> BatchWriteResult:
    """What became of each write."""
    undone = {_key_of(left.action): wrap_error(left.reason, "batch_write") for left in written.undone}
    return BatchWriteResult([_key_of(action) for action in written.done], undone)


def incomplete(
    message: str, result: BatchResult | BatchWriteResult, undone: Mapping[DynamoDBKey, DynamoDBError]
) -> BatchIncompleteError:
    """The error for a batch of which some was not done."""
    reasons = list(undone.values())
    retryable = any(reason.retryable for reason in reasons)
    return BatchIncompleteError(message, result, retryable=retryable, original_error=reasons[0])


def _key_of(action: Entity | Key[Any]) -> DynamoDBKey:
    if isinstance(action, Key):
        return _key(action)
    assert isinstance(action, Plain)
    return DynamoDBKey(action.pk, action.sk)


def _key(key: Key[Any]) -> DynamoDBKey:
    return DynamoDBKey(key.values["pk"], key.values["sk"])


def item_of(stored: Plain) -> DynamoDBItem:
    """What the repository gives of a stored item."""
    values = vars(stored)
    return DynamoDBItem(
        stored.pk,
        stored.sk,
        stored.entity_type,
        stored.data,
        values.get("created_at"),
        values.get("updated_at"),
        stored.gsi1pk,
        stored.gsi1sk,
        stored.gsi2pk,
        stored.gsi2sk,
        stored.ttl,
        values.get("revision", 0),
    )
