"""The phase as it is kept, its journal, and for how long what was read of it is believed; pure."""

from __future__ import annotations

from typing import Any, Final

from msgspec import Struct

from dynalayer.protocol import DynalayerError, Item, from_plain, to_plain
from dynalayer.statements import Raw

from .gates import Figures, Limits, missing, missing_back
from .phases import FIRST, Phase, check_cutover, check_rollback, phase

TABLE: Final = "MigrationState"
PHASE: Final = {"PK": {"S": "PHASE"}, "SK": {"S": "NOW"}}
_MINUTE: Final = 60


class Handover(Struct, frozen=True):
    """Another phase is about to be entered: no writes begin from `pauses` on, in seconds of the epoch, till `until`.

    Those under way must be committed before `enters`: from then on the other phase may be entered at any moment.
    """

    to: Phase
    pauses: float
    enters: float
    until: float


class Held(Struct, frozen=True):
    """The phase as it is kept: since when, in seconds of the epoch, and at which revision."""

    phase: Phase
    revision: int
    since: float
    handover: Handover | None = None


class Transition(Struct, frozen=True):
    """One line of the journal; `reason` is that of a forced transition, `lacking` what it was forced against."""

    revision: int
    at: float
    by: str
    before: int
    after: int
    reason: str
    lacking: tuple[str, ...]
    figures: dict[str, float]


class GateShut(DynalayerError):
    """The next phase is not entered; `lacking` says what is missing, with figures."""

    def __init__(self, now: Phase, to: Phase, lacking: tuple[str, ...]) -> None:
        super().__init__(f"phase {to} is not entered from {now}: {'; '.join(lacking)}")
        self.lacking = lacking


class PhaseMoved(DynalayerError):
    """Another one changed the phase meanwhile; look at it again."""


class PhaseUnknown(DynalayerError):
    """The phase could not be read for longer than instances may disagree."""


