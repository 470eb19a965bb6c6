"""The state machine of partial results: which words of what is heard go out, when, and that none goes out twice.

Promised, for every result: what goes out of it are its words in order; once its final has gone out nothing follows;
and what went out of its partials together with what its final adds is the final, word for word, if the partials heard
it right. Where they did not, what has gone out stays as it was said, and the final adds the words after the part of it
that is most like what was said; a correction of more than a fifth is noted.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final as Constant

from live_translation.partials.decisions import Completed, Decision, Drop, Forward, Note, Reason
from live_translation.partials.events import AudioHeard, Event, Final, Hold, Partial, Release, SpeakerPaused, Tick
from live_translation.partials.health import Health
from live_translation.partials.results import OpenResult
from live_translation.partials.rules import PartialRules
from live_translation.partials.window import RateWindow
from live_translation.partials.words import Said, closed

REMEMBERED: Constant = 4_000
"""Results that are over and still known, so that what comes late is not taken for something new."""


@dataclass(slots=True)
class _Past:
    """A result that is over: after a final nothing follows, after an orphan's end the rest may."""

    said: Said
    last: tuple[int, int] | None
    is_final: bool


class PartialResults:
    """One session's results; `now` is seconds on any clock that the caller keeps to, and never counts backwards here.

    Every call gives the decisions it led to, in order. Call again with `Tick` at `next_deadline`.
    """

    def __init__(self, rules: PartialRules) -> None:
        self._rules = rules
        self._now = float("-inf")
        self._window = RateWindow(rules.per_second)
        self._health = Health(rules.healthy)
        self._open: dict[str, OpenResult] = {}
        self._past: OrderedDict[str, _Past] = OrderedDict()
        self._latest = (float("-inf"), 0)
        self._is_held = False

    @property
    def waiting_words(self) -> int:
        """How many words wait to go out."""
        return sum(result.waiting for result in self._open.values())

    @property
    def remembered(self) -> int:
        """How many results are known, open or over."""
        return len(self._open) + len(self._past)

    @property
    def finals_only(self) -> bool:
        """True while the recogniser says nothing although it is spoken to."""
        return not self._health.is_well

    @property
    def next_deadline(self) -> float | None:
        """When something is to be decided if nothing happens until then; None if nothing waits."""
        moments = [self._window.ends_at] if self._window.ends_at is not None else []
        for result in self._open.values():
            moments.extend(self._moments(result))
        return min(moments, default=None)

    def is_waiting(self, result_id: str) -> bool:
        """True for a result whose final lets others go first."""
        result = self._open.get(result_id)
        return result is not None and result.final_due is not None

    def configure(self, rules: PartialRules) -> None:
        """Go on by other figures."""
        if rules.per_second != self._rules.per_second:
            self._window = RateWindow(rules.per_second)
        self._rules = rules

    def handle(self, event: Event, now: float) -> list[Decision]:
        """Take one event in, after all that has become due before."""
        self._now = max(self._now, now)
        decisions = [*self._due(), *self._take(event)]
        decisions += [*self._complete_finals(), *self._shed()]
        return decisions

    def take_back(self, forward: Forward) -> None:
        """What was decided could not be done: its words, and those after it, wait again."""
        result = self._open.get(forward.result_id)
        if result is None:
            past = self._past.get(forward.result_id)
            if past is not None:
                past.said.take_back(forward.start)
                past.is_final = False
            return
        result.take_back(forward.start)

    def knows(self, result_id: str) -> bool:
        """True for a result that was heard of here."""
        return result_id in self._open or result_id in self._past

    def recall(self, result_id: str, last: tuple[int, int], *, is_final: bool) -> None:
        """Elsewhere a result has gone out up to the end of its piece `last`, or is over."""
        self._remember(result_id, _Past(Said(last[1]), last, is_final))

    def _due(self) -> Iterator[Decision]:
        if self._window.ends_at is not None and self._now >= self._window.ends_at:
            partial = self._window.take()
            if partial is not None:
                yield from self._hear(partial)
        for result in self._in_order():
            yield from self._overdue(result)
        yield from self._complete_finals()

    def _take(self, event: Event) -> Iterator[Decision]:
        match event:
            case Partial():
                yield from self._partial(event)
            case Final():
                yield from self._final(event)
            case SpeakerPaused():
                for result in self._in_order():
                    result.changed_at = min(result.changed_at, self._now - self._rules.pause)
                    yield from self._overdue(result)
            case AudioHeard():
                yield from self._health.spoken_to(self._now)
            case Hold():
                yield from self._hold()
            case Release():
                self._is_held = False
            case Tick():
                pass

    def _partial(self, partial: Partial) -> Iterator[Decision]:
        yield from self._health.answered()
        if not self._rules.enabled:
            yield Drop(partial.result_id, Reason.disabled)
        elif not partial.text.strip():
            yield Drop(partial.result_id, Reason.empty)
        elif self._is_over(partial.result_id):
            yield Drop(partial.result_id, Reason.after_final)
        else:
            dropped = self._window.offer(partial, self._now)
            if dropped is not None:
                yield Drop(dropped.result_id, Reason.rate)

    def _hear(self, partial: Partial) -> Iterator[Decision]:
        if self._is_over(partial.result_id):
            yield Drop(partial.result_id, Reason.after_final)
            return
        result = self._opened(partial.result_id, partial.timestamp)
        is_new = not result.end
        rewritten = result.hear(partial.text, partial.stability, self._now, self._rules.rewritten_percent)
        if rewritten is not None:
            yield Note("REWRITTEN", partial.result_id, rewritten)
        if self._is_held:
            result.advance(result.end, self._now)
            yield Drop(partial.result_id, Reason.held)
        elif is_new and result.settled(0.0) == result.begin < result.end:
            yield Note("STABILITY_UNAVAILABLE", partial.result_id)
        yield from self._overdue(result)

    def _final(self, final: Final) -> Iterator[Decision]:
        yield from self._health.answered()
        if self._window.withdraw(final.result_id) is not None:
            yield Drop(final.result_id, Reason.superseded)
        if self._is_over(final.result_id):
            yield Drop(final.result_id, Reason.duplicate)
            return
        result = self._opened(final.result_id, final.timestamp)
        waits = result.is_timed and any(each.is_timed for each in self._before(result))
        corrected = result.finish(final.text, self._now + self._rules.reorder if waits else self._now)
        if corrected > self._rules.corrected_percent:
            yield Note("CORRECTION", final.result_id, corrected)

    def _complete_finals(self) -> Iterator[Decision]:
        """Finals go out as soon as nothing that was said earlier is open, or they have waited for it long enough."""
        for result in self._in_order():
            if result.final_due is None:
                continue
            earlier = self._before(result)
            is_over = self._now >= result.final_due
            if result.is_timed and any(each.is_timed for each in earlier):
                if not is_over:
                    continue
                for each in earlier:
                    yield from self._close(each, Reason.overtaken, is_final=False)
            else:
                for each in earlier:
                    yield from self._forward(each, each.settled(self._rules.min_stability), Reason.overtaken)
            yield from self._close(result, Reason.final, is_final=True)

    def _hold(self) -> Iterator[Decision]:
        if self._is_held:
            return
        partial = self._window.take_early()
        if partial is not None:
            yield from self._hear(partial)
        for result in self._in_order():
            if result.final_due is not None:
                yield from self._close(result, Reason.final, is_final=True)
            else:
                yield from self._forward(result, result.end, Reason.held)
        self._is_held = True

    def _overdue(self, result: OpenResult) -> Iterator[Decision]:
        if result.final_due is not None:
            return
        rules = self._rules
        settled = result.settled(rules.min_stability)
        yield from self._forward(result, result.sentence_end(settled), Reason.sentence)
        if settled > result.begin and self._now >= result.changed_at + rules.pause:
            yield from self._forward(result, settled, Reason.pause)
        if settled > result.begin and self._now >= result.since + rules.max_buffer_timeout:
            yield from self._forward(result, settled, Reason.timeout)
        unknown = result.settled_or_unknown(rules.min_stability)
        if unknown > settled and self._now >= result.since + rules.no_stability:
            yield from self._forward(result, unknown, Reason.no_stability)
        if self._now >= result.opened_at + rules.orphan:
            if result.waiting:
                yield Note("ORPHAN_TIMEOUT", result.result_id, result.waiting)
            yield from self._close(result, Reason.orphan, is_final=False)

    def _moments(self, result: OpenResult) -> Iterator[float]:
        rules = self._rules
        if result.final_due is not None:
            yield result.final_due
            return
        yield result.opened_at + rules.orphan
        settled = result.settled(rules.min_stability)
        if settled > result.begin:
            yield result.changed_at + rules.pause
            yield result.since + rules.max_buffer_timeout
        if result.settled_or_unknown(rules.min_stability) > settled:
            yield result.since + rules.no_stability

    def _shed(self) -> Iterator[Decision]:
        """Let the oldest words go rather than lose them when more wait than may: stable ones first."""
        limit = self._rules.waiting_words
        if (waiting := self.waiting_words) <= limit:
            return
        yield Note("BUFFER_OVERFLOW", figure=waiting)
        for result in self._in_order():
            if self.waiting_words > limit:
                yield from self._forward(result, result.settled(self._rules.min_stability), Reason.capacity)
        for result in self._in_order():
            excess = min(self.waiting_words - limit, result.waiting)
            if excess > 0 and result.final_due is None:
                yield from self._forward(result, result.begin + excess, Reason.capacity)

    def _forward(self, result: OpenResult, stop: int, reason: Reason, *, is_final: bool = False) -> Iterator[Forward]:
        if stop <= result.begin:
            return
        text = result.text_until(stop)
        if reason in (Reason.pause, Reason.orphan):
            text = closed(text)
        start, count = len(result.said), stop - result.begin
        result.advance(stop, self._now)
        result.last = (start, start + count)
        yield Forward(result.result_id, start, start + count, text, reason, is_final)

    def _close(self, result: OpenResult, reason: Reason, *, is_final: bool) -> Iterator[Decision]:
        del self._open[result.result_id]
        if self._is_held and is_final:
            result.advance(result.end, self._now)
            yield Drop(result.result_id, Reason.held)
        elif is_final and not result.waiting:
            yield Completed(result.result_id, result.last)
        else:
            yield from self._forward(result, result.end, reason, is_final=is_final)
        self._remember(result.result_id, _Past(result.said, result.last, is_final))

    def _remember(self, result_id: str, past: _Past) -> None:
        self._past[result_id] = past
        while len(self._past) > REMEMBERED:
            self._past.popitem(last=False)

    def _opened(self, result_id: str, timestamp: float | None) -> OpenResult:
        result = self._open.get(result_id)
        if result is not None:
            return result
        place, count = self._latest
        order = (place if timestamp is None else timestamp, count + 1)
        self._latest = (max(place, order[0]), count + 1)
        past = self._past.pop(result_id, None) or _Past(Said(), None, is_final=False)
        result = OpenResult(result_id, order, self._now, is_timed=timestamp is not None, said=past.said)
        result.last = past.last
        self._open[result_id] = result
        return result

    def _is_over(self, result_id: str) -> bool:
        result, past = self._open.get(result_id), self._past.get(result_id)
        return (result is not None and result.final_due is not None) or (past is not None and past.is_final)

    def _in_order(self) -> list[OpenResult]:
        return sorted(self._open.values(), key=lambda result: result.order)

    def _before(self, result: OpenResult) -> list[OpenResult]:
        return [each for each in self._in_order() if each.order < result.order and each.final_due is None]
