import asyncio
from collections.abc import AsyncIterator

import pytest
from live_translation.connections import SocketRegistry
from live_translation.ports import Gone

from tests.live_translation.doubles import FakeWire, ManualClock, eventually

pytestmark = pytest.mark.anyio


@pytest.fixture
async def sockets(clock: ManualClock) -> AsyncIterator[SocketRegistry]:
    sockets = SocketRegistry(4, clock)
    yield sockets
    for connection_id in sockets.ids():
        await sockets.forget(connection_id)


async def test_messages_arrive_in_order_and_before_the_goodbye(sockets: SocketRegistry) -> None:
    wire = FakeWire()
    sockets.open("a", wire)
    for text in ("1", "2", "3"):
        await sockets.post("a", text)
    await sockets.close("a", 1000)
    await sockets.forget("a")
    assert wire.read == ["1", "2", "3", 1000]


async def test_a_client_who_does_not_read_is_cut_off_and_never_waited_for(sockets: SocketRegistry) -> None:
    stalled, other = FakeWire(reading=False), FakeWire()
    sockets.open("a", stalled)
    sockets.open("b", other)
    await asyncio.sleep(0)
    for number in range(4):
        await sockets.post("a", str(number))
    with pytest.raises(Gone):
        await sockets.post("a", "one too many")
    await sockets.post("b", "x")
    await eventually(lambda: other.read == ["x"])
    assert stalled.aborted
    assert sockets.is_closing("a")


async def test_after_a_goodbye_nothing_more_is_taken(sockets: SocketRegistry) -> None:
    sockets.open("a", FakeWire())
    await sockets.close("a", 1000)
    with pytest.raises(Gone):
        await sockets.post("a", "x")


async def test_a_goodbye_that_finds_the_queue_full_cuts_the_socket(sockets: SocketRegistry) -> None:
    wire = FakeWire(reading=False)
    sockets.open("a", wire)
    await asyncio.sleep(0)
    for number in range(4):
        await sockets.post("a", str(number))
    await sockets.close("a", 1000)
    await sockets.close("a", 1000)
    assert wire.aborted or sockets.is_closing("a")


async def test_who_is_not_here_is_gone(sockets: SocketRegistry) -> None:
    with pytest.raises(Gone):
        await sockets.post("nobody", "x")
    await sockets.close("nobody", 1000)
    await sockets.forget("nobody")


async def test_a_wire_that_breaks_is_cut(sockets: SocketRegistry) -> None:
    class Broken(FakeWire):
        async def send(self, text: str) -> None:
            raise ConnectionResetError

    wire = Broken()
    sockets.open("a", wire)
    await sockets.post("a", "x")
    await eventually(lambda: wire.aborted)
    with pytest.raises(Gone):
        await sockets.post("a", "y")


async def test_silence_is_measured_from_the_last_message(sockets: SocketRegistry, clock: ManualClock) -> None:
    sockets.open("a", FakeWire())
    sockets.open("b", FakeWire())
    clock.forward(60)
    sockets.heard("a")
    clock.forward(30)
    assert sockets.silent(90) == ["b"]
    assert sockets.older(90) == ["a", "b"]


async def test_all_can_be_closed_and_waited_for(sockets: SocketRegistry) -> None:
    wires = [FakeWire() for _ in range(3)]

    async def serve(number: int) -> None:
        await eventually(lambda: 1001 in wires[number].read)
        await sockets.forget(str(number))

    for number, wire in enumerate(wires):
        sockets.open(str(number), wire)
    await asyncio.gather(sockets.close_all(1001), *(serve(number) for number in range(3)))
    assert len(sockets) == 0
