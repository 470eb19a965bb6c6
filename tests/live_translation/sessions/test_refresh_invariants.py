"""Whatever goes wrong between whichever steps: the count stays true, and a session outlives its sockets.

Invariants I-1, I-2, I-3 and I-12 over joins, leaves, lost sockets, refreshes, duplicates, ends and jobs that run at the
same time, while the database throttles, loses answers, and is cut off in the middle of a step.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from hypothesis import settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from live_translation.errors import ServiceProblem
from live_translation.sessions.failures import is_service_failure
from live_translation.sessions.membership import Membership
from live_translation.sessions.reconciling import ReconciliationJob
from live_translation.sessions.validation import SessionOptions
from live_translation.settings import Settings
from live_translation.tables import TABLES, Connection, Role, Session

from dynalayer import AsyncDatabase, RetryPolicy, scan
from dynalayer.testing import AsyncFaults
from tests.live_translation.doubles import Interleaved, ManualClock, no_sleep

MAXIMUM = 4
GRACE = 30
sockets = strategies.sampled_from([f"l{number}" for number in range(7)])
speakers = strategies.sampled_from([f"s{number}" for number in range(4)])
faults = strategies.sampled_from(["throttle", "unanswered", "answer lost", "conflict"])
one_step = strategies.one_of(
    strategies.tuples(strategies.sampled_from(["join", "leave", "lose"]), sockets, sockets),
    strategies.tuples(strategies.just("refresh"), sockets, sockets),
    strategies.tuples(strategies.sampled_from(["take over", "take over", "lose"]), speakers, speakers),
)
EXPECTED = {"SESSION_FULL", "SESSION_NOT_FOUND", "CONNECTION_NOT_FOUND", "UNAUTHORIZED_ACTION", "SERVICE_UNAVAILABLE"}


class Interleavings(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.clock = ManualClock()
        self.over: Session | None = None
        self.deleted = False

    @initialize(seed=strategies.integers(0, 1_000))
    def open(self, seed: int) -> None:
        plain = AsyncDatabase("memory:", clock=self.clock)
        self.faults = AsyncFaults(Interleaved(plain.connection, seed), seed=seed)
        retry = RetryPolicy(attempts=2, base=0.0)
        self.database = AsyncDatabase(self.faults, clock=self.clock, retry=retry, sleep=no_sleep)
        limits = Settings(max_listeners_per_session=MAXIMUM, speaker_grace_seconds=GRACE)
        self.membership = Membership(self.database, limits, self.clock, draw_id=lambda: "a-b-100")
        self.job = ReconciliationJob(self.database, self.membership, self.sweep, no_sleep)
        self.run(self.database.create_tables(*TABLES))
        self.run(self.membership.create("s0", None, SessionOptions("es"), "ada"))

    def run(self, work: Awaitable[Any]) -> Any:
        return self.loop.run_until_complete(work)

    async def sweep(self, session_id: str) -> int:
        async def tell(connection_id: str) -> None:
            return

        return await self.membership.sweep(session_id, tell)

    def doing(self, what: str, who: str, other: str) -> Awaitable[object]:
        match what:
            case "join":
                return self.membership.join(who, None, "a-b-100", "ca")
            case "leave":
                return self.membership.leave(who)
            case "lose":
                return self.membership.leave(who, lost=True)
            case "refresh":
                return self.membership.refreshing.listener(who, None, "a-b-100", "fr", other)
            case _:
                return self.membership.refreshing.speaker(who, None, "a-b-100", "ada")

    async def step(self, what: str, who: str, other: str) -> None:
        came = what in ("join", "refresh", "take over")
        try:
            await self.doing(what, who, other)
            assert self.over is None or not came, "a session that is over let somebody in"
        except ServiceProblem as problem:
            if problem.code == "INVALID_PARAMETER":
                assert who == other
            elif problem.code not in EXPECTED:
                raise
        except Exception as error:
            if not is_service_failure(error):
                raise

    @rule(steps=strategies.lists(one_step, min_size=1, max_size=5))
    def at_once(self, steps: Sequence[tuple[str, str, str]]) -> None:
        async def together() -> None:
            await asyncio.gather(*(self.step(*each) for each in steps))

        self.run(together())

    @rule(step=one_step, fault=faults, times=strategies.integers(1, 3))
    def while_it_fails(self, step: tuple[str, str, str], fault: str, times: int) -> None:
        plan: dict[str, Callable[[], None]] = {
            "throttle": lambda: self.faults.throttle(times=times),
            "unanswered": lambda: self.faults.time_out(times=times),
            "answer lost": lambda: self.faults.time_out(times=times, after_commit=True),
            "conflict": lambda: self.faults.conflict(operation="TransactWriteItems", times=times),
        }
        plan[fault]()
        self.run(self.step(*step))
        self.faults.heal()
        # What a client or the service does after a failure: the same again.
        self.run(self.step(*step))

    @rule(step=one_step, after=strategies.integers(0, 12))
    def while_the_process_dies(self, step: tuple[str, str, str], after: int) -> None:
        async def cut_off() -> None:
            task = asyncio.ensure_future(self.step(*step))
            for _ in range(after):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        self.run(cut_off())

    @rule(step=one_step)
    def twice(self, step: tuple[str, str, str]) -> None:
        self.run(self.step(*step))
        before = self.state()
        self.run(self.step(*step))
        if step[0] != "refresh" or step[1] != step[2]:
            assert self.state() == before

    @rule(seconds=strategies.integers(1, GRACE - 1))
    def wait(self, seconds: int) -> None:
        self.clock.forward(seconds)
        self.note_end()

    @rule()
    def look_after(self) -> None:
        self.run(self.job.run_once())
        self.note_end()

    @precondition(lambda self: self.over is None)
    @rule(how=strategies.sampled_from(["leave", "end", "expire"]))
    def finish(self, how: str) -> None:
        session = self.stored()
        if session is None:
            return
        if how == "leave":
            self.run(self.membership.leave(session.speaker_connection_id))
        elif how == "end":
            self.run(self.membership.end("a-b-100"))
        else:
            self.clock.forward(2 * 3_600)
        self.note_end()

    def note_end(self) -> None:
        session = self.stored()
        if self.over is None and (session is None or not self.membership.sessions.is_running(session)):
            self.over = session

    def stored(self) -> Session | None:
        return self.run(self.database.get(Session.key("a-b-100"), expired=True, consistent=True))

    def running(self) -> Session | None:
        session = self.stored() if hasattr(self, "membership") else None
        return session if session is not None and self.membership.sessions.is_running(session) else None

    def connections(self) -> list[Connection]:
        async def read() -> list[Connection]:
            return [each async for each in self.database.scan(scan(Connection).consistent().expired())]

        return self.run(read())

    def state(self) -> tuple[int, set[str], str]:
        session = self.stored()
        present = {each.connection_id for each in self.connections()}
        return (session.listener_count, present, session.speaker_connection_id) if session else (0, present, "")

    @invariant()
    def the_count_is_that_of_the_connections(self) -> None:
        session = self.running()
        if session is not None:
            listeners = [each for each in self.connections() if each.role is Role.listener]
            assert session.listener_count == len(listeners)
            assert 0 <= session.listener_count <= MAXIMUM

    @invariant()
    def one_socket_speaks_or_the_session_waits_for_it(self) -> None:
        session = self.running()
        if session is not None:
            speaking = [each.connection_id for each in self.connections() if each.role is Role.speaker]
            if session.speaker_lost_at is None:
                assert speaking == [session.speaker_connection_id]
            else:
                assert speaking == []

    @invariant()
    def only_an_end_ends_a_session(self) -> None:
        if hasattr(self, "membership") and self.over is None:
            session = self.stored()
            assert session is not None
            assert self.membership.sessions.is_running(session)

    @invariant()
    def what_is_over_comes_not_back(self) -> None:
        if self.over is not None:
            session = self.stored()
            assert session is None or not self.membership.sessions.is_running(session)
            assert session is None or session.speaker_connection_id == self.over.speaker_connection_id

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.run(self.database.close())
        self.loop.close()


Interleavings.TestCase.settings = settings(max_examples=30, stateful_step_count=20, deadline=None)
TestInterleavings = Interleavings.TestCase
