"""The state machine at work: its one timer, and its decisions carried out one after another."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from typing import Final as Constant
from typing import Protocol

from live_translation.broadcasting.report import Report
from live_translation.errors import hashed, session_not_found
from live_translation.metrics import NOTHING, Metrics, catalog
from live_translation.partials.counting import decided, received
from live_translation.partials.decisions import Completed, Decision, Drop, Forward, Note, Reason
from live_translation.partials.events import Event, Final, Hold, Partial, Release, Tick
from live_translation.partials.machine import PartialResults
from live_translation.partials.pieces import is_whole, last_of, name_of, span_name
from live_translation.partials.rules import PartialRules
from live_translation.sessions.failures import SERVICE_FAILURES

RETRY_WAITS: Constant = (0.5, 1.0)
"""Seconds before the second and the third attempt to hand words over."""

_log = logging.getLogger(__name__)

Process = Callable[[str, str], Awaitable[Report]]
"""Takes words to the listeners by the id of their piece; raises `ServiceProblem` 404 once the session is over."""

Sleep = Callable[[float], Awaitable[object]]


class Alarm(Protocol):
    """A timer that has been set."""

    def cancel(self) -> None:
        """Do not ring."""
        ...


SetAlarm = Callable[[float, Callable[[], None]], Alarm]
"""Calls back in so many seconds."""


def in_seconds(seconds: float, ring: Callable[[], None]) -> Alarm:
    """The event loop's own timer."""
    return asyncio.get_running_loop().call_later(seconds, ring)


def loop_time() -> float:
    """The event loop's clock, which never jumps."""
    return asyncio.get_running_loop().time()