class Belief:
    """What was read of the phase last, believed for `seconds`; times are those before the call that read it."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._seen: tuple[float, Held] | None = None

    def learn(self, now: float, held: Held) -> None:
        """Believe this from now on, unless something newer is known: of two calls the earlier may be answered last."""
        if self._seen is None or now >= self._seen[0] or held.revision > self._seen[1].revision:
            self._seen = (now, held)

    def fresh(self, now: float) -> Phase | None:
        """The phase if it is still believed."""
        if self._seen is None or not 0 <= now - self._seen[0] < self._seconds:
            return None
        return self._seen[1].phase

    def is_paused(self, now: float) -> bool:
        """True if no write may begin now; from then on what is believed is read anew each time."""
        handover = None if self._seen is None else self._seen[1].handover
        return handover is not None and handover.pauses <= now < handover.until

    def is_over(self, now: float) -> bool:
        """True if a write that began before a hand-over may not be committed any more."""
        handover = None if self._seen is None else self._seen[1].handover
        return handover is not None and handover.enters <= now < handover.until

    def doubt(self) -> None:
        """Read the phase anew next time, and keep what was read in case that this fails."""
        if self._seen is not None:
            self._seen = (float("-inf"), self._seen[1])

    def to_write(self) -> Phase | None:
        """The phase to write in where it cannot be read anew: that of both databases; None if that is not safe."""
        if self._seen is not None and self._seen[1].handover is not None:
            return None
        last = self.to_read()
        return last if last is None or last.writes_dynamodb else phase(last.number + 1)

    def to_read(self) -> Phase | None:
        """The phase to read in where it cannot be read anew; None if that is not safe."""
        if self._seen is None or not self._seen[1].phase.writes_sql:
            return None
        return self._seen[1].phase


def forward(
    held: Held, to: Phase, figures: Figures, limits: Limits | None, now: float, by: str, reason: str
) -> Transition:
    """The next phase is entered; raises `GateShut`, `IllegalTransition`."""
    check_cutover(held.phase, to)
    return _passed(held, to, missing(held.phase, figures, limits or Limits()), figures, now, by, reason)


def back(
    held: Held, to: Phase, figures: Figures, limits: Limits | None, now: float, by: str, reason: str
) -> Transition:
    """An earlier phase is entered; raises `GateShut`, `IllegalTransition`."""
    check_rollback(held.phase, to)
    return _passed(held, to, missing_back(held.phase, figures, limits or Limits()), figures, now, by, reason)


def _passed(
    held: Held, to: Phase, lacking: tuple[str, ...], figures: Figures, now: float, by: str, reason: str
) -> Transition:
    if lacking and not reason.strip():
        raise GateShut(held.phase, to, lacking)
    return Transition(held.revision + 1, now, by, held.phase.number, to.number, reason, lacking, figures.numbers)


def announcing(table: str, held: Held, handover: Handover | None) -> Raw:
    """What keeps that a hand-over is coming, or none any more, if the phase is still the same."""
    current: dict[str, Any] = {"phase": held.phase.number, "revision": held.revision, "since": held.since}
    if handover is not None:
        current |= {"to": handover.to.number, "pauses": handover.pauses, "enters": handover.enters}
        current["until"] = handover.until
    expected = {
        "ConditionExpression": "#r = :r",
        "ExpressionAttributeNames": {"#r": "revision"},
        "ExpressionAttributeValues": {":r": from_plain(held.revision)},
    }
    return Raw("PutItem", {"TableName": table, "Item": {**PHASE, **_wire(current)}, **expected}, repeatable=True)


def entering(table: str, line: Transition) -> Raw:
    """What keeps a new phase and its line of the journal, if the phase is still the one before."""
    current = {"phase": line.after, "revision": line.revision, "since": line.at}
    lines = {name: getattr(line, name) for name in line.__struct_fields__} | {"lacking": list(line.lacking)}
    expected: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(PK)"}
    if line.revision > 1:
        expected = {
            "ConditionExpression": "#r = :r",
            "ExpressionAttributeNames": {"#r": "revision"},
            "ExpressionAttributeValues": {":r": from_plain(line.revision - 1)},
        }
    key = {"PK": {"S": "JOURNAL"}, "SK": {"S": f"{line.revision:012d}"}}
    actions = [
        {"Put": {"TableName": table, "Item": {**PHASE, **_wire(current)}, **expected}},
        {"Put": {"TableName": table, "Item": {**key, **_wire(lines)}}},
    ]
    return Raw("TransactWriteItems", {"TransactItems": actions})


def entered(line: Transition) -> Held:
    """The phase after a transition."""
    return Held(phase(line.after), line.revision, line.at)


def held_in(item: Item | None) -> Held:
    """What an item says of the phase; phase 1 at revision 0 if there is none."""
    if item is None:
        return Held(FIRST, 0, 0.0)
    plain = _plain(item)
    handover = None
    if "to" in plain:
        times = (float(plain[name]) for name in ("pauses", "enters", "until"))
        handover = Handover(phase(int(plain["to"])), *times)
    return Held(phase(int(plain["phase"])), int(plain["revision"]), float(plain["since"]), handover)


def transition_in(item: Item) -> Transition:
    """What an item says of a transition."""
    plain = _plain(item)
    return Transition(
        int(plain["revision"]),
        float(plain["at"]),
        plain["by"],
        int(plain["before"]),
        int(plain["after"]),
        plain["reason"],
        tuple(plain["lacking"]),
        {name: float(value) for name, value in plain["figures"].items()},
    )


def adding(table: str, minute: int, counts: dict[str, int]) -> Raw:
    """What adds to the counts of a minute of the epoch."""
    names = {f"#c{number}": name for number, name in enumerate(counts)}
    values = {f":c{number}": from_plain(count) for number, count in enumerate(counts.values())}
    parts = ", ".join(f"#c{number} :c{number}" for number in range(len(counts)))
    request = {
        "TableName": table,
        "Key": {"PK": {"S": "COUNT"}, "SK": {"S": f"{minute:012d}"}},
        "UpdateExpression": f"ADD {parts}",
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
    }
    return Raw("UpdateItem", request)


def first_minute(held: Held, limits: Limits | None, now: float) -> str:
    """Where the counts begin that the gate of the phase looks at, at the earliest where the phase began."""
    start = max(held.since, now - (limits or Limits()).window(held.phase))
    # A minute that began before the phase holds counts of the one before: it is left out.
    return f"{-int(-start // _MINUTE):012d}"


def summed(held: Held, items: list[Item], now: float, pending: int, settling: int) -> Figures:
    """The figures that the counts of several minutes give."""
    sums: dict[str, int] = {}
    for item in items:
        for name, value in _plain(item).items():
            if name not in ("PK", "SK"):
                sums[name] = sums.get(name, 0) + int(value)
    seconds = now - held.since if held.revision else 0.0
    return Figures(seconds, pending=pending, settling=settling, way_back=None, **sums)


def page_of(table: str, pk: str, first: str, start: Item | None) -> Raw:
    """A page of the items of a partition, from a sort key on."""
    request: dict[str, Any] = {
        "TableName": table,
        "KeyConditionExpression": "PK = :pk AND SK >= :first",
        "ExpressionAttributeValues": {":pk": {"S": pk}, ":first": {"S": first}},
        "ConsistentRead": True,
    }
    return Raw("Query", request if start is None else {**request, "ExclusiveStartKey": start}, repeatable=True)


def _wire(values: dict[str, Any]) -> Item:
    return {name: from_plain(value) for name, value in values.items()}


def _plain(item: Item) -> dict[str, Any]:
    return {name: to_plain(value) for name, value in item.items()}
