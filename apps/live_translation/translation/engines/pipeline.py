"""One language pair kept warm: started at its first text, restarted when it breaks or hangs, stopped when idle."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from live_translation.translation.engines.engine import TranslationFailed, TranslationTimeout
from live_translation.translation.engines.processes import Chain, ChainBroken


class Pipeline:
    """Answers one message at a time, in the order of the calls.

    `timeout` seconds bound the wait for a turn and then, again, the answer. A chain that exceeds it is killed, unless
    it is still loading its dictionaries and younger than `load_limit` seconds: killing that one would only make the
    next caller wait for the same loading. After `idle` seconds without a call the processes are stopped. `trailer` is
    what every whole answer ends with; anything else is taken for the remains of a broken chain.
    """

    def __init__(
        self,
        label: str,
        commands: Sequence[Sequence[str]],
        *,
        timeout: float,
        load_limit: float,
        idle: float,
        trailer: bytes = b"",
    ) -> None:
        self._label = label
        self._commands = commands
        self._trailer = trailer
        self._timeout = timeout
        self._load_limit = load_limit
        self._idle = idle
        self._turn = asyncio.Lock()
        self._chain: Chain | None = None
        self._started_at = 0.0
        self._idle_timer: asyncio.TimerHandle | None = None
        self._idle_stop: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def process_ids(self) -> tuple[int, ...]:
        """The ids of the running processes, first stage first; empty while stopped."""
        return self._chain.process_ids if self._chain else ()

    async def ask(self, message: bytes) -> bytes:
        """Return the answer to `message`; raises `TranslationTimeout` or `TranslationFailed`."""
        try:
            async with asyncio.timeout(self._timeout):
                await self._turn.acquire()
        except TimeoutError:
            raise TranslationTimeout(f"{self._label}: no turn within {self._timeout} s") from None
        try:
            self._forget_idle_timer()
            return await self._answer_in_time(message)
        finally:
            self._turn.release()
            self._start_idle_timer()

    @property
    def is_ready(self) -> bool:
        """True if its dictionaries are loaded."""
        return self._chain is not None and self._chain.has_answered and self._chain.is_alive()

    async def prepare(self, message: bytes) -> None:
        """Load, by an answer to `message`; at once if that is done. Raises as `ask` does, if it takes too long."""
        if self.is_ready:
            return
        try:
            async with asyncio.timeout(self._load_limit), self._turn:
                self._forget_idle_timer()
                try:
                    await self._answer(message)
                finally:
                    self._start_idle_timer()
        except TimeoutError:
            raise TranslationTimeout(f"{self._label}: not loaded within {self._load_limit} s") from None

    async def stop(self) -> None:
        """End the processes once the call in progress is over; the next call starts them again."""
        async with self._turn:
            self._forget_idle_timer()
            await self._drop()

    async def close(self) -> None:
        """Stop for good: calls from now on raise `TranslationFailed`."""
        self._closed = True
        await self.stop()
        if self._idle_stop is not None:
            await self._idle_stop

    async def _answer_in_time(self, message: bytes) -> bytes:
        try:
            async with asyncio.timeout(self._timeout):
                return await self._answer(message)
        except TimeoutError:
            if not self._is_loading():
                await self._drop()
            raise TranslationTimeout(f"{self._label}: no answer within {self._timeout} s") from None

    async def _answer(self, message: bytes) -> bytes:
        # A process may have been killed from outside a moment ago; a second break is the text's doing.
        for _ in range(2):
            chain = await self._running_chain()
            try:
                return await chain.exchange(message)
            except ChainBroken:
                await self._drop()
        raise TranslationFailed(f"{self._label}: the engine broke twice on a text of {len(message)} bytes")

    async def _running_chain(self) -> Chain:
        if self._closed:
            raise TranslationFailed(f"{self._label}: the translator is closed")
        if self._chain is not None and not self._chain.is_alive():
            await self._drop()
        if self._chain is None:
            self._started_at = asyncio.get_running_loop().time()
            try:
                self._chain = await Chain.start(self._commands, self._trailer)
            except OSError as error:
                raise TranslationFailed(f"{self._label}: the engine cannot be started") from error
        return self._chain

    def _is_loading(self) -> bool:
        if self._chain is None or self._chain.has_answered:
            return False
        return asyncio.get_running_loop().time() - self._started_at < self._load_limit

    async def _drop(self) -> None:
        chain, self._chain = self._chain, None
        if chain is not None:
            await chain.kill()

    def _start_idle_timer(self) -> None:
        self._forget_idle_timer()
        if self._chain is not None:
            self._idle_timer = asyncio.get_running_loop().call_later(self._idle, self._on_idle)

    def _forget_idle_timer(self) -> None:
        if self._idle_timer is not None:
            self._idle_timer.cancel()
            self._idle_timer = None

    def _on_idle(self) -> None:
        # Someone who got a turn since then starts the timer anew when done.
        if not self._turn.locked():
            self._idle_stop = asyncio.get_running_loop().create_task(self.stop())