class Processor:
    """Takes what is heard in one session to its listeners, in order, one piece after another.

    `now` and `set_alarm` are of one clock.
    """

    def __init__(
        self,
        session_id: str,
        process: Process,
        rules: PartialRules,
        *,
        now: Callable[[], float] = loop_time,
        set_alarm: SetAlarm = in_seconds,
        sleep: Sleep = asyncio.sleep,
        metrics: Metrics = NOTHING,
    ) -> None:
        self._session_id = session_id
        self._process = process
        self._machine = PartialResults(rules)
        self._now = now
        self._set_alarm = set_alarm
        self._sleep = sleep
        self._metrics = metrics
        self._is_held = False
        self._processed: Collection[str] = ()
        self._alarm: Alarm | None = None
        self._rings_at: float | None = None
        self._work: deque[Forward | Completed] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._answers: dict[str, asyncio.Future[Report | None]] = {}

    def configure(self, rules: PartialRules, *, is_held: bool, processed: Collection[str] = ()) -> None:
        """Go on by these rules; while held, nothing that is heard goes out, then or later.

        `processed` are the digests of the pieces that any process has processed: a result may have begun elsewhere.
        """
        self._processed = processed
        self._machine.configure(rules)
        if is_held != self._is_held:
            self._is_held = is_held
            self.take(Hold() if is_held else Release())

    def take(self, event: Event) -> None:
        """Take an event in; what it leads to is done in the background."""
        received(self._metrics, event)
        if isinstance(event, Partial | Final) and self._processed and not self._machine.knows(event.result_id):
            self._recall(event.result_id)
        for decision in self._machine.handle(event, self._now()):
            decided(self._metrics, decision)
            self._decided(decision)
        self._arm()

    async def complete(self, final: Final) -> Report | None:
        """Take a final in and wait until its words have been handed over; None if the talk is held.

        A final that had gone out before is reported as a duplicate. Raises `ServiceProblem` 404 if the session is
        over, and what else the pipeline raises (three times, if the database does not answer); then it may be sent
        again.
        """
        answer = self._answers.get(final.result_id)
        if answer is None:
            answer = self._awaited(final.result_id)
        self.take(final)
        if not answer.done() and not self._is_under_way(final.result_id):
            return await self._process(final.result_id, final.text)
        return await asyncio.shield(answer)

    async def finish(self) -> None:
        """Wait until all that was decided has been done."""
        while self._worker is not None:
            await asyncio.wait([self._worker])

    def close(self) -> None:
        """Stop: what has not gone out never will."""
        if self._alarm is not None:
            self._alarm.cancel()
        self._work.clear()
        if self._worker is not None:
            self._worker.cancel()
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(session_not_found(self._session_id))

    def _awaited(self, result_id: str) -> asyncio.Future[Report | None]:
        answer: asyncio.Future[Report | None] = asyncio.get_running_loop().create_future()

        def is_done(done: asyncio.Future[Report | None]) -> None:
            del self._answers[result_id]
            # Whoever waited may have gone meanwhile.
            done.exception()

        answer.add_done_callback(is_done)
        self._answers[result_id] = answer
        return answer

    def _recall(self, result_id: str) -> None:
        if is_whole(result_id, self._processed):
            self._machine.recall(result_id, (0, 0), is_final=True)
        elif (last := last_of(result_id, self._processed)) is not None:
            self._machine.recall(result_id, last, is_final=False)

    def _is_under_way(self, result_id: str) -> bool:
        return self._machine.is_waiting(result_id) or any(each.result_id == result_id for each in self._work)

    def _decided(self, decision: Decision) -> None:
        match decision:
            case Forward() | Completed():
                self._work.append(decision)
                if self._worker is None:
                    self._worker = asyncio.get_running_loop().create_task(self._carry_out())
            case Drop(result_id=result_id, reason=Reason.held):
                self._answer(result_id, None)
            case Note(code="REWRITTEN" | "STABILITY_UNAVAILABLE" as code):
                _log.debug("%s", code)
            case Note(code=code, figure=figure):
                _log.info("%s %s", code, "" if figure is None else round(figure, 1))
            case Drop(reason=reason):
                _log.debug("dropped: %s", reason.value)

    def _arm(self) -> None:
        deadline = self._machine.next_deadline
        if deadline == self._rings_at:
            return
        if self._alarm is not None:
            self._alarm.cancel()
        self._rings_at = deadline
        self._alarm = None if deadline is None else self._set_alarm(max(0.0, deadline - self._now()), self._ring)

    def _ring(self) -> None:
        self._rings_at = self._alarm = None
        self.take(Tick())

    async def _carry_out(self) -> None:
        try:
            while self._work:
                # It stays first until it is done, so that everybody sees that it is under way.
                todo = self._work[0]
                try:
                    await self._do(todo)
                except Exception as error:
                    self._failed(todo, error)
                else:
                    self._work.popleft()
        finally:
            self._worker = None

    async def _do(self, todo: Forward | Completed) -> None:
        if isinstance(todo, Forward):
            begun = self._now()
            report = await self._persistently(name_of(todo), todo.text)
            self._metrics.observe(catalog.PARTIAL_RESULT_LATENCY, 1000 * (self._now() - begun))
            if todo.is_final:
                self._answer(todo.result_id, report)
        elif todo.result_id in self._answers:
            # Nothing is left to say: what became of the last piece stands for all.
            self._answer(todo.result_id, await self._persistently(span_name(todo.result_id, todo.last), ""))

    async def _persistently(self, name: str, text: str) -> Report:
        for wait in RETRY_WAITS:
            try:
                return await self._process(name, text)
            except SERVICE_FAILURES as error:
                _log.warning("segment %s not processed: %s; tried again", hashed(name), type(error).__name__)
                await self._sleep(wait)
        return await self._process(name, text)

    def _failed(self, todo: Forward | Completed, error: Exception) -> None:
        _log.warning("segment %s not processed: %s", hashed(todo.result_id), type(error).__name__)
        if isinstance(todo, Forward):
            self._machine.take_back(todo)
        # What follows of the same result would leave a gap: it waits again together with what has failed.
        self._work = deque(each for each in self._work if each.result_id != todo.result_id)
        answer = self._answers.get(todo.result_id)
        if answer is not None and not answer.done():
            answer.set_exception(error)

    def _answer(self, result_id: str, report: Report | None) -> None:
        answer = self._answers.get(result_id)
        if answer is not None and not answer.done():
            answer.set_result(None if report is None else replace(report, segment_id=result_id))
