"""A consumer of a table's stream: pages of typed changes from all its shards, as plans that either executor runs."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from dynalayer.protocol import (
    ChangesLost,
    ExpiredIterator,
    InvalidValue,
    LimitExceeded,
    ResourceNotFound,
    StreamOff,
    TrimmedDataAccess,
)
from dynalayer.protocol.limits import RECORDS_PER_PAGE, STREAM_SECONDS
from dynalayer.statements import (
    Clock,
    DescribeStream,
    DescribeTable,
    GetRecords,
    GetShardIterator,
    Pause,
    Plan,
    RecordsPage,
    Steps,
    StreamPage,
    ask,
)
from dynalayer.streams import (
    BEGINNING,
    ENDED,
    SINCE,
    Decoder,
    Position,
    Source,
    childless,
    ready,
    without_passed,
)

from .checkpoints import Keeper, is_checkpoint
from .streamoptions import Gap, StreamOptions, check

SKEW_SECONDS: Final = 900
"""How far the service's clock may be from this program's: it refuses requests whose signature is further off."""

KEPT_SECONDS: Final = 3_600
"""How old the kept place of a consumer may grow that finds nothing each time that it looks."""

_Record = Any
"""A record of whichever entity; the door of the executors gives it its type."""


class _Reading(msgspec.Struct):
    """A shard that is being read; `cuts` if its oldest records may be from before the consumer's beginning.

    What it holds of before `mark` has been read.
    """

    shard: str
    place: str
    iterator: str | None = None
    cuts: bool = False
    mark: float = 0.0


class _Stream(msgspec.Struct):
    """What a consumer knows of the stream that it reads: its shards with their parents, and how far each is read."""

    arn: str
    since: float = 0.0
    places: dict[str, str] = msgspec.field(default_factory=dict[str, str])
    shards: dict[str, str | None] = msgspec.field(default_factory=dict[str, "str | None"])
    reading: dict[str, _Reading] = msgspec.field(default_factory=dict[str, _Reading])
    is_off: bool = False
    is_stale: bool = True
    """A shard has ended, so others may have come out of it."""


class Follower:
    """Reads one table's stream; each `next_page` is a plan that gives the following changes, none at the end.

    With `until_idle` the next plan after the end goes on with what has happened since. `caught_up` is the moment, in
    seconds since 1970, before which everything has been given, as far as the service shows it: 0 while that is unknown.
    """

    def __init__(self, sources: Iterable[Source], options: StreamOptions) -> None:
        self._decoder = Decoder(sources)
        if len(self._decoder.tables) != 1:
            raise InvalidValue(f"a stream is of one table, not of {', '.join(sorted(self._decoder.tables))}")
        (self._table,) = self._decoder.tables.values()
        check(options)
        self._from = options.get("from_", "now")
        self._size = options.get("page_size", RECORDS_PER_PAGE)
        self._left = options.get("limit")
        self._until_idle = options.get("until_idle", False)
        self._longest = options.get("wait", 1.0)
        self._on_gap = options.get("on_gap")
        checkpoint = options.get("checkpoint")
        self._keeper = None if checkpoint is None else Keeper(checkpoint)
        self._stream: _Stream | None = None
        self._round: deque[str] = deque()
        self._rounds = 0
        self._idle_rounds = 0
        self._was_idle = False
        self._now = 0.0
        self._kept = 0.0
        self._given: Position | None = None
        self.caught_up = 0.0

    def next_page(self) -> Plan[list[_Record]]:
        """The following changes; to ask for them says that the program has been through those before."""
        return Plan(f"follow {self._table.name}", self._steps)

    def _steps(self, clock: Clock) -> Steps[list[_Record]]:
        yield from self._keep()
        if self._left == 0:
            return []
        self._now = clock()
        if self._stream is None:
            self._stream = yield from self._open()
        while self._round or (yield from self._begin_round(self._stream)):
            asked = clock()
            page = yield from self._read(self._stream, self._round.popleft(), asked) if self._round else _nothing()
            self._look_back(self._stream)
            if page:
                self._idle_rounds = 0
                self._given = page[-1].position
                self._left = None if self._left is None else self._left - len(page)
                return page
        return []

    def _keep(self) -> Steps[None]:
        if self._keeper is not None and self._given is not None:
            yield from self._keeper.save(self._given)
            self._kept = self._given.made
        self._given = None

    def _keep_idle(self, stream: _Stream) -> Steps[None]:
        """Keep now and then that all until now is read, although nothing happens.

        A place after a change of more than a day ago could not be found again; this one is found by the time.
        """
        if self._keeper is not None and self._now - self._kept >= KEPT_SECONDS:
            places = {shard: SINCE if shard in stream.reading else place for shard, place in stream.places.items()}
            yield from self._keeper.save(Position(stream.arn, self._now - SKEW_SECONDS, self._now, places))
            self._kept = self._now

    # Beginning

    def _open(self) -> Steps[_Stream]:
        kept = None if self._keeper is None else (yield from self._keeper.load())
        self._kept = self._now if kept is None else kept.made
        place = self._from if kept is None else kept
        if isinstance(place, Position):
            return (yield from self._open_after(place))
        arn = yield from self._latest()
        if arn is None:
            raise StreamOff(
                f"table {self._table.name!r} has no stream: switch it on with UpdateTable and the StreamSpecification "
                "{'StreamEnabled': True, 'StreamViewType': 'NEW_AND_OLD_IMAGES'}, and declare it as "
                f"Table({self._table.name!r}, ..., stream='NEW_AND_OLD_IMAGES') for tables that are made from now on"
            )
        stream = _Stream(arn)
        if place == "now":
            yield from self._begin_now(stream)
        return stream

    def _begin_now(self, stream: _Stream) -> Steps[None]:
        """Mark all that is there as read: closed shards as ended, open ones from their ends on."""
        stream.since = self._now - SKEW_SECONDS
        for page in (yield from self._described(stream)):
            for shard in page.shards:
                stream.places[shard.id] = SINCE if shard.last is None else ENDED
        for shard_id, place in stream.places.items():
            if place == SINCE:
                iterator = yield from ask(GetShardIterator(stream.arn, shard_id, "LATEST"))
                stream.reading[shard_id] = _Reading(shard_id, SINCE, iterator)
        if self._keeper is not None:
            # Or a consumer that dies before its first change would begin with another "now".
            yield from self._keeper.save(Position(stream.arn, stream.since, self._now, dict(stream.places)))

    def _open_after(self, place: Position) -> Steps[_Stream]:
        if place.table != self._table.name:
            raise InvalidValue(f"the position is in the stream of table {place.table!r}, not of {self._table.name!r}")
        stream = _Stream(place.stream, place.since, place.places)
        if self._now - place.made > STREAM_SECONDS:
            for shard, mark in stream.places.items():
                if mark in (BEGINNING, SINCE):
                    self._lose(
                        Gap(stream.arn, shard, None, "the position is older than 24 hours; what came first may be gone")
                    )
        try:
            yield from self._list(stream)
        except ResourceNotFound:
            return (yield from self._open_newer(stream, "it ended more than 24 hours ago"))
        return stream

    def _open_newer(self, stream: _Stream, why: str) -> Steps[_Stream]:
        """Go on with the table's present stream; what happened between the two is recorded nowhere."""
        latest = yield from self._latest()
        if latest is None or latest == stream.arn:
            raise StreamOff(
                f"the stream of table {self._table.name!r} that is followed is gone: {why}; it has no other"
            )
        self._lose(Gap(stream.arn, None, None, f"{why}, and the table's present stream is another"))
        return _Stream(latest)

    def _latest(self) -> Steps[str | None]:
        """The ARN of the table's stream; None if it has none now."""
        table = yield from ask(DescribeTable(self._table.name))
        is_on = table.get("StreamSpecification", {}).get("StreamEnabled", False)
        return table.get("LatestStreamArn") if is_on else None

    # Rounds

    def _begin_round(self, stream: _Stream) -> Steps[bool]:
        """Prepare a visit to every shard, after a pause if the last one found nothing; False at the end of all."""
        is_idle = self._was_idle
        self._rounds += 1
        now_and_then = is_idle or self._rounds % 10 == 0
        if stream.is_stale or not stream.reading or (now_and_then and childless(stream.shards, stream.places)):
            is_idle = not (yield from self._list(stream)) and is_idle
        if not stream.reading and stream.is_off:
            return (yield from self._after_end(stream))
        if is_idle:
            if self._until_idle:
                yield from self._keep_idle(stream)
                self._was_idle = False
                return False
            yield Pause(min(self._longest, self._longest * 2.0**self._idle_rounds / 16), is_idle=True)
            self._idle_rounds = min(self._idle_rounds + 1, 16)
        self._round.extend(stream.reading)
        self._was_idle = True
        return True

    def _after_end(self, stream: _Stream) -> Steps[bool]:
        """The stream was switched off and has been read: go on if the table has another by now."""
        try:
            latest = yield from self._latest()
        except ResourceNotFound:
            return False
        if latest is None or latest == stream.arn:
            return False
        self._stream = yield from self._open_newer(stream, "it was switched off")
        return True

    def _described(self, stream: _Stream) -> Steps[list[StreamPage]]:
        """All pages of the stream's description; notes its shards and whether it is off."""
        pages: list[StreamPage] = []
        asked: DescribeStream | None = DescribeStream(stream.arn)
        while asked is not None:
            pages.append((yield from ask(asked)))
            asked = pages[-1].next
        stream.shards = {shard.id: shard.parent for page in pages for shard in page.shards}
        stream.is_off = pages[-1].status == "DISABLED"
        return pages

    def _list(self, stream: _Stream) -> Steps[bool]:
        """Find the shards that are to be read now; True if there are any besides those that are being read."""
        yield from self._described(stream)
        stream.is_stale = False
        before = len(stream.reading)
        for shard, place in [*stream.places.items()]:
            if place != ENDED and shard not in stream.reading:
                if shard not in stream.shards:
                    self._lose(Gap(stream.arn, shard, place or None, "the shard is older than 24 hours, and gone"))
                    stream.places[shard] = ENDED
                else:
                    stream.reading[shard] = _Reading(shard, place)
        for shard in ready(stream.shards, stream.places):
            stream.places[shard] = BEGINNING
            stream.reading[shard] = _Reading(shard, BEGINNING)
        stream.places = without_passed(stream.shards, stream.places)
        return len(stream.reading) > before

    # One shard

    def _look_back(self, stream: _Stream) -> None:
        # A shard that has ended may have others after it that nobody has asked for yet.
        if stream.reading and not stream.is_stale:
            self.caught_up = max(self.caught_up, min(reading.mark for reading in stream.reading.values()))

    def _read(self, stream: _Stream, shard: str, asked: float) -> Steps[list[_Record]]:
        reading = stream.reading[shard]
        page = yield from self._fetched(stream, reading)
        if page is None:
            self._was_idle = False
            return []
        reading.mark = asked
        if page.records:
            # The service tells whole seconds; what happened within the same one may be still to come.
            reading.mark = float(page.records[-1]["dynamodb"]["ApproximateCreationDateTime"])
        changes = self._changes(stream, reading, page)
        if page.records:
            self._was_idle = False
            stream.places[shard] = reading.place = str(page.records[-1]["dynamodb"]["SequenceNumber"])
        reading.iterator = page.next
        if page.next is None:
            stream.places[shard] = ENDED
            stream.is_stale = True
            del stream.reading[shard]
        return changes

    def _fetched(self, stream: _Stream, reading: _Reading) -> Steps[RecordsPage | None]:
        """A page of a shard; None if it is to be asked for again."""
        size = self._size if self._left is None else min(self._size, self._left)
        try:
            if reading.iterator is None:
                reading.cuts = reading.place == SINCE
                reading.iterator = yield from ask(_iterator(stream.arn, reading))
            return (yield from ask(GetRecords(reading.iterator, size)))
        except ExpiredIterator:
            reading.iterator = None
        except LimitExceeded:
            yield Pause(self._longest, is_idle=True)
        except ResourceNotFound:
            # The shard may be gone, which the list of them tells.
            del stream.reading[reading.shard]
            stream.is_stale = True
            yield Pause(self._longest, is_idle=True)
        except TrimmedDataAccess:
            after = reading.place if reading.place not in (BEGINNING, SINCE) else None
            self._lose(Gap(stream.arn, reading.shard, after, "what follows there is older than 24 hours, and gone"))
            stream.places[reading.shard] = reading.place = BEGINNING
            reading.iterator = None
        return None

    def _changes(self, stream: _Stream, reading: _Reading, page: RecordsPage) -> list[_Record]:
        places = dict(stream.places)
        found: list[_Record] = []
        for raw in page.records:
            number = str(raw["dynamodb"]["SequenceNumber"])
            position = Position(stream.arn, stream.since, self._now, places, reading.shard, number)
            record = self._decoder.decode(raw, stream.arn, position)
            is_older = reading.cuts and record.at.timestamp() < stream.since
            # A consumer whose checkpoints are kept in the table that it follows must not follow itself.
            if not is_older and not is_checkpoint(self._table, record.keys):
                found.append(record)
        return found

    def _lose(self, gap: Gap) -> None:
        if self._on_gap is None:
            raise ChangesLost(
                f"changes of table {self._table.name!r} are lost: {gap.reason}; begin anew with from_='start' once the "
                "consumer's own data has been made again, or pass on_gap=... to be told and go on with what there is"
            )
        self._on_gap(gap)


def _nothing() -> Steps[list[_Record]]:
    """A visit to no shard, while the stream has none that can be read."""
    return []
    yield


def _iterator(arn: str, reading: _Reading) -> GetShardIterator:
    if reading.place in (BEGINNING, SINCE):
        return GetShardIterator(arn, reading.shard)
    return GetShardIterator(arn, reading.shard, "AFTER_SEQUENCE_NUMBER", reading.place)
