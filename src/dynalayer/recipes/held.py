"""Holding a lease while a block of code runs: renewed in the background, and the block is told when it is lost.

The two are written apart because they differ in what matters: a task can be cancelled, a thread can only be told.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import overload

from dynalayer import AsyncDatabase, Check, Database

from .binding import NO_ANSWER
from .errors import LeaseLost
from .lease import Holding, Lease, LeaseItem

_RENEWALS = 3
"""How many times a lease is renewed before it would run out."""


def wait_for(stop: threading.Event, seconds: float) -> bool:
    """Wait until the event is set, for at most so many seconds; True if it is."""
    return stop.wait(seconds)


class _Block:
    """What both kinds know of the lease that they hold."""

    def __init__(self, lease: Lease, resource: str, wait: float) -> None:
        self._lease = lease
        self._resource = resource
        self._wait = wait
        self._holding: Holding | None = None
        self._lost = False
        self._why: Exception | None = None

    @property
    def holding(self) -> Holding:
        """The lease as it is now; its fencing token does not change while the block runs."""
        if self._holding is None:
            raise LeaseLost(f"lease {self._lease.name!r} on {self._resource!r}: the block has not been entered")
        return self._holding

    @property
    def fence(self) -> int:
        """The fencing token."""
        return self.holding.fence

    @property
    def lost(self) -> bool:
        """True as soon as it is known that the lease is, or may be, somebody else's."""
        return self._lost

    def check(self) -> Check[LeaseItem]:
        """A check for transactions that must only happen while nobody else has been given the lease."""
        return self._lease.check(self.holding)

    def raise_if_lost(self) -> None:
        """Raise `LeaseLost` if the lease is lost."""
        if self._lost:
            raise LeaseLost(
                f"lease {self._lease.name!r} on {self._resource!r} ran out while the block was running"
            ) from self._why


class HeldLease(_Block):
    """`with held(db, lease, name) as block`: look at `block.lost`, or call `block.raise_if_lost()`, between steps."""

    def __init__(
        self,
        database: Database,
        lease: Lease,
        resource: str,
        wait: float,
        waiting: Callable[[threading.Event, float], bool] = wait_for,
    ) -> None:
        super().__init__(lease, resource, wait)
        self._database = database
        self._waiting = waiting
        self._stop = threading.Event()
        self._keeper: threading.Thread | None = None

    def __enter__(self) -> HeldLease:
        self._holding = self._database.run(self._lease.acquire(self._resource, wait=self._wait))
        self._keeper = threading.Thread(target=self._keep, name=f"lease {self._lease.name}", daemon=True)
        self._keeper.start()
        return self

    def _keep(self) -> None:
        try:
            while not self._waiting(self._stop, self._lease.seconds / _RENEWALS):
                holding = self._database.run(self._lease.extend(self.holding))
                if holding is None:
                    break
                self._holding = holding
        except Exception as error:
            # Whatever it was: nobody renews the lease any more.
            self._why = error
        self._lost = not self._stop.is_set()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        if self._keeper is not None:
            self._keeper.join()
        if not self._lost:
            with suppress(*NO_ANSWER):
                self._lost = not self._database.run(self._lease.release(self.holding))
        if error is None:
            self.raise_if_lost()


class AsyncHeldLease(_Block):
    """`async with held(db, lease, name) as block`: the block is cancelled, and raises `LeaseLost`, when it is lost."""

    def __init__(self, database: AsyncDatabase, lease: Lease, resource: str, wait: float) -> None:
        super().__init__(lease, resource, wait)
        self._database = database
        self._body: asyncio.Task[object] | None = None
        self._keeper: asyncio.Task[None] | None = None

    async def __aenter__(self) -> AsyncHeldLease:
        self._holding = await self._database.run(self._lease.acquire(self._resource, wait=self._wait))
        self._body = asyncio.current_task()
        self._keeper = asyncio.create_task(self._keep())
        return self

    async def _keep(self) -> None:
        pause = self._lease.seconds / _RENEWALS
        try:
            while (holding := await self._database.run(self._lease.extend(self.holding, after=pause))) is not None:
                self._holding = holding
        except asyncio.CancelledError:
            return
        except Exception as error:
            # Whatever it was: nobody renews the lease any more.
            self._why = error
        self._lost = True
        if self._body is not None:
            self._body.cancel()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._keeper is not None and not self._lost:
            self._keeper.cancel()
            await asyncio.wait([self._keeper])
        if not self._lost:
            with suppress(*NO_ANSWER):
                self._lost = not await self._database.run(self._lease.release(self.holding))
            if error is None:
                self.raise_if_lost()
            return
        if error is None:
            # The block ended before the cancellation reached it, so it would strike at the next place that waits.
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(0)
        # The cancellation was ours: only if somebody else cancelled the task as well does it stay cancelled.
        others = self._body.uncancel() if self._body is not None else 0
        if error is None or (isinstance(error, asyncio.CancelledError) and not others):
            self.raise_if_lost()


@overload
def held(database: Database, lease: Lease, resource: str, *, wait: float = 0.0) -> HeldLease: ...
@overload
def held(database: AsyncDatabase, lease: Lease, resource: str, *, wait: float = 0.0) -> AsyncHeldLease: ...
def held(
    database: Database | AsyncDatabase, lease: Lease, resource: str, *, wait: float = 0.0
) -> HeldLease | AsyncHeldLease:
    """Hold a lease while a `with` or an `async with` block runs.

    It is taken on entry (`LeaseTaken` after up to `wait` seconds), renewed each third of its time, and given back at
    the end; if that fails it runs out by itself. If it is lost on the way the block is told, and leaving it raises
    `LeaseLost`.
    """
    if isinstance(database, Database):
        return HeldLease(database, lease, resource, wait)
    return AsyncHeldLease(database, lease, resource, wait)
