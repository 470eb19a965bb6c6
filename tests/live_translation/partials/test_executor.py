import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest
from live_translation.broadcasting.report import Report
from live_translation.broadcasting.turns import segment_digest
from live_translation.errors import ServiceProblem, session_not_found
from live_translation.metrics import Recorder, catalog
from live_translation.partials import Final, Partial, PartialRules
from live_translation.partials.executor import Processor

from dynalayer import Throttled
from tests.live_translation.doubles import no_sleep

pytestmark = pytest.mark.anyio

COUNTED = (
    catalog.PARTIAL_RESULTS_RECEIVED,
    catalog.FINAL_RESULTS_RECEIVED,
    catalog.PARTIAL_RESULTS_DROPPED,
    catalog.DUPLICATES_DETECTED,
    catalog.ORPHANED_RESULTS_FLUSHED,
)


class Timers:
    """A clock whose alarms ring when it is put forward."""

    def __init__(self) -> None:
        self.now = 0.0
        self.set: list[Alarm] = []

    def __call__(self) -> float:
        return self.now

    def alarm(self, seconds: float, ring: Callable[[], None]) -> "Alarm":
        self.set.append(Alarm(self, self.now + seconds, ring))
        return self.set[-1]

    def forward(self, seconds: float) -> None:
        until = self.now + seconds
        while self.set and min(each.at for each in self.set) <= until:
            alarm = min(self.set, key=lambda each: each.at)
            self.set.remove(alarm)
            self.now = max(self.now, alarm.at)
            alarm.ring()
        self.now = until


@dataclass
class Alarm:
    timers: Timers
    at: float
    ring: Callable[[], None]

    def cancel(self) -> None:
        if self in self.timers.set:
            self.timers.set.remove(self)


@dataclass
class Listeners:
    """Hear what is processed; `problems` are raised first."""

    heard: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    problems: list[Exception] = field(default_factory=list[Exception])
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, piece: str, text: str) -> Report:
        await self.gate.wait()
        if self.problems:
            raise self.problems.pop(0)
        if piece in [name for name, _ in self.heard]:
            return Report(piece, 1, duplicate=True)
        self.heard.append((piece, text))
        return Report(piece, len(self.heard), ("ca",))


@pytest.fixture
def timers() -> Timers:
    return Timers()


@pytest.fixture
def listeners() -> Listeners:
    found = Listeners()
    found.gate.set()
    return found


@pytest.fixture
async def processor(timers: Timers, listeners: Listeners) -> AsyncIterator[Processor]:
    made = Processor("s", listeners, PartialRules(), now=timers, set_alarm=timers.alarm, sleep=no_sleep)
    yield made
    made.close()


async def test_the_one_timer_rings_when_the_next_decision_is_due(
    processor: Processor, timers: Timers, listeners: Listeners
) -> None:
    processor.take(Partial("r", "hola a todos", 0.9))
    assert len(timers.set) == 1
    timers.forward(2.2)
    await processor.finish()
    assert listeners.heard == [("r.0-3", "hola a todos.")]
    timers.forward(60)
    assert timers.set == []


async def test_pieces_go_out_in_order_each_under_its_own_name(
    processor: Processor, timers: Timers, listeners: Listeners
) -> None:
    processor.take(Partial("r", "Uno. Dos.", 0.9))
    timers.forward(0.2)
    processor.take(Final("q", "Otra cosa."))
    report = await processor.complete(Final("r", "Uno. Dos. Tres."))
    assert listeners.heard == [("r.0-2", "Uno. Dos."), ("q", "Otra cosa."), ("r.2-3", "Tres.")]
    assert report == Report("r", 3, ("ca",))


async def test_a_final_that_adds_nothing_is_answered_after_its_pieces(
    processor: Processor, timers: Timers, listeners: Listeners
) -> None:
    processor.take(Partial("r", "Uno.", 0.9))
    timers.forward(0.2)
    report = await processor.complete(Final("r", "Uno."))
    assert (report, listeners.heard) == (Report("r", 1, duplicate=True), [("r.0-1", "Uno.")])


async def test_a_final_that_comes_twice_is_reported_as_a_duplicate(processor: Processor, listeners: Listeners) -> None:
    assert await processor.complete(Final("r", "Uno.")) == Report("r", 1, ("ca",))
    again = await processor.complete(Final("r", "Uno."))
    assert again is not None
    assert again.duplicate
    assert listeners.heard == [("r", "Uno.")]


async def test_a_final_that_comes_again_while_it_is_under_way_gets_the_same_answer(
    processor: Processor, listeners: Listeners
) -> None:
    listeners.gate.clear()
    first, second = (asyncio.create_task(processor.complete(Final("r", "Uno."))) for _ in range(2))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    listeners.gate.set()
    assert await first == await second == Report("r", 1, ("ca",))


async def test_a_final_that_waits_its_turn_is_answered_when_it_went_out(
    processor: Processor, timers: Timers, listeners: Listeners
) -> None:
    processor.take(Partial("a", "uno", 0.1, 1.0))
    timers.forward(0.2)
    answer = asyncio.create_task(processor.complete(Final("b", "dos", 2.0)))
    await asyncio.sleep(0)
    assert not answer.done()
    timers.forward(2.0)
    assert (await answer) == Report("b", 2, ("ca",))
    assert listeners.heard == [("a.0-1", "uno"), ("b", "dos")]


