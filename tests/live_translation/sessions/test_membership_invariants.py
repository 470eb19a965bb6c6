"""Any interleaving of joins, leaves, duplicates and ends keeps the count true (invariants I-1, I-2 and I-3)."""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any

from hypothesis import settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from live_translation.errors import ServiceProblem
from live_translation.sessions.membership import Membership
from live_translation.sessions.validation import SessionOptions
from live_translation.settings import Settings
from live_translation.tables import TABLES, Session

from tests.live_translation.doubles import ManualClock, interleaved

MAXIMUM = 4
listeners = strategies.sampled_from([f"listener-{number}" for number in range(7)])
steps = strategies.lists(
    strategies.tuples(strategies.sampled_from(["join", "leave", "leave", "repeat"]), listeners), min_size=1, max_size=6
)


class Interleavings(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.clock = ManualClock()
        self.frozen: Session | None = None
        self.deleted = False

    @initialize(seed=strategies.integers(0, 1_000))
    def open(self, seed: int) -> None:
        self.database = interleaved(self.clock, seed)
        self.membership = Membership(self.database, Settings(max_listeners_per_session=MAXIMUM), self.clock)
        self.run(self.database.create_tables(*TABLES))
        self.session_id = self.run(self.membership.create("speaker", None, SessionOptions("es"))).session_id

    def run(self, work: Awaitable[Any]) -> Any:
        return self.loop.run_until_complete(work)

    async def step(self, what: str, listener: str) -> None:
        try:
            if what == "join":
                await self.membership.join(listener, None, self.session_id, "ca")
                assert self.frozen is None, "an ended session was joined"
            elif what == "leave":
                await self.membership.leave(listener)
            elif await self.membership.connections.get_connection(listener) is not None:
                await self.membership.leave(listener)
                await self.membership.leave(listener)
        except ServiceProblem as problem:
            expected = "SESSION_FULL" if self.frozen is None else "SESSION_NOT_FOUND"
            if problem.code != expected:
                raise

    async def together(self, steps: Sequence[tuple[str, str]]) -> None:
        await asyncio.gather(*(self.step(what, listener) for what, listener in steps))

    @rule(steps=steps)
    def at_once(self, steps: Sequence[tuple[str, str]]) -> None:
        self.run(self.together(steps))

    @rule(what=strategies.sampled_from(["join", "leave"]), listener=listeners)
    def twice(self, what: str, listener: str) -> None:
        self.run(self.step(what, listener))
        before = self.state()
        self.run(self.step(what, listener))
        assert self.state() == before

    @rule(how=strategies.sampled_from(["leave", "end", "expire"]))
    def finish(self, how: str) -> None:
        if how == "leave":
            self.run(self.membership.leave("speaker"))
        elif how == "end":
            self.run(self.membership.end(self.session_id))
        else:
            self.clock.forward(3 * 3_600)
        if self.frozen is None:
            self.frozen = self.stored()

    def stored(self) -> Session | None:
        return self.run(self.database.get(Session.key(self.session_id), expired=True))

    def state(self) -> tuple[int, set[str]]:
        found = self.run(self.membership.connections.get_listener_connections(self.session_id))
        session = self.stored()
        return session.listener_count if session else 0, {each.connection_id for each in found}

    @invariant()
    def the_count_is_that_of_the_connections(self) -> None:
        if hasattr(self, "session_id") and self.frozen is None:
            count, present = self.state()
            assert count == len(present)
            assert 0 <= count <= MAXIMUM

    @invariant()
    def what_has_ended_does_not_change(self) -> None:
        # Once expired, the item may be deleted at any time; and then it must not come back.
        if self.frozen is not None:
            stored = self.stored()
            assert stored is None or (stored == self.frozen and not self.deleted)
            self.deleted = stored is None

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.run(self.database.close())
        self.loop.close()


Interleavings.TestCase.settings = settings(max_examples=100, stateful_step_count=15, deadline=None)
TestInterleavings = Interleavings.TestCase
