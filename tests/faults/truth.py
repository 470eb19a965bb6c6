"""What a caller may believe of a call by how it ended, and callers of both kinds."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal, Self

from hypothesis import strategies as st

from dynalayer import AsyncDatabase, Database, RetryPolicy
from dynalayer.engines.remote import AsyncRemoteConnection, RemoteConnection
from dynalayer.protocol import BatchIncomplete, ConnectionLost, DeadlineExceeded, DynalayerError, ServiceUnavailable
from tests.services.faulty_proxy import FINE, KINDS, SLOW, Fault

Done = Literal["done", "not done", "unknown"]
CALLERS = ("threads", "tasks", "uvloop")


def done(outcome: object) -> Done:
    """What an outcome, a result or an error, says about a write. Errors of any other class fail the test."""
    if not isinstance(outcome, BaseException):
        return "done"
    if isinstance(outcome, (ConnectionLost, DeadlineExceeded)):
        return "unknown" if outcome.may_have_taken_effect else "not done"
    if not isinstance(outcome, DynalayerError):
        raise outcome
    # An incomplete batch tells it of each item.
    return "unknown" if isinstance(outcome, (ServiceUnavailable, BatchIncomplete)) else "not done"


def faults(most: int, kinds: Sequence[str] = KINDS, slow: int = 2) -> st.SearchStrategy[list[Fault]]:
    """Sequences of faults of which at most `slow` make the caller wait for as long as it may."""
    one = st.builds(Fault, st.sampled_from(kinds), st.integers(0, 999))
    return st.lists(one, max_size=most).map(lambda each: _few_slow(each, slow))


def _few_slow(planned: list[Fault], slow: int) -> list[Fault]:
    kept = []
    for fault in planned:
        if fault.kind == "late":
            # In and past the time that a call has.
            fault = Fault("late", fault.amount % 80)
        if fault.kind in SLOW or fault.kind in ("late", "corrupt head"):
            slow -= 1
        kept.append(fault if slow >= 0 or fault.kind not in (*SLOW, "late", "corrupt head") else FINE)
    return kept


class Callers:
    """Calls by threads or by tasks, several at a time; each ends in a result or in an error."""

    def __init__(self, kind: str) -> None:
        self._runner: asyncio.Runner | None = None
        if kind != "threads":
            factory: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
            if kind == "uvloop":
                import uvloop

                factory = uvloop.new_event_loop
            self._runner = asyncio.Runner(loop_factory=factory)
        self._opened: list[Any] = []

    def connection(self, endpoint: str, **options: Any) -> Any:
        kind = RemoteConnection if self._runner is None else AsyncRemoteConnection
        self._opened.append(kind(endpoint, **options))
        return self._opened[-1]

    def database(self, endpoint: str, **options: Any) -> Any:
        """A database without waits between attempts."""
        connection = self.connection(endpoint, timeout=options.pop("timeout", 0.05))
        options.setdefault("retry", RetryPolicy(base=0.0))
        return Database(connection, **options) if self._runner is None else AsyncDatabase(connection, **options)

    def task(self, work: Coroutine[Any, Any, Any]) -> Any:
        assert self._runner is not None
        return self._runner.run(work)

    def one(self, call: Callable[[], Any]) -> Any:
        return self.together([call])[0]

    def together(self, calls: Iterable[Callable[[], Any]], at_a_time: int = 16) -> list[Any]:
        """The outcomes in order."""
        if self._runner is not None:
            return self._runner.run(_gathered(calls, at_a_time))
        with ThreadPoolExecutor(at_a_time) as pool:
            return list(pool.map(_outcome, calls))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for each in self._opened:
            closed = each.close()
            if self._runner is not None:
                self._runner.run(closed)
        if self._runner is not None:
            self._runner.close()


def _outcome(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except Exception as error:
        return error


async def _gathered(calls: Iterable[Callable[[], Any]], at_a_time: int) -> list[Any]:
    places = asyncio.Semaphore(at_a_time)

    async def one(call: Callable[[], Any]) -> Any:
        async with places:
            return await call()

    return await asyncio.gather(*[one(call) for call in calls], return_exceptions=True)


def asked(operation: str, body: dict[str, Any]) -> tuple[str, bytes]:
    """The arguments of a connection's call."""
    return operation, json.dumps(body).encode()
