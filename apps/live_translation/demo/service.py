"""The real service as a process of its own: started on a free port, watched, and stopped with all its children."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import IO, Any
from urllib.request import urlopen

from live_translation.demo.room import DemoFailed

LIFTED_LIMITS = {
    "RATE_LIMIT_LISTENER_JOINS_PER_MIN": "100000",
    "RATE_LIMIT_CONNECTION_ATTEMPTS_PER_MIN": "100000",
}
"""All listeners of the demo come from one address, which the service would otherwise hold to ten joins a minute."""

_READY_WITHIN = 20.0
_STOPPED_WITHIN = 8.0


@dataclass(frozen=True, slots=True)
class Running:
    """A service that answers."""

    port: int
    engine: str
    engine_note: str
    process_id: int

    @property
    def sockets(self) -> str:
        """Where its WebSockets are."""
        return f"ws://127.0.0.1:{self.port}/ws"


@asynccontextmanager
async def service(database: str) -> AsyncGenerator[Running]:
    """Run the service on `database` inside of this; raises `DemoFailed` if it does not come up."""
    port = _free_port()
    with tempfile.TemporaryFile() as log:
        process = await _start(database, port, log)
        try:
            health = await _ready(process, port, log)
            yield Running(port, health["engine"], health["engineNote"], process.pid)
        finally:
            # Shielded, so that a second Ctrl-C does not leave the service behind.
            await asyncio.shield(_stop(process))


async def _start(database: str, port: int, log: IO[bytes]) -> asyncio.subprocess.Process:
    command = (sys.executable, "-c", "from live_translation.cli import main; main()", "serve")
    options = ("--database", database, "--host", "127.0.0.1", "--port", str(port))
    return await asyncio.create_subprocess_exec(
        *command,
        *options,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        env={**os.environ, **LIFTED_LIMITS},
        # In a session of its own a Ctrl-C at the terminal reaches only the demo, which stops the service in order.
        start_new_session=True,
    )


async def _ready(process: asyncio.subprocess.Process, port: int, log: IO[bytes]) -> dict[str, Any]:
    try:
        async with asyncio.timeout(_READY_WITHIN):
            while process.returncode is None:
                with suppress(OSError, ValueError):
                    return await asyncio.to_thread(_health, port)
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise DemoFailed(f"the service did not answer within {_READY_WITHIN:.0f} s:\n{_tail(log)}") from None
    raise DemoFailed(f"the service ended with {process.returncode} before it answered:\n{_tail(log)}")


def _health(port: int) -> dict[str, Any]:
    with urlopen(f"http://127.0.0.1:{port}/health", timeout=2) as answer:
        health: dict[str, Any] = json.load(answer)
    return health


async def _stop(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), _STOPPED_WITHIN)
    # Its translation pipelines are in its group; after an orderly stop there are none left to kill.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def _tail(log: IO[bytes]) -> str:
    log.seek(0)
    return log.read().decode(errors="replace")[-2000:].strip() or "it said nothing"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