async def test_the_database_is_asked_three_times_with_the_same_piece(
    processor: Processor, listeners: Listeners
) -> None:
    listeners.problems = [Throttled("busy"), Throttled("busy")]
    assert await processor.complete(Final("r", "Uno.")) == Report("r", 1, ("ca",))


async def test_what_failed_may_be_sent_again_p11(processor: Processor, listeners: Listeners) -> None:
    listeners.problems = [RuntimeError("no")]
    with pytest.raises(RuntimeError):
        await processor.complete(Final("r", "Uno."))
    assert await processor.complete(Final("r", "Uno.")) == Report("r", 1, ("ca",))


async def test_after_a_failed_piece_the_final_says_everything_and_other_results_go_on_p11(
    processor: Processor, timers: Timers, listeners: Listeners
) -> None:
    listeners.problems = [RuntimeError("no")]
    processor.take(Partial("r", "Uno.", 0.9))
    timers.forward(0.2)
    processor.take(Partial("r", "Uno. Dos.", 0.9))
    timers.forward(0.2)
    processor.take(Final("q", "Otra."))
    await processor.finish()
    assert listeners.heard == [("q", "Otra.")]
    await processor.complete(Final("r", "Uno. Dos. Tres."))
    assert listeners.heard[1:] == [("r.0-2", "Uno. Dos."), ("r.2-3", "Tres.")]


async def test_a_session_that_is_over_is_said_so(processor: Processor, listeners: Listeners) -> None:
    listeners.problems = [session_not_found("s")]
    with pytest.raises(ServiceProblem, match="404"):
        await processor.complete(Final("r", "Uno."))


async def test_whoever_waits_when_it_is_closed_is_told(processor: Processor, listeners: Listeners) -> None:
    listeners.gate.clear()
    answer = asyncio.create_task(processor.complete(Final("r", "Uno.")))
    await asyncio.sleep(0)
    processor.close()
    with pytest.raises(ServiceProblem, match="404"):
        await answer


async def test_while_the_talk_is_held_a_final_is_answered_with_nothing(
    processor: Processor, listeners: Listeners
) -> None:
    processor.take(Partial("r", "hola a", 0.1))
    processor.configure(PartialRules(), is_held=True)
    assert await processor.complete(Final("r", "hola a todos")) is None
    processor.configure(PartialRules(), is_held=False)
    await processor.complete(Final("q", "Otra."))
    assert listeners.heard == [("r.0-2", "hola a"), ("q", "Otra.")]


async def test_what_comes_and_what_becomes_of_it_is_counted(timers: Timers, listeners: Listeners) -> None:
    recorder = Recorder(timers)
    processor = Processor("s", listeners, PartialRules(), now=timers, set_alarm=timers.alarm, metrics=recorder)
    for text in ("uno", "uno dos", "uno dos tres"):
        processor.take(Partial("r", text, 0.1))
    timers.forward(20)
    await processor.complete(Final("q", "Otra."))
    await processor.complete(Final("q", "Otra."))
    _, told = recorder.roll()
    assert {each: told.counts[each.id] for each in COUNTED} == {
        catalog.PARTIAL_RESULTS_RECEIVED: 3,
        catalog.FINAL_RESULTS_RECEIVED: 2,
        catalog.PARTIAL_RESULTS_DROPPED: 2,
        catalog.DUPLICATES_DETECTED: 1,
        catalog.ORPHANED_RESULTS_FLUSHED: 1,
    }
    processor.close()


async def test_one_who_stops_waiting_stops_nothing(processor: Processor, listeners: Listeners) -> None:
    listeners.gate.clear()
    answer = asyncio.create_task(processor.complete(Final("r", "Uno.")))
    await asyncio.sleep(0)
    answer.cancel()
    listeners.gate.set()
    await processor.finish()
    assert listeners.heard == [("r", "Uno.")]


async def test_another_process_goes_on_after_what_has_gone_out(
    processor: Processor, timers: Timers, listeners: Listeners
) -> None:
    processor.take(Partial("r", "Uno. Dos.", 0.9))
    timers.forward(0.2)
    processor.take(Partial("r", "Uno. Dos. Tres y", 0.9))
    timers.forward(2.2)
    await processor.finish()
    await processor.complete(Final("q", "Otra."))
    processed = [segment_digest(name) for name, _ in listeners.heard]
    other = Processor("s", listeners, PartialRules(), now=timers, set_alarm=timers.alarm, sleep=no_sleep)
    other.configure(PartialRules(), is_held=False, processed=processed)
    other.take(Partial("q", "Otra.", 0.9))
    timers.forward(0.2)
    report = await other.complete(Final("r", "Uno. Dos. Tres y cuatro."))
    assert [text for _, text in listeners.heard] == ["Uno. Dos.", "Tres y.", "Otra.", "cuatro."]
    assert report is not None
    assert not report.duplicate
    again = Processor("s", listeners, PartialRules(), now=timers, set_alarm=timers.alarm, sleep=no_sleep)
    again.configure(PartialRules(), is_held=False, processed=[segment_digest(name) for name, _ in listeners.heard])
    assert (await again.complete(Final("r", "Uno. Dos. Tres y cuatro."))) == Report("r", 1, duplicate=True)
    assert (await again.complete(Final("q", "Otra."))) == Report("q", 1, duplicate=True)
    assert len(listeners.heard) == 4
    other.close()
    again.close()
