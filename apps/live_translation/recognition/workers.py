"""Processes that listen: started when they are needed, kept for the next speaker, replaced when they die."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Sequence
from typing import Final, cast

import msgspec

from live_translation.recognition.engine import NoRoomForStreams, StreamBroken
from live_translation.recognition.frames import Answer, BadFrame, Frames, Order, Ready, to_frame

COMMAND: Final = (sys.executable, "-m", "live_translation.recognition.worker")
START_SECONDS: Final = 30.0
"""How long a worker may take to load its model; half a second is usual."""

_log = logging.getLogger(__name__)
_decoder: Final[msgspec.msgpack.Decoder[Answer]] = msgspec.msgpack.Decoder(cast("type[Answer]", Answer))


class Worker:
    """One process; whoever has it speaks with it alone."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._frames = Frames()
        self._answers: list[Answer] = []

    @classmethod
    async def start(cls, command: Sequence[str]) -> Worker:
        """Start a process and wait until its model is loaded; raises `StreamBroken`."""
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,  # a decoder's complaints quote what it heard
                # Ctrl-C at the terminal is for the server, which closes us in order; uvloop knows no process_group.
                start_new_session=True,
            )
        except OSError as error:
            raise StreamBroken("a recognition process cannot be started") from error
        worker = cls(process)
        try:
            async with asyncio.timeout(START_SECONDS):
                if not isinstance(await worker.answer(), Ready):
                    raise StreamBroken("a recognition process spoke before it was ready")
        except BaseException as error:
            await worker.kill()
            if isinstance(error, TimeoutError):
                raise StreamBroken("a recognition process was not ready in time") from None
            raise
        return worker

    @property
    def process_id(self) -> int:
        """For operators and tests."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """False once the process has ended."""
        return self._process.returncode is None

    def order(self, order: Order) -> None:
        """Send an order; one to a dead process is lost, and the next answer tells so."""
        if self._process.stdin is not None and not self._process.stdin.is_closing():
            self._process.stdin.write(to_frame(order))

    async def answer(self) -> Answer:
        """The next answer; raises `StreamBroken` if none can come."""
        assert self._process.stdout is not None
        while not self._answers:
            data = await self._process.stdout.read(1 << 16)
            if not data:
                raise StreamBroken("a recognition process has died")
            try:
                self._answers += [_decoder.decode(body) for body in self._frames.feed(data)]
            except (BadFrame, msgspec.MsgspecError) as error:
                raise StreamBroken("a recognition process answers nonsense") from error
        return self._answers.pop(0)

    async def kill(self) -> None:
        """End the process and reap it; safe to call twice."""
        if self._process.returncode is None:
            self._process.kill()
        if self._process.stdin is not None:
            self._process.stdin.close()
        await self._process.wait()


class Workers:
    """At most `limit` at once; those without work are kept, `spare` of them at most."""

    def __init__(self, limit: int, spare: int = 1, command: Sequence[str] = COMMAND) -> None:
        self._limit = limit
        self._spare = spare
        self._command = command
        self._idle: list[Worker] = []
        self._busy = 0
        self._closed = False

    @property
    def busy(self) -> int:
        """How many are listening or getting ready to."""
        return self._busy

    async def take(self) -> Worker:
        """A worker that is ready; raises `NoRoomForStreams` or `StreamBroken`."""
        if self._closed or self._busy >= self._limit:
            raise NoRoomForStreams(f"{self._limit} speakers are heard here already")
        self._busy += 1
        try:
            while self._idle:
                worker = self._idle.pop()
                if worker.is_alive:
                    return worker
                await worker.kill()
            return await Worker.start(self._command)
        except BaseException:
            self._busy -= 1
            raise

    async def give_back(self, worker: Worker, *, is_usable: bool) -> None:
        """Take a worker back; one that is not usable any more, or one too many, is ended."""
        self._busy -= 1
        if is_usable and worker.is_alive and not self._closed and len(self._idle) < self._spare:
            self._idle.append(worker)
        else:
            await worker.kill()

    async def close(self) -> None:
        """End those that are idle; the others end when they are given back."""
        self._closed = True
        while self._idle:
            await self._idle.pop().kill()
