import asyncio
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest
from live_translation.gateway import supervisor
from live_translation.gateway.supervisor import StartFailed, Supervisor, reserve, shared_socket

from tests.live_translation.doubles import ManualClock, eventually
from tests.patience import PATIENCE

pytestmark = pytest.mark.anyio

SERVES = "import sys; print('ready', flush=True); sys.stdin.read()"
DIES = "print('ready', flush=True)"
NEVER_SERVES = "raise SystemExit(3)"


def command(code: str) -> list[str]:
    return [sys.executable, "-c", code]


class Waits:
    """Notes how long was asked to be waited for, and waits while closed."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, seconds: float) -> None:
        self.asked.append(seconds)
        await self.gate.wait()


async def running(supervised: Supervisor, use: Callable[[], Awaitable[None]]) -> None:
    ready = asyncio.Event()
    async with asyncio.timeout(PATIENCE):
        task = asyncio.create_task(supervised.run(ready.set))
        try:
            await ready.wait()
            await use()
        finally:
            supervised.stop()
            await task


def is_running(process_id: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(process_id, 0)
        return True
    return False


async def test_all_are_started_and_stopped() -> None:
    supervised = Supervisor(3, command(SERVES))
    seen: list[int] = []

    async def use() -> None:
        seen.extend(supervised.process_ids)
        assert all(is_running(each) for each in seen)

    await running(supervised, use)
    assert len(set(seen)) == 3
    assert not any(is_running(each) for each in seen)


async def test_one_that_is_killed_is_started_again_and_the_others_go_on() -> None:
    supervised = Supervisor(2, command(SERVES), sleep=Waits())

    async def use() -> None:
        first, second = supervised.process_ids
        os.kill(first, signal.SIGKILL)
        await eventually(lambda: first not in supervised.process_ids, PATIENCE)
        assert second in supervised.process_ids
        assert len(supervised.process_ids) == 2

    await running(supervised, use)


async def test_one_that_dies_again_and_again_is_waited_for_longer_each_time(clock: ManualClock) -> None:
    waits = Waits()
    supervised = Supervisor(1, command(DIES), sleep=waits, clock=clock)

    async def use() -> None:
        await eventually(lambda: len(waits.asked) >= 8, PATIENCE)

    await running(supervised, use)
    assert waits.asked[:8] == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]


async def test_one_that_has_lived_for_long_is_started_again_at_once(clock: ManualClock) -> None:
    waits = Waits()
    supervised = Supervisor(1, command(SERVES), sleep=waits, clock=clock)

    async def use() -> None:
        for number in (1, 2):
            alive = supervised.process_ids
            clock.forward(31)
            os.kill(alive[0], signal.SIGKILL)
            await eventually(lambda number=number: len(waits.asked) == number, PATIENCE)
            await eventually(lambda alive=alive: supervised.process_ids != alive, PATIENCE)

    await running(supervised, use)
    assert waits.asked == [0.2, 0.2]


async def test_a_service_that_cannot_start_is_given_up_and_nothing_is_left() -> None:
    supervised = Supervisor(2, command(NEVER_SERVES))
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(StartFailed, match="before it could serve"):
            await supervised.run(lambda: pytest.fail("not ready"))
    assert not any(is_running(each) for each in supervised.process_ids)


async def test_one_that_does_not_stop_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "STOP_SECONDS", 0.05)
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + SERVES
    supervised = Supervisor(1, command(deaf))
    seen: list[int] = []

    async def use() -> None:
        seen.extend(supervised.process_ids)

    await running(supervised, use)
    assert not is_running(seen[0])


async def test_processes_end_with_the_one_that_looks_after_them(tmp_path: Path) -> None:
    code = (
        "import asyncio, sys\n"
        "from live_translation.gateway.supervisor import Supervisor\n"
        f"supervised = Supervisor(1, {command(SERVES)!r})\n"
        "asyncio.run(supervised.run(lambda: print(supervised.process_ids[0], flush=True)))\n"
    )
    parent = await asyncio.create_subprocess_exec(*command(code), stdout=asyncio.subprocess.PIPE)
    async with asyncio.timeout(PATIENCE):
        assert parent.stdout is not None
        child = int(await parent.stdout.readline())
        assert is_running(child)
        parent.kill()
        await parent.wait()
        await eventually(lambda: not is_running(child), PATIENCE)


def test_a_port_is_shared_only_with_ones_own() -> None:
    with reserve("127.0.0.1", 0) as reserved:
        port = reserved.getsockname()[1]
        with shared_socket("127.0.0.1", port) as first, shared_socket("127.0.0.1", port) as second:
            first.listen()
            second.listen()
            with pytest.raises(OSError, match="in use"):
                reserve("127.0.0.1", port)
        with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(OSError, match="in use"):
            reserve("127.0.0.1", other.getsockname()[1])
