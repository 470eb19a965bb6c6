"""Credentials that are renewed before they expire: by one at a time, while everybody else goes on with the old ones."""

from __future__ import annotations

import logging
import os
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from time import monotonic
from typing import Final

from dynalayer.engines.remote.identity.credentials import Credentials, NoCredentials
from dynalayer.protocol import ConnectionLost, DynalayerError

ADVISORY: Final = 15 * 60.0
"""From so many seconds before their expiry credentials are renewed in the background (as botocore does)."""
MANDATORY: Final = 10 * 60.0
"""From so many seconds before their expiry calls wait for new ones."""
PAUSE: Final = 60.0
"""After a renewal that failed, the next is tried within so many seconds while the old credentials are good."""

_log = logging.getLogger("dynalayer.credentials")


@dataclass(frozen=True, slots=True)
class _Held:
    """Credentials, when to renew them in the background, and from when on calls wait for that."""

    credentials: Credentials | None = None
    renew_at: float = -inf
    wait_at: float = -inf

    def good(self, now: float) -> bool:
        held = self.credentials
        return held is not None and (held.expiry is None or now < held.expiry)


@dataclass(slots=True)
class _Attempt:
    """One renewal under way; `process` is whose, as a fork takes no threads along."""

    process: int = field(default_factory=os.getpid)
    failure: NoCredentials | None = None
    done: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _wake: list[Callable[[], None]] = field(default_factory=list)

    def finish(self) -> None:
        with self._lock:
            self.done.set()
        for wake in self._wake:
            wake()

    def when_done(self, wake: Callable[[], None]) -> None:
        with self._lock:
            if not self.done.is_set():
                self._wake.append(wake)
                return
        wake()

    def wait(self, until: float) -> bool:
        """Whether it ended before that moment, which is one of `monotonic`."""
        return self.done.wait(None if until == inf else max(0.0, until - monotonic()))

    async def async_wait(self, until: float) -> bool:
        """The awaited twin of `wait`."""
        import asyncio

        loop = asyncio.get_running_loop()
        ended = asyncio.Event()

        def wake() -> None:
            # A loop that is closed has nobody left who waits.
            if not loop.is_closed():
                loop.call_soon_threadsafe(ended.set)

        self.when_done(wake)
        try:
            await asyncio.wait_for(ended.wait(), None if until == inf else max(0.0, until - monotonic()))
        except TimeoutError:
            return False
        return True


def in_thread(work: Callable[[], None]) -> None:
    """Do something in a thread that does not keep the process from ending."""
    try:
        threading.Thread(target=work, name="dynalayer-credentials", daemon=True).start()
    except RuntimeError:
        # A process that ends, or has all its threads, starts no more.
        work()


class Renewing:
    """Provides what `load` gives, and asks it again before that expires.

    `load` may block; it is called by `spawn`, in a thread, and never twice at a time. It raises `NoCredentials`.
    Renewal begins at a moment drawn between 15 and 10 minutes before expiry, so that machines started together do not
    ask together; credentials of a short life are renewed within the last half of it. One that fails leaves the old ones
    in use while they are good. `clock` gives seconds since 1970, `chance` a number from 0 to 1.
    """

    def __init__(
        self,
        load: Callable[[], Credentials],
        *,
        clock: Callable[[], float] = time.time,
        chance: Callable[[], float] = random.random,
        spawn: Callable[[Callable[[], None]], None] = in_thread,
    ) -> None:
        self._load = load
        self._clock = clock
        self._chance = chance
        self._spawn = spawn
        self._lock = threading.Lock()
        self._held = _Held()
        self._attempt: _Attempt | None = None

    def ready(self) -> Credentials | None:
        held = self._held
        now = self._clock()
        if now < held.renew_at:
            return held.credentials
        if now < held.wait_at:
            self._begin(held)
            return held.credentials
        return None

    def current(self, within: float = inf) -> Credentials:
        until = monotonic() + within
        while True:
            held = self._held
            if (found := self.ready()) is not None:
                return found
            if (attempt := self._begin(held)) is not None:
                self._settle(attempt, attempt.wait(until))

    async def async_current(self, within: float = inf) -> Credentials:
        until = monotonic() + within
        while True:
            held = self._held
            if (found := self.ready()) is not None:
                return found
            if (attempt := self._begin(held)) is not None:
                self._settle(attempt, await attempt.async_wait(until))

    def renewed(self, rejected: Credentials, within: float = inf) -> Credentials:
        held, until = self._held, monotonic() + within
        if held.credentials == rejected and (attempt := self._begin(held)) is not None:
            attempt.wait(until)
        return self.current(until - monotonic())

    async def async_renewed(self, rejected: Credentials, within: float = inf) -> Credentials:
        held, until = self._held, monotonic() + within
        if held.credentials == rejected and (attempt := self._begin(held)) is not None:
            await attempt.async_wait(until)
        return await self.async_current(until - monotonic())

    def _settle(self, attempt: _Attempt, ended: bool) -> None:
        """Tell a caller that waited what went wrong, unless there are credentials to go on with."""
        if not ended:
            raise ConnectionLost("credentials did not come within the time of the call", may_have_taken_effect=False)
        if attempt.failure is not None and not self._held.good(self._clock()):
            raise NoCredentials(attempt.failure.message)

    def _begin(self, seen: _Held) -> _Attempt | None:
        """The renewal under way, begun if there is none; None if what the caller saw has been renewed meanwhile."""
        with self._lock:
            if self._held is not seen:
                return None
            running = self._attempt
            if running is not None and running.process == os.getpid():
                return running
            attempt = self._attempt = _Attempt()
        self._spawn(lambda: self._run(attempt))
        return attempt

    def _run(self, attempt: _Attempt) -> None:
        try:
            held = self._schedule(self._load())
        except BaseException as error:
            # Nobody may wait for ever on an attempt that ended. Foreign texts might hold secrets, so they are not told.
            if not isinstance(error, NoCredentials):
                text = (
                    str(error) if isinstance(error, DynalayerError) else f"could not be loaded: {type(error).__name__}"
                )
                error = NoCredentials(f"no credentials: {text}")
            attempt.failure = error
            held = self._keep(error)
        with self._lock:
            self._held = held
            self._attempt = None
        attempt.finish()

    def _schedule(self, loaded: Credentials) -> _Held:
        if loaded.expiry is None:
            return _Held(loaded, inf, inf)
        life = loaded.expiry - self._clock()
        if life <= 0:
            raise NoCredentials("the credentials given have expired already; is this machine's clock right?")
        advisory, mandatory = min(ADVISORY, life / 2), min(MANDATORY, life / 4)
        early = mandatory + (advisory - mandatory) * self._chance()
        return _Held(loaded, loaded.expiry - early, loaded.expiry - mandatory)

    def _keep(self, failure: NoCredentials) -> _Held:
        """What to hold after a failed renewal: the old credentials while they are good, and the next try soon."""
        held, now = self._held, self._clock()
        if held.credentials is None or held.credentials.expiry is None or not held.good(now):
            return _Held(held.credentials, held.renew_at, held.wait_at)
        again = min(now + PAUSE * (1 + self._chance()) / 2, held.credentials.expiry)
        _log.warning(
            "credentials could not be renewed; those in use are good for %d s more: %s",
            held.credentials.expiry - now,
            failure.message,
        )
        return _Held(held.credentials, again, max(again, held.wait_at))
