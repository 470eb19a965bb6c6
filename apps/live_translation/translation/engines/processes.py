"""A chain of processes joined by pipes: one message in at the head, one answer out at the tail."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Sequence

MAX_ANSWER_BYTES = 1 << 20


class ChainBroken(Exception):
    """A process of the chain has ended, or what came out is no answer; only a new chain can go on."""


class Chain:
    """Running processes with two ends in the event loop; nothing between them passes through Python.

    Plain `Popen` rather than asyncio's own: on Python 3.11 that one keeps a waiting thread for every process.
    """

    def __init__(self, trailer: bytes) -> None:
        self._trailer = trailer
        self._processes: list[subprocess.Popen[bytes]] = []
        self._open_ends: list[int] = []
        self._head: asyncio.WriteTransport | None = None
        self._source: asyncio.ReadTransport | None = None
        self._tail = asyncio.StreamReader(limit=MAX_ANSWER_BYTES)
        self._owed = 0
        self.has_answered = False

    @classmethod
    async def start(cls, commands: Sequence[Sequence[str]], trailer: bytes = b"") -> Chain:
        """Start every command; raises `OSError` if one cannot be, leaving none behind.

        `trailer` is what every whole answer ends with.
        """
        chain = cls(trailer)
        try:
            head, link = chain._new_pipe()[::-1]
            for command in commands:
                link = chain._spawn(command, link)
                await asyncio.sleep(0)
            await chain._connect(head, link)
        except BaseException:
            await chain.kill()
            raise
        return chain

    @property
    def process_ids(self) -> tuple[int, ...]:
        """The ids of its processes, first stage first."""
        return tuple(process.pid for process in self._processes)

    def is_alive(self) -> bool:
        """Tell whether every process still runs."""
        return all(process.poll() is None for process in self._processes)

    async def exchange(self, message: bytes) -> bytes:
        """Send `message` and return its answer without the NUL; raises `ChainBroken`. One caller at a time.

        A caller may be cancelled: the answer it no longer waits for is read and dropped by the next one.
        """
        assert self._head is not None
        self._head.write(message)
        self._owed += 1
        answer = b""
        while self._owed:
            answer = await self._read()
            self._owed -= 1
        return answer

    async def kill(self) -> None:
        """End all processes at once, close every pipe end and reap; safe to call twice."""
        for process in self._processes:
            process.kill()
        if self._head is not None and not self._head.is_closing():
            self._head.abort()
        if self._source is not None:
            self._source.close()
        while self._open_ends:
            os.close(self._open_ends.pop())
        await asyncio.to_thread(self._reap)

    async def _read(self) -> bytes:
        try:
            answer = await self._tail.readuntil(b"\0")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError) as error:
            raise ChainBroken from error
        answer = answer[:-1]
        # When a process dies, those after it may still close their part of an answer properly.
        if not answer.endswith(self._trailer):
            raise ChainBroken
        self.has_answered = True
        return answer

    def _new_pipe(self) -> tuple[int, int]:
        ends = os.pipe()
        self._open_ends += ends
        return ends

    def _close_end(self, end: int) -> None:
        self._open_ends.remove(end)
        os.close(end)

    def _spawn(self, command: Sequence[str], source: int) -> int:
        outlet, inlet = self._new_pipe()
        process = subprocess.Popen(
            command,
            stdin=source,
            stdout=inlet,
            stderr=subprocess.DEVNULL,  # the stages quote the text in their complaints
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"},
            process_group=0,  # Ctrl-C at the terminal is for the server, which then closes us in order
        )
        self._processes.append(process)
        self._close_end(inlet)
        self._close_end(source)
        return outlet

    async def _connect(self, head: int, tail: int) -> None:
        loop = asyncio.get_running_loop()
        self._open_ends.remove(head)
        self._head, _ = await loop.connect_write_pipe(asyncio.Protocol, os.fdopen(head, "wb", buffering=0))
        self._open_ends.remove(tail)
        self._source, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(self._tail), os.fdopen(tail, "rb", buffering=0)
        )

    def _reap(self) -> None:
        for process in self._processes:
            process.wait()
