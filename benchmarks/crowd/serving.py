"""The service under load: started as its users start it, watched from outside, and killed when that is the question."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from live_translation.metrics.resources import family

LIFTED_LIMITS = {
    "RATE_LIMIT_SESSIONS_PER_HOUR": "1000000",
    "RATE_LIMIT_LISTENER_JOINS_PER_MIN": "1000000",
    "RATE_LIMIT_CONNECTION_ATTEMPTS_PER_MIN": "1000000",
    "RATE_LIMIT_HEARTBEATS_PER_MIN": "1000000",
    "RATE_LIMIT_TOKENS_PER_MIN": "1000000",
}
"""All clients come from one address; everything else is as it is by default."""

_READY_WITHIN = 40.0
_STOPPED_WITHIN = 15.0
_SAMPLE_EVERY = 0.25
_LISTEN = "0A"
"""The state of a listening socket in /proc/net/tcp."""


class ServiceFailed(Exception):
    """The service did not start, or not again."""


@dataclass
class Spent:
    """What the service took meanwhile: CPU seconds of all, the most memory of its own processes and of its engines'.

    Pages that several engines share are counted for each.
    """

    cpu: float = 0.0
    megabytes: float = 0.0
    engine_megabytes: float = 0.0
    seconds: float = 0.0


class Service:
    """The service as processes of its own on a port that stays the same."""

    def __init__(self, database: str, log: IO[bytes], processes: int, engine: str | None) -> None:
        self.database = database
        self.port = _free_port()
        self.processes = processes
        self.engine = engine
        self._log = log
        self._process: asyncio.subprocess.Process | None = None
        self._cpu: dict[int, float] = {}

    @property
    def sockets(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws"

    @property
    def process_id(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def start(self) -> dict[str, Any]:
        """Start, and give back what it says of its health."""
        options = ["--database", self.database, "--host", "127.0.0.1", "--port", str(self.port)]
        options += ["--processes", str(self.processes)] if self.processes > 1 else []
        options += ["--engine", self.engine] if self.engine else []
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", "from live_translation.cli import main; main()", "serve", *options),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            env={**os.environ, **LIFTED_LIMITS},
            start_new_session=True,
        )
        return await self._ready(self._process)

    async def _ready(self, process: asyncio.subprocess.Process) -> dict[str, Any]:
        end = time.monotonic() + _READY_WITHIN
        while process.returncode is None and time.monotonic() < end:
            with suppress(OSError, ValueError):
                return await asyncio.to_thread(self.get, "/health")
            await asyncio.sleep(0.05)
        raise ServiceFailed(f"the service did not answer:\n{self.tail()}")

    def get(self, path: str) -> dict[str, Any]:
        with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def token(self) -> str | None:
        """What lets a speaker in, from the service's own issuer; None where it has none."""
        body = json.dumps({"name": "bench", "passcode": os.environ.get("SPEAKER_PASSCODE", "")}).encode()
        address = f"http://127.0.0.1:{self.port}/auth/token"
        request = Request(address, data=body, headers={"content-type": "application/json"})
        try:
            with urlopen(request, timeout=5) as answer:
                return str(json.load(answer)["token"])
        except HTTPError:
            return None

    def workers(self) -> list[int]:
        """The processes that hold sockets: the service itself, or those that it shares the work among."""
        return [each for each in _children(self.process_id) if _is_python(each)] or [self.process_id]

    def listening(self) -> int:
        """How many processes take new connections."""
        lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
        return sum(fields[1].endswith(f":{self.port:04X}") and fields[3] == _LISTEN for fields in map(str.split, lines))

    async def kill(self, process_id: int) -> None:
        """As a machine out of memory does it."""
        os.kill(process_id, signal.SIGKILL)
        if process_id == self.process_id:
            assert self._process is not None
            await self._process.wait()
            self._sweep()
            await self.start()

    async def stop(self) -> None:
        process = self._process
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.terminate()
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _STOPPED_WITHIN)
        self._sweep()
        await process.wait()

    def _sweep(self) -> None:
        """Its translation engines are in its group."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process_id, signal.SIGKILL)

    def tail(self) -> str:
        self._log.flush()
        return Path(self._log.name).read_text(errors="replace")[-3000:].strip()

    @contextmanager
    def watched(self) -> Iterator[Spent]:
        """Measure what is spent inside of this."""
        spent = Spent()
        before = {each: cpu for each, (cpu, _) in family(self.process_id).items()}
        begun, self._cpu = time.monotonic(), dict(before)
        sampling = asyncio.create_task(self._sample(spent))
        try:
            yield spent
        finally:
            sampling.cancel()
            self._look(spent)
            # A process that was killed meanwhile counts as far as it was seen.
            spent.cpu = sum(seconds - before.get(each, 0.0) for each, seconds in self._cpu.items())
            spent.seconds = time.monotonic() - begun

    async def _sample(self, spent: Spent) -> None:
        while True:
            self._look(spent)
            await asyncio.sleep(_SAMPLE_EVERY)

    def _look(self, spent: Spent) -> None:
        found = family(self.process_id)
        self._cpu.update((each, cpu) for each, (cpu, _) in found.items())
        ours = {self.process_id, *self.workers()}
        own = sum(memory for each, (_, memory) in found.items() if each in ours) / 2**20
        whole = sum(memory for _, memory in found.values()) / 2**20
        spent.megabytes = max(spent.megabytes, own)
        spent.engine_megabytes = max(spent.engine_megabytes, whole - own)


@asynccontextmanager
async def serving(
    directory: Path, processes: int, engine: str | None, database: str | None = None
) -> AsyncGenerator[Service]:
    """Run the service on a file in `directory`; it is stopped whatever happens."""
    with (directory / "service.log").open("ab") as log:
        service = Service(database or f"embedded:{directory / 'live.db'}", log, processes, engine)
        try:
            await service.start()
            yield service
        finally:
            await asyncio.shield(service.stop())


def _children(process_id: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{process_id}/task").iterdir():
        with suppress(OSError):
            found += (int(each) for each in (task / "children").read_text().split())
    return found


def _is_python(process_id: int) -> bool:
    with suppress(OSError):
        return b"live_translation" in Path(f"/proc/{process_id}/cmdline").read_bytes()
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
