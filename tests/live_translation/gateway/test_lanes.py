import asyncio
import logging
from collections import Counter

import pytest
from live_translation.broadcasting.audio_buffer import Added
from live_translation.gateway.lanes import Lanes
from live_translation.gateway.registry import SocketRegistry
from live_translation.metrics import catalog
from live_translation.ports import Gone, SoundChunk

from tests.live_translation.doubles import FakeWire, ManualClock, eventually

pytestmark = pytest.mark.anyio

CHUNK = SoundChunk("holy-honey-697", 16_000)
TURNS = asyncio.Semaphore(1)


class Told:
    """Keeps the figures as they are told."""

    def __init__(self) -> None:
        self.counts: Counter[object] = Counter()
        self.levels: dict[object, float] = {}

    def count(self, metric: object, amount: float = 1, *words: str) -> None:
        self.counts[metric] += int(amount)

    def level(self, metric: object, value: float) -> None:
        self.levels[metric] = value

    def observe(self, metric: object, milliseconds: float, *words: str) -> None:
        raise AssertionError


async def test_a_caption_overtakes_the_sound_that_waits() -> None:
    lanes = Lanes(4)
    lanes.begin("hello")
    lanes.put_sound("sound", 10)
    lanes.put("caption")
    assert [await lanes.get() for _ in range(3)] == ["hello", "caption", "sound"]


async def test_nothing_is_given_out_before_the_beginning() -> None:
    lanes = Lanes(4)
    lanes.put_sound("sound", 10)
    lanes.put("caption")
    reading = asyncio.create_task(lanes.get())
    for _ in range(5):
        await asyncio.sleep(0)
    assert not reading.done()
    lanes.begin("hello")
    assert [await reading, await lanes.get(), await lanes.get()] == ["hello", "caption", "sound"]


async def test_messages_are_refused_and_sound_gives_way() -> None:
    lanes = Lanes(2)
    lanes.begin()
    assert [lanes.put("1"), lanes.put("2"), lanes.put("3")] == [True, True, False]
    assert [lanes.put_sound("a", 320_000), lanes.put_sound("b", 1)] == [Added.kept, Added.overflowed]
    assert [await lanes.get() for _ in range(3)] == ["1", "2", "b"]


async def test_a_listener_who_does_not_read_loses_the_oldest_sound_and_no_caption(
    clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    told = Told()
    sockets, slow, quick = SocketRegistry(64, clock, told), FakeWire(reading=False), FakeWire()
    for name, wire in (("slow", slow), ("quick", quick)):
        sockets.open(name, wire)
        await sockets.welcome(name, "hello")
    with caplog.at_level(logging.WARNING):
        for number in range(30):
            assert await sockets.post_many(["slow", "quick"], f"sound {number}", TURNS, sound=CHUNK) == {}
            await sockets.post_many(["slow", "quick"], f"caption {number}", TURNS)
            await asyncio.sleep(0)
    assert told.levels[catalog.MAX_BUFFER_UTILIZATION] == 100
    assert told.levels[catalog.AVERAGE_BUFFER_UTILIZATION] == 50 + 2.5
    slow.reading.set()
    await eventually(lambda: len(slow.read) == 1 + 30 + 20)
    heard = [str(item) for item in slow.read]
    assert [each for each in heard if each.startswith("caption")] == [f"caption {number}" for number in range(30)]
    assert [each for each in heard if each.startswith("sound")] == [f"sound {number}" for number in range(10, 30)]
    assert len(quick.read) == 1 + 60
    assert told.counts == {catalog.BUFFER_ADDED: 60, catalog.BUFFER_OVERFLOW: 10}
    assert "dropped for 1 of 2 listeners" in caplog.text
    assert CHUNK.session_id not in caplog.text
    for name in ("slow", "quick"):
        await sockets.forget(name)


async def test_who_is_cut_off_or_closed_keeps_no_sound_waiting(clock: ManualClock) -> None:
    sockets = SocketRegistry(8, clock)
    for name in ("closed", "cut"):
        sockets.open(name, FakeWire(reading=False))
        await sockets.welcome(name, "hello")
        await sockets.post_many([name], "sound", TURNS, sound=CHUNK)
    await sockets.close("closed", 1000)
    for number in range(9):
        await sockets.post_many(["cut"], str(number), TURNS)
    assert [sockets._sockets[name].waiting.sound.bytes for name in ("closed", "cut")] == [0, 0]
    refusals = await sockets.post_many(["closed", "cut", "nobody"], "sound", TURNS, sound=CHUNK)
    assert {name: type(error) for name, error in refusals.items()} == dict.fromkeys(("closed", "cut", "nobody"), Gone)
    for name in ("closed", "cut"):
        await sockets.forget(name)
