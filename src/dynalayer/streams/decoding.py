"""From the records of a stream, as Lambda, boto3 or the API give them, to typed changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar, cast, overload

from dynalayer.protocol import InvalidValue, Item
from dynalayer.schema import Definition, Entity, Table, definition_of, is_marker, recognise

from .images import plain_json
from .position import Position, table_of
from .records import Inserted, Modified, Record, Removed, StreamRecord, Unknown

A = TypeVar("A", bound=Entity)
B = TypeVar("B", bound=Entity)
C = TypeVar("C", bound=Entity)
D = TypeVar("D", bound=Entity)

Event = Mapping[str, Any] | Iterable[Mapping[str, Any]]
"""A Lambda event, an answer of GetRecords, or the records themselves."""
Source = Table | type[Entity]

_TYPED: dict[str, Any] = {"INSERT": Inserted, "MODIFY": Modified, "REMOVE": Removed}


@overload
def decode_stream(event: Event, a: Table, /, *more: Table) -> list[StreamRecord[Entity]]: ...
@overload
def decode_stream(event: Event, a: type[A], /) -> list[StreamRecord[A]]: ...
@overload
def decode_stream(event: Event, a: type[A], b: type[B], /) -> list[StreamRecord[A | B]]: ...
@overload
def decode_stream(event: Event, a: type[A], b: type[B], c: type[C], /) -> list[StreamRecord[A | B | C]]: ...
@overload
def decode_stream(
    event: Event, a: type[A], b: type[B], c: type[C], d: type[D], /
) -> list[StreamRecord[A | B | C | D]]: ...
def decode_stream(event: Event, /, *sources: Source) -> list[Any]:
    """The changes in a Lambda event, in an answer of GetRecords, or in a list of records, in their order.

    Up to four entities, or any number of tables for all of their entities, say what is asked for; a change of any
    other item is an `Unknown`. Records are taken as the API's JSON or as boto3 gives them. Images are decoded when they
    are asked for, so one that cannot be read holds up no other. Raises `InvalidValue` for what is no stream record.
    """
    decoder = Decoder(sources)
    return [decoder.decode(record) for record in records_of(event)]


def records_of(event: Event) -> list[Mapping[str, Any]]:
    """The records of an event as they are; raises `InvalidValue` if it is no event of a stream."""
    if isinstance(event, Mapping):
        whole = cast("Mapping[str, Any]", event)
        if "dynamodb" in whole:
            return [whole]
        if "Records" not in whole:
            raise InvalidValue(f"expected an event with Records, found {', '.join(sorted(whole)) or 'nothing'}")
        return list(whole["Records"])
    return list(event)


class Decoder:
    """Decodes the records of the entities or tables that it is made for."""

    def __init__(self, sources: Iterable[Source]) -> None:
        given = list(sources)
        self.tables: dict[str, Table] = {}
        self._wanted: set[type[Any]] = set()
        self._whole: set[str] = set()
        for source in given:
            if isinstance(source, Table):
                self._whole.add(source.name)
            else:
                self._wanted.add(source)
            table = source if isinstance(source, Table) else definition_of(source).table
            if self.tables.setdefault(table.name, table) is not table:
                raise InvalidValue(f"two tables are declared with the name {table.name!r}")
        if not given:
            raise InvalidValue("name the entities or the tables whose changes are asked for")

    def decode(
        self, raw: Mapping[str, Any], stream: str | None = None, position: Position | None = None
    ) -> StreamRecord[Any]:
        """One record; `stream` is the ARN of the stream where the record does not tell it."""
        record, event = _record(raw, stream, position)
        table = self._table(record.stream_arn)
        definition = None if table is None else _recognised(table, record)
        if definition is not None and (definition.cls in self._wanted or definition.table.name in self._whole):
            typed: StreamRecord[Any] = _TYPED[event](**vars(record), definition=definition)
            return typed
        name = None if definition is None else definition.name
        return Unknown(**vars(record), event=event, entity=name, reason=self._reason(record, table, name))

    def _table(self, arn: str | None) -> Table | None:
        if arn is not None:
            return self.tables.get(table_of(arn))
        if len(self.tables) > 1:
            raise InvalidValue(
                "the records do not tell their table (those of GetRecords never do), so they can only be decoded for "
                f"one table, not for {', '.join(sorted(self.tables))}"
            )
        return next(iter(self.tables.values()))

    def _reason(self, record: Record, table: Table | None, entity: str | None) -> str:
        if table is None:
            return f"it is of table {table_of(record.stream_arn or '')!r}, which was not asked for"
        if entity is not None:
            return f"it is of entity {entity}, which was not asked for"
        if set(record.keys) != set(table.key_names):
            return f"its key is ({', '.join(record.keys)}), that of {table.name!r} is ({', '.join(table.key_names)})"
        if is_marker(table, record.keys):
            return "it holds the value of a unique attribute"
        return f"no entity that is declared on {table.name!r} has such an item"


def _recognised(table: Table, record: Record) -> Definition | None:
    if set(record.keys) != set(table.key_names):
        return None
    item = record.new_item or record.old_item or record.keys
    return recognise(table, {**item, **record.keys})


def _record(raw: Mapping[str, Any], stream: str | None, position: Position | None) -> tuple[Record, str]:
    change, event = raw.get("dynamodb"), raw.get("eventName")
    if not isinstance(change, Mapping) or event not in _TYPED:
        source = raw.get("eventSource") or raw.get("EventSource") or "unknown origin"
        raise InvalidValue(f"expected a record of a DynamoDB stream (INSERT, MODIFY or REMOVE), got one of {source}")
    told = cast("Mapping[str, Any]", change)
    for name in ("Keys", "SequenceNumber", "ApproximateCreationDateTime"):
        if told.get(name) is None:
            raise InvalidValue(f"the stream record {raw.get('eventID', '')} has no {name}")
    record = Record(
        keys=plain_json(told["Keys"]),
        old_item=_image(told, "OldImage"),
        new_item=_image(told, "NewImage"),
        view=str(told.get("StreamViewType", "unknown")),
        sequence_number=str(told["SequenceNumber"]),
        at=_moment(told["ApproximateCreationDateTime"]),
        expired=event == "REMOVE" and _is_expiry(raw.get("userIdentity")),
        event_id=str(raw.get("eventID", "")),
        stream_arn=raw.get("eventSourceARN", stream),
        place=position,
    )
    return record, str(event)


def _image(change: Mapping[str, Any], name: str) -> Item | None:
    image = change.get(name)
    return None if image is None else plain_json(image)


def _moment(given: Any) -> datetime:
    if isinstance(given, datetime):
        return given.astimezone(UTC)
    return datetime.fromtimestamp(float(given), UTC)


def _is_expiry(identity: Any) -> bool:
    """Whether a deletion is the service's own; Lambda writes the members small, the API large."""
    if not isinstance(identity, Mapping):
        return False
    members = {str(name).lower(): value for name, value in cast("Mapping[str, Any]", identity).items()}
    return members.get("type") == "Service" and members.get("principalid") == "dynamodb.amazonaws.com"
