"""Several processes behind one port: started together, started again when one dies, stopped together."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import Final

READY: Final = b"ready\n"
"""What a process writes to its standard output once clients can come."""

FIRST_WAIT: Final = 0.2
LONGEST_WAIT: Final = 10.0
STEADY_SECONDS: Final = 30.0
"""A process that has lived for so long is started again at once; one that dies sooner, after twice the last wait."""

STOP_SECONDS: Final = 25.0

_log = logging.getLogger(__name__)


class StartFailed(Exception):
    """A process has ended before it could serve."""


def reserve(host: str, port: int) -> socket.socket:
    """Take a port for processes that share it; raises `OSError` if anybody has it.

    The socket does not listen, so that no client is given to it. Keep it open while the processes run.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as alone:
        # Without SO_REUSEPORT first: another service of ours on the same port must be noticed.
        alone.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        alone.bind((host, port))
        taken: int = alone.getsockname()[1]
    return shared_socket(host, taken)


def shared_socket(host: str, port: int) -> socket.socket:
    """A socket for a port that other processes of this user serve as well; the system gives each its share."""
    shared = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    shared.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    shared.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    shared.bind((host, port))
    return shared


class Supervisor:
    """Keeps `count` processes of `command` running until told to stop.

    Each has a pipe as its standard input, which ends when this process does, however that comes about: it must then
    stop by itself.
    """

    def __init__(
        self,
        count: int,
        command: Sequence[str],
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._count = count
        self._command = command
        self._sleep = sleep
        self._clock = clock
        self._running: dict[int, asyncio.subprocess.Process] = {}
        self._stopping = asyncio.Event()

    @property
    def process_ids(self) -> list[int]:
        """The processes that run now."""
        return [process.pid for process in self._running.values()]

    def stop(self) -> None:
        """Begin to stop."""
        self._stopping.set()

    async def run(self, on_ready: Callable[[], None]) -> None:
        """Run until `stop`; `on_ready` is called once all processes serve. Raises `StartFailed`."""
        keepers: list[asyncio.Task[None]] = []
        try:
            started = await asyncio.gather(*(self._start(number) for number in range(self._count)))
            if not all(started):
                raise StartFailed("a process has ended before it could serve; what it has written says why")
            on_ready()
            keepers = [asyncio.create_task(self._keep(number)) for number in range(self._count)]
            await self._stopping.wait()
        finally:
            for keeper in keepers:
                keeper.cancel()
            await asyncio.gather(*keepers, return_exceptions=True)
            await self._stop_all()

    async def _start(self, number: int) -> bool:
        """Start a process and wait until it serves; False if it ends before."""
        pipe = asyncio.subprocess.PIPE
        # A session of its own: Ctrl-C in a terminal goes to every process of the foreground, and these must wait.
        process = await asyncio.create_subprocess_exec(*self._command, stdin=pipe, stdout=pipe, start_new_session=True)
        self._running[number] = process
        assert process.stdout is not None
        return await process.stdout.readline() == READY

    async def _keep(self, number: int) -> None:
        wait, begun = FIRST_WAIT, self._clock()
        while True:
            code = await self._running[number].wait()
            if self._clock() - begun >= STEADY_SECONDS:
                wait = FIRST_WAIT
            _log.warning("a process has ended with %d and is started again", code)
            await self._sleep(wait)
            wait, begun = min(2 * wait, LONGEST_WAIT), self._clock()
            await self._start(number)

    async def _stop_all(self) -> None:
        await asyncio.gather(*(_stop(process) for process in self._running.values()))


async def _stop(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOP_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
