import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from live_translation.gateway import links
from live_translation.gateway.links import Answer, Frame, Link, framed, next_body, next_frame
from live_translation.ports import Busy, SoundChunk

from tests.live_translation.doubles import eventually

pytestmark = pytest.mark.anyio


class OtherProcess:
    """Keeps the frames that come and answers them while `answering`; ids in `gone` are gone."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.gone: set[str] = set()
        self.answering = True
        self.writer: asyncio.StreamWriter | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        try:
            while True:
                frame = await next_frame(reader)
                self.frames.append(frame)
                if self.answering:
                    writer.write(framed(Answer(frame.number, [each for each in frame.ids if each in self.gone])))
        except ConnectionError:
            writer.close()


@pytest.fixture
def other() -> OtherProcess:
    return OtherProcess()


@pytest.fixture
async def link(tmp_path: Path, other: OtherProcess) -> AsyncIterator[Link]:
    server = await asyncio.start_unix_server(other.serve, tmp_path / "s")
    link = Link(*await asyncio.open_unix_connection(tmp_path / "s"), lambda: None)
    yield link
    await link.hang_up()
    server.close()


async def test_one_text_for_many_is_one_frame(link: Link, other: OtherProcess) -> None:
    other.gone = {"b", "7"}
    found = await asyncio.gather(
        link.post(["a", "b"], "caption"), *(link.post([str(n)], "caption") for n in range(100))
    )
    assert found[0] == {"b"}
    assert [bool(each) for each in found[1:]] == [number == 7 for number in range(100)]
    assert [(frame.item, len(frame.ids)) for frame in other.frames] == [("caption", 102)]


async def test_what_is_handed_over_stays_in_order(link: Link, other: OtherProcess) -> None:
    await asyncio.gather(
        link.post(["a"], "1"),
        link.post(["a"], "1"),
        link.post(["a"], "2"),
        link.close("a", 1000),
        link.post(["b"], "1"),
    )
    handed = [(frame.item, each) for frame in other.frames for each in frame.ids]
    assert handed == [("1", "a"), ("1", "a"), ("2", "a"), (1000, "a"), ("1", "b")]


async def test_the_bytes_of_sound_go_along(link: Link, other: OtherProcess) -> None:
    await asyncio.gather(link.post(["a"], "x", sound=SoundChunk("a-b-100", 3)), link.post(["b"], "x"))
    assert [(frame.sound, frame.ids) for frame in other.frames] == [(SoundChunk("a-b-100", 3), ["a"]), (None, ["b"])]


async def test_asking_posts_nothing(link: Link, other: OtherProcess) -> None:
    other.gone = {"b"}
    assert await link.absent(["a", "b"]) == {"b"}
    assert other.frames[0].item is None


async def test_when_the_other_process_dies_everybody_there_is_gone(link: Link, other: OtherProcess) -> None:
    other.answering = False
    posting = asyncio.create_task(link.post(["a", "b"], "x"))
    await eventually(lambda: bool(other.frames))
    assert other.writer is not None
    other.writer.close()
    assert await posting == {"a", "b"}
    assert await link.post(["c"], "x") == {"c"}
    assert link.is_lost


async def test_a_process_that_has_stopped_is_not_waited_for(
    link: Link, other: OtherProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "ANSWER_SECONDS", 0.01)
    other.answering = False
    with pytest.raises(TimeoutError):
        await link.post(["a"], "x")
    frames = len(other.frames)
    for _ in range(3):
        with pytest.raises(TimeoutError):
            await link.post(["a"], "x")
    assert len(other.frames) == frames
    assert other.writer is not None
    other.writer.write(framed(Answer(frames, [])))
    other.answering = True
    await eventually(lambda: not link._has_stopped)
    assert await link.post(["a"], "x") == set()


async def test_what_waits_for_another_process_is_bounded(
    link: Link, other: OtherProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "MAX_WAITING", 3)
    other.answering = False
    waiting = asyncio.create_task(link.post(["a", "b", "c"], "x"))
    await eventually(lambda: bool(other.frames))
    with pytest.raises(Busy):
        await link.post(["d"], "x")
    waiting.cancel()


async def test_who_stops_waiting_takes_the_answer_from_nobody(link: Link) -> None:
    first, second = asyncio.create_task(link.post(["a"], "x")), asyncio.create_task(link.post(["b"], "x"))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == set()


@pytest.mark.parametrize("sent", [b"\xff\xff\xff\xff", b"\x00\x00\x00\x05ab", b""])
async def test_a_frame_that_is_too_large_or_broken_off_ends_the_line(sent: bytes) -> None:
    reader = asyncio.StreamReader()
    reader.feed_data(sent)
    reader.feed_eof()
    with pytest.raises(ConnectionError):
        await next_body(reader)
