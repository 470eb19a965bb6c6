"""Who should have got which caption, who did, and everything that is wrong with it; pure, so that tests can lie to it.

All times are seconds of one clock. A final is due to whoever had joined before it was sent and had not begun to leave
before it was processed. Those who came or went meanwhile may get it or not, but never twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import pairwise


class Trouble(Enum):
    """Each way in which a caption can be wrong; the value is how the report says it."""

    unprocessed = "never reported as processed"
    misordered_final = "processed out of order"
    lost = "not delivered"
    doubled = "delivered more than once"
    stray = "delivered to someone who was not there"
    out_of_order = "delivered after a later one"
    gap = "missing between two that were delivered"
    wrong_language = "delivered in the wrong language"
    wrong_number = "delivered under another sequence number"


@dataclass(slots=True)
class Spoken:
    """A final as the speaker knows it; `sequence_number` and `processed_at` are known once it is processed."""

    segment_id: str
    sent_at: float
    processed_at: float | None = None
    sequence_number: int | None = None


@dataclass(frozen=True, slots=True)
class Caption:
    """A caption as a listener got it."""

    segment_id: str
    sequence_number: int
    language: str
    at: float


@dataclass(slots=True)
class Stay:
    """One listener's time in the session, from asking to join until leaving; `leaving_at` is None for who stays on."""

    listener: int
    language: str
    asked_at: float
    joined_at: float | None = None
    leaving_at: float | None = None
    captions: list[Caption] = field(default_factory=list[Caption])


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that went wrong; `listener` is None if it concerns the speaker."""

    trouble: Trouble
    segment_id: str
    listener: int | None = None

    def __str__(self) -> str:
        whom = "" if self.listener is None else f" (listener {self.listener})"
        return f"{self.segment_id}: {self.trouble.value}{whom}"


@dataclass(frozen=True, slots=True)
class Account:
    """The sums: `made` of the `expected` deliveries happened; `extra` went to those who came or went meanwhile."""

    expected: int
    made: int
    extra: int
    faults: tuple[Fault, ...]
    latencies: tuple[float, ...]

    def count(self, trouble: Trouble) -> int:
        """How many faults are of this kind."""
        return sum(fault.trouble is trouble for fault in self.faults)


def account(finals: Sequence[Spoken], stays: Sequence[Stay]) -> Account:
    """Compare what was spoken with what was received; `finals` in the order in which they were sent."""
    known = {final.segment_id: final for final in finals}
    faults = list(_speaker_faults(finals))
    latencies: list[float] = []
    expected = made = extra = 0
    for stay in stays:
        due = {final.segment_id for final in finals if _is_due(final, stay)}
        got = {caption.segment_id for caption in stay.captions}
        expected += len(due)
        made += len(due & got)
        extra += sum(segment_id in known and _is_possible(known[segment_id], stay) for segment_id in got - due)
        faults += (Fault(Trouble.lost, segment_id, stay.listener) for segment_id in sorted(due - got))
        faults += _caption_faults(stay, known)
        faults += _order_faults(stay)
        latencies += (
            caption.at - known[caption.segment_id].sent_at for caption in stay.captions if caption.segment_id in known
        )
    return Account(expected, made, extra, tuple(faults), tuple(sorted(latencies)))


def percentile(ordered: Sequence[float], share: float) -> float | None:
    """The smallest of the ordered values that at least `share` (0 to 1) of them do not exceed; None without values."""
    if not ordered:
        return None
    return ordered[max(0, -int(-len(ordered) * share // 1) - 1)]


def _is_due(final: Spoken, stay: Stay) -> bool:
    if stay.joined_at is None or stay.joined_at >= final.sent_at:
        return False
    # One that was never processed is due to whoever stayed on.
    return stay.leaving_at is None or (final.processed_at is not None and stay.leaving_at >= final.processed_at)


def _is_possible(final: Spoken, stay: Stay) -> bool:
    # Whoever is leaving may still be sent to: the service learns of it a little later.
    return final.processed_at is None or stay.asked_at <= final.processed_at


def _speaker_faults(finals: Iterable[Spoken]) -> Iterator[Fault]:
    latest = 0
    for final in finals:
        if final.processed_at is None or final.sequence_number is None:
            yield Fault(Trouble.unprocessed, final.segment_id)
            continue
        if final.sequence_number != latest + 1:
            yield Fault(Trouble.misordered_final, final.segment_id)
        latest = final.sequence_number


def _caption_faults(stay: Stay, known: dict[str, Spoken]) -> Iterator[Fault]:
    seen: set[str] = set()
    for caption in stay.captions:
        if caption.segment_id in seen:
            yield Fault(Trouble.doubled, caption.segment_id, stay.listener)
        seen.add(caption.segment_id)
        if caption.language != stay.language:
            yield Fault(Trouble.wrong_language, caption.segment_id, stay.listener)
        final = known.get(caption.segment_id)
        if final is None or not _is_possible(final, stay):
            yield Fault(Trouble.stray, caption.segment_id, stay.listener)
        elif final.sequence_number not in (None, caption.sequence_number):
            yield Fault(Trouble.wrong_number, caption.segment_id, stay.listener)


def _order_faults(stay: Stay) -> Iterator[Fault]:
    for before, after in pairwise(stay.captions):
        if after.sequence_number < before.sequence_number:
            yield Fault(Trouble.out_of_order, after.segment_id, stay.listener)
        elif after.sequence_number > before.sequence_number + 1:
            yield Fault(Trouble.gap, after.segment_id, stay.listener)
