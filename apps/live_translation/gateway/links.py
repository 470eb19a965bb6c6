"""One process's line to another: posts and closes for its sockets in frames, each answered by who was not there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

import msgspec

from live_translation.ports import Busy, SoundChunk

MAX_FRAME_BYTES: Final = 4 * 1024 * 1024
MAX_WAITING: Final = 20_000
"""Posts that may wait for the other process before the next one is told that it is busy."""

ANSWER_SECONDS: Final = 5.0
"""A process that takes longer to answer has stopped; whether it took the posts before is not known."""

_HEADER: Final = 4
_STOPPED: Final = "the process that holds this socket does not answer"


class Frame(msgspec.Struct, array_like=True, gc=False):
    """One thing for many sockets: a text is posted, a number closes with that code, nothing asks who is there.

    `sound` is told of a text that carries some.
    """

    number: int
    item: str | int | None
    ids: list[str]
    sound: SoundChunk | None = None


class Answer(msgspec.Struct, array_like=True, gc=False):
    """Which of a frame's sockets were not there."""

    number: int
    gone: list[str]


_encode = msgspec.msgpack.Encoder().encode
_frame = msgspec.msgpack.Decoder(Frame).decode
_answer = msgspec.msgpack.Decoder(Answer).decode


def framed(content: Frame | Answer) -> bytes:
    """As it goes over the line: the length in four bytes, then MessagePack."""
    body = _encode(content)
    return len(body).to_bytes(_HEADER, "big") + body


async def next_body(reader: asyncio.StreamReader) -> bytes:
    """What the next frame holds; raises `ConnectionError` once there is none, or if it claims to be too large."""
    try:
        length = int.from_bytes(await reader.readexactly(_HEADER), "big")
        if length > MAX_FRAME_BYTES:
            raise ConnectionError(f"a frame of {length} bytes")
        return await reader.readexactly(length)
    except asyncio.IncompleteReadError:
        raise ConnectionError("the line has ended") from None


async def next_frame(reader: asyncio.StreamReader) -> Frame:
    """The next frame of another process; raises `ConnectionError` at the end, `msgspec.MsgspecError` for nonsense."""
    return _frame(await next_body(reader))


class _Batch:
    """Ids that are handed the same thing, and who waits to hear which of them are gone."""

    def __init__(self, item: str | int | None, sound: SoundChunk | None, done: asyncio.Future[set[str]]) -> None:
        self.item = item
        self.sound = sound
        self.done = done
        self.ids: list[str] = []

    def fits(self, item: str | int | None, sound: SoundChunk | None) -> bool:
        return type(item) is type(self.item) and item == self.item and sound == self.sound


class Link:
    """Hands things over to the sockets of another process.

    What is handed over with the same text in one go is one frame with many ids. Things arrive in the order in which
    they were handed over. Once the other process has died everybody there is gone.
    """

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, on_lost: Callable[[], object]
    ) -> None:
        self.is_lost = False
        self._reader = reader
        self._writer = writer
        self._on_lost = on_lost
        self._loop = asyncio.get_running_loop()
        self._numbers = 0
        self._pending = 0
        self._has_stopped = False
        self._batch: _Batch | None = None
        self._sent: dict[int, _Batch] = {}
        self._answers = asyncio.create_task(self._read())

    async def post(self, connection_ids: Sequence[str], text: str, *, sound: SoundChunk | None = None) -> set[str]:
        """Post to sockets over there, and give those that are gone.

        Raises `Busy` before anything is sent, or `TimeoutError` if the other process has stopped: what it took is then
        unknown. Until it answers again, nobody waits for it another time.
        """
        if self._pending >= MAX_WAITING or self._writer.transport.get_write_buffer_size() > MAX_FRAME_BYTES:
            raise Busy
        return await self._hand_over(connection_ids, text, sound)

    async def close(self, connection_id: str, code: int) -> None:
        """Close a socket over there after what was posted to it."""
        await self._hand_over([connection_id], code)

    async def absent(self, connection_ids: Sequence[str]) -> set[str]:
        """Those of the sockets that are not open over there."""
        return await self._hand_over(connection_ids, None)

    async def hang_up(self) -> None:
        """Close the line."""
        self._answers.cancel()
        with suppress(asyncio.CancelledError):
            await self._answers

    async def _hand_over(
        self, connection_ids: Sequence[str], item: str | int | None, sound: SoundChunk | None = None
    ) -> set[str]:
        if self.is_lost:
            return set(connection_ids)
        if self._has_stopped:
            raise TimeoutError(_STOPPED)
        if self._batch is not None and not self._batch.fits(item, sound):
            self._flush()
        if self._batch is None:
            self._batch = _Batch(item, sound, self._loop.create_future())
            self._loop.call_soon(self._flush)
        batch = self._batch
        batch.ids.extend(connection_ids)
        self._pending += len(connection_ids)
        # Several wait for one answer: who stops waiting must not take it from the others.
        return (await asyncio.shield(batch.done)).intersection(connection_ids)

    def _flush(self) -> None:
        if self._batch is None:
            return
        self._numbers += 1
        batch, self._batch = self._batch, None
        self._sent[self._numbers] = batch
        self._writer.write(framed(Frame(self._numbers, batch.item, batch.ids, batch.sound)))
        self._loop.call_later(ANSWER_SECONDS, self._give_up, self._numbers)

    async def _read(self) -> None:
        try:
            while True:
                answer = _answer(await next_body(self._reader))
                self._has_stopped = False
                if (batch := self._sent.pop(answer.number, None)) is not None:
                    self._settle(batch, set(answer.gone))
        except (OSError, msgspec.MsgspecError):
            pass
        finally:
            self._lose()

    def _settle(self, batch: _Batch, gone: set[str]) -> None:
        self._pending -= len(batch.ids)
        if not batch.done.done():
            batch.done.set_result(gone)

    def _give_up(self, number: int) -> None:
        batch = self._sent.pop(number, None)
        if batch is None:
            return
        self._has_stopped = True
        self._pending -= len(batch.ids)
        if not batch.done.done():
            batch.done.set_exception(TimeoutError(_STOPPED))
            # Nobody may be waiting any more.
            batch.done.exception()

    def _lose(self) -> None:
        self.is_lost = True
        self._writer.close()
        lost = [*self._sent.values(), *filter(None, (self._batch,))]
        self._sent, self._batch = {}, None
        for batch in lost:
            self._settle(batch, set(batch.ids))
        self._on_lost()
