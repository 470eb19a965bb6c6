import asyncio
from collections.abc import AsyncIterator

import pytest
from live_translation.gateway.registry import SocketRegistry
from live_translation.ports import Gone

from tests.live_translation.doubles import FakeWire, ManualClock, eventually

pytestmark = pytest.mark.anyio


@pytest.fixture
async def sockets(clock: ManualClock) -> AsyncIterator[SocketRegistry]:
    sockets = SocketRegistry(4, clock)
    yield sockets
    for connection_id in sockets.ids():
        await sockets.forget(connection_id)


async def welcomed(sockets: SocketRegistry, connection_id: str, wire: FakeWire) -> None:
    sockets.open(connection_id, wire)
    await sockets.welcome(connection_id, "hello")


async def test_nothing_overtakes_the_welcome(sockets: SocketRegistry) -> None:
    wire = FakeWire()
    sockets.open("a", wire)
    await sockets.post("a", "caption")
    await sockets.close("a", 1000)
    await sockets.welcome("a", "hello")
    await sockets.forget("a")
    assert wire.read == ["hello", "caption", 1000]


async def test_a_client_that_is_never_welcomed_cannot_pile_up_messages(sockets: SocketRegistry) -> None:
    wire = FakeWire()
    sockets.open("a", wire)
    for number in range(3):
        await sockets.post("a", str(number))
    with pytest.raises(Gone):
        await sockets.post("a", "one too many")
    assert wire.aborted


async def test_messages_arrive_in_order_and_before_the_goodbye(sockets: SocketRegistry) -> None:
    wire = FakeWire()
    await welcomed(sockets, "a", wire)
    for text in ("1", "2"):
        await sockets.post("a", text)
    await sockets.close("a", 1000)
    await sockets.forget("a")
    assert wire.read == ["hello", "1", "2", 1000]


async def test_a_client_who_does_not_read_is_cut_off_and_never_waited_for(sockets: SocketRegistry) -> None:
    stalled, other = FakeWire(reading=False), FakeWire()
    await welcomed(sockets, "a", stalled)
    await welcomed(sockets, "b", other)
    await asyncio.sleep(0)
    for number in range(4):
        await sockets.post("a", str(number))
    with pytest.raises(Gone):
        await sockets.post("a", "one too many")
    await sockets.post("b", "x")
    await eventually(lambda: other.read == ["hello", "x"])
    assert stalled.aborted
    assert sockets.is_closing("a")


async def test_after_a_goodbye_nothing_more_is_taken(sockets: SocketRegistry) -> None:
    await welcomed(sockets, "a", FakeWire())
    await sockets.close("a", 1000)
    with pytest.raises(Gone):
        await sockets.post("a", "x")


async def test_a_goodbye_that_finds_the_queue_full_cuts_the_socket(sockets: SocketRegistry) -> None:
    wire = FakeWire(reading=False)
    await welcomed(sockets, "a", wire)
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
    await welcomed(sockets, "a", wire)
    await sockets.post("a", "x")
    await eventually(lambda: wire.aborted)
    with pytest.raises(Gone):
        await sockets.post("a", "y")


async def test_silence_is_measured_from_the_last_message(sockets: SocketRegistry, clock: ManualClock) -> None:
    await welcomed(sockets, "a", FakeWire())
    await welcomed(sockets, "b", FakeWire())
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
        await welcomed(sockets, str(number), wire)
    await asyncio.gather(sockets.close_all(1001), *(serve(number) for number in range(3)))
    assert len(sockets) == 0


async def test_a_message_goes_past_the_queue_only_when_nothing_is_before_it(clock: ManualClock) -> None:
    wire = FakeWire(reading=False)
    registry = SocketRegistry(8, clock)
    registry.open("a", wire)
    await registry.welcome("a", "welcome")
    await registry.post("a", "1")
    wire.reading.set()
    # The reader is free again, and what came before has not been sent yet.
    await registry.post("a", "2")
    assert wire.read == []
    await eventually(lambda: len(wire.read) == 3)
    await asyncio.sleep(0)
    await registry.post("a", "3")
    assert wire.read == ["welcome", "1", "2", "3"]
    await registry.forget("a")
