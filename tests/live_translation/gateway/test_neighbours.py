import asyncio
import errno
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from live_translation.gateway import neighbours
from live_translation.gateway.neighbours import Neighbours, NoMeetingPlace, meeting_place
from live_translation.gateway.registry import SocketRegistry
from live_translation.gateway.switchboard import Switchboard
from live_translation.ports import Busy, Gone

from tests.live_translation.doubles import FakeWire, ManualClock, eventually

pytestmark = pytest.mark.anyio


class Process:
    """What one process has of all this."""

    def __init__(self, name: str, directory: Path, clock: ManualClock) -> None:
        self.deaths = 0
        self.sockets = SocketRegistry(16, clock)
        self.neighbours = Neighbours(name, directory, self.sockets, self._count)
        self.board = Switchboard(name, self.sockets, self.neighbours)

    async def _count(self) -> None:
        self.deaths += 1

    async def client(self) -> tuple[str, FakeWire]:
        connection_id, wire = self.board.new_connection_id(), FakeWire()
        self.sockets.open(connection_id, wire)
        await self.board.welcome(connection_id, "hello")
        return connection_id, wire

    async def close(self) -> None:
        for connection_id in self.sockets.ids():
            await self.sockets.forget(connection_id)
        await self.neighbours.close()


Begin = Callable[[str], "asyncio.Future[Process]"]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    directory = tmp_path / "p"
    directory.mkdir(mode=0o700)
    return directory


@pytest.fixture
async def begin(place: Path, clock: ManualClock) -> AsyncIterator[Begin]:
    async with AsyncExitStack() as stack:

        async def process(name: str) -> Process:
            process = Process(name, place, clock)
            await process.neighbours.open()
            stack.push_async_callback(process.close)
            return process

        yield lambda name: asyncio.ensure_future(process(name))


def dead(directory: Path, name: str) -> Path:
    """What a killed process leaves behind."""
    path = directory / f"{name}.sock"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
    return path


async def test_a_post_finds_the_process_that_holds_the_socket(begin: Begin) -> None:
    first, second = await begin("a"), await begin("b")
    connection_id, wire = await second.client()
    await first.board.post(connection_id, "1")
    await second.board.post(connection_id, "2")
    await first.board.close(connection_id, 1000)
    await eventually(lambda: 1000 in wire.read)
    assert wire.read == ["hello", "1", "2", 1000]


async def test_who_is_not_there_is_gone_in_another_process_too(begin: Begin) -> None:
    first, second = await begin("a"), await begin("b")
    here, _ = await first.client()
    there, _ = await second.client()
    with pytest.raises(Gone):
        await first.board.post("b.nobody", "x")
    await first.board.close("b.nobody", 1000)
    assert await first.board.absent([here, there, "a.no", "b.no", "c.no"]) == {"a.no", "b.no", "c.no"}


async def test_the_clients_of_a_dead_process_are_gone_at_once_and_one_survivor_is_told(
    begin: Begin, place: Path
) -> None:
    first, second = await begin("a"), await begin("b")
    path = dead(place, "c")
    with pytest.raises(Gone):
        await first.board.post("c.somebody", "x")
    await asyncio.gather(first.neighbours.look(), second.neighbours.look())
    assert first.deaths + second.deaths == 1
    assert not path.exists()


async def test_a_process_that_loses_its_line_to_another_looks_at_once(
    begin: Begin, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neighbours, "LOOK_SECONDS", 3_600)
    first, second = await begin("a"), await begin("b")
    await first.neighbours.look()
    path = place / "b.sock"
    away = path.rename(place / "away")
    await second.neighbours.close()
    away.rename(path)
    await eventually(lambda: first.deaths == 1)
    assert not path.exists()


async def test_a_process_that_stops_in_order_is_no_death(begin: Begin) -> None:
    first, second = await begin("a"), await begin("b")
    connection_id, _ = await second.client()
    await second.close()
    await first.neighbours.look()
    with pytest.raises(Gone):
        await first.board.post(connection_id, "x")
    assert first.deaths == 0


async def test_nonsense_over_the_line_ends_only_the_line(begin: Begin, place: Path) -> None:
    first, second = await begin("a"), await begin("b")
    reader, writer = await asyncio.open_unix_connection(place / "b.sock")
    writer.write(b"\x00\x00\x00\x03abc")
    assert await reader.read() == b""
    writer.close()
    connection_id, wire = await second.client()
    await first.board.post(connection_id, "x")
    await eventually(lambda: "x" in wire.read)


async def test_one_of_the_processes_is_the_first(begin: Begin) -> None:
    first, second = await begin("a"), await begin("b")
    assert (first.neighbours.is_first, second.neighbours.is_first) == (True, False)
    await first.close()
    assert second.neighbours.is_first


async def test_a_name_in_an_id_leads_nowhere_else(begin: Begin, place: Path) -> None:
    first = await begin("a")
    with pytest.raises(Gone):
        await first.board.post("/etc/passwd", "x")
    with pytest.raises(Gone):
        await first.board.post("../../tmp/x.1", "x")


async def test_the_sockets_of_api_gateway_are_not_judged(begin: Begin) -> None:
    first = await begin("a")
    assert await first.board.absent(["BvPPCd6FoAMCJlw=", "a.nobody"]) == {"a.nobody"}


async def test_alone_everybody_else_is_gone(clock: ManualClock) -> None:
    sockets = SocketRegistry(4, clock)
    board = Switchboard("a", sockets)
    with pytest.raises(Gone):
        await board.post("b.somebody", "x")
    await board.close("b.somebody", 1000)
    assert await board.absent(["a.x", "b.x"]) == {"a.x", "b.x"}


def test_processes_on_one_file_meet_however_they_name_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = {meeting_place("embedded:live.db"), meeting_place(f"embedded:{tmp_path}/./live.db")}
    assert len(found) == 1
    path = found.pop()
    assert path.stat().st_mode & 0o777 == 0o700
    path.rmdir()
    other = meeting_place("embedded:other.db")
    assert other != path
    other.rmdir()


def test_a_meeting_place_that_others_may_write_to_is_refused(tmp_path: Path) -> None:
    path = meeting_place(f"embedded:{tmp_path}/live.db")
    path.chmod(0o777)
    with pytest.raises(NoMeetingPlace, match="only you"):
        meeting_place(f"embedded:{tmp_path}/live.db")
    path.rmdir()
    os.symlink(tmp_path, path)
    with pytest.raises(NoMeetingPlace):
        meeting_place(f"embedded:{tmp_path}/live.db")
    path.unlink()


async def test_a_process_that_cannot_be_reached_for_a_moment_is_not_taken_for_dead(
    begin: Begin, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await begin("a")
    dead(place, "b")

    async def too_many_files(path: Path) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(asyncio, "open_unix_connection", too_many_files)
    with pytest.raises(Busy):
        await first.board.post("b.somebody", "x")
    assert await first.board.absent(["b.somebody"]) == set()
    monkeypatch.undo()
    assert await first.board.absent(["b.somebody"]) == {"b.somebody"}
