"""The other processes of this machine that serve the same database, found in a directory of Unix sockets."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import secrets
import stat
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from live_translation.gateway.links import Answer, Frame, Link, framed, next_frame
from live_translation.gateway.registry import SocketRegistry
from live_translation.ports import Busy, SoundChunk

LOOK_SECONDS: Final = 1.0
SEPARATOR: Final = "."
_SUFFIX: Final = ".sock"
_BACKLOG: Final = 128

_log = logging.getLogger(__name__)


class NoMeetingPlace(Exception):
    """The directory of the processes' sockets cannot be trusted or used."""


def new_name() -> str:
    """A name for one life of one process: a process that comes back has another."""
    return secrets.token_hex(4)


def process_of(connection_id: str) -> str:
    """The name of the process that holds a socket."""
    return connection_id.partition(SEPARATOR)[0]


def meeting_place(url: str) -> Path:
    """The directory for the processes on one database, only for this user; raises `NoMeetingPlace`."""
    named = url.removeprefix("embedded:")
    where = os.path.realpath(named) if named != url else url
    digest = hashlib.sha256(where.encode()).hexdigest()[:16]
    path = Path(tempfile.gettempdir()) / f"live-translation-{os.getuid()}-{digest}"
    with suppress(FileExistsError):
        path.mkdir(mode=0o700)
    found = path.lstat()
    # Whoever may write into the directory can speak for the service: one that somebody else has put there is refused.
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise NoMeetingPlace(f"{path} must be a directory that only you can use; remove it")
    return path


class Neighbours:
    """Answers the other processes for the sockets of this one, and keeps a line to each of them.

    A process that has died leaves its socket file behind. Whoever takes it away first is told by `on_death`, so that
    one of the survivors cleans up; with it goes everybody the process has held.
    """

    def __init__(
        self,
        name: str,
        directory: Path,
        sockets: SocketRegistry,
        on_death: Callable[[], Awaitable[object]],
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self.name = name
        self._directory = directory
        self._sockets = sockets
        self._on_death = on_death
        self._sleep = sleep
        self._links: dict[str, Link] = {}
        self._reaching: dict[str, asyncio.Task[Link | None]] = {}
        self._lines: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._watch: asyncio.Task[None] | None = None
        self._lost = asyncio.Event()
        self._turns = asyncio.Semaphore()

    async def open(self) -> None:
        """Be found by the others, and find them."""
        path, hidden = self._path(self.name), self._directory / f".{self.name}"
        self._server = await asyncio.start_unix_server(self._answer, hidden, backlog=_BACKLOG)
        # Under its name only once it answers: a socket file that refuses is taken for that of a dead process.
        hidden.rename(path)
        await self.look()
        self._watch = asyncio.create_task(self._keep_looking())

    async def close(self) -> None:
        """Be found no more."""
        with suppress(FileNotFoundError):
            self._path(self.name).unlink()
        if self._watch is not None:
            self._watch.cancel()
            with suppress(asyncio.CancelledError):
                await self._watch
        if self._server is not None:
            self._server.close()
        for link in list(self._links.values()):
            await link.hang_up()
        for line in list(self._lines):
            line.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)
        with suppress(OSError):
            self._directory.rmdir()

    async def post(
        self, process: str, connection_ids: Sequence[str], text: str, *, sound: SoundChunk | None = None
    ) -> set[str]:
        """Post to sockets of another process and give those that are gone: all of them at once if it is dead.

        Raises `Busy`, or `TimeoutError` if the process has stopped.
        """
        link = await self._reach(process)
        return set(connection_ids) if link is None else await link.post(connection_ids, text, sound=sound)

    async def end(self, process: str, connection_id: str, code: int) -> None:
        """Close a socket of another process, if it is there."""
        link = await self._reach(process)
        if link is not None:
            await link.close(connection_id, code)

    async def absent(self, process: str, connection_ids: Sequence[str]) -> set[str]:
        """Those of a process's sockets that are not open; raises `TimeoutError` if it has stopped."""
        link = await self._reach(process)
        return set(connection_ids) if link is None else await link.absent(connection_ids)

    @property
    def is_first(self) -> bool:
        """True for one of the processes: the one to do what need not be done by all."""
        return self.name == min(self._names(), default=self.name)

    async def look(self) -> None:
        """Find the processes that have come, and take away those that have died."""
        died = False
        for name in self._names() - {self.name}:
            if await self._reach(name) is None:
                # Only one of those who see it can take the file away.
                with suppress(FileNotFoundError):
                    self._path(name).unlink()
                    died = True
        if died:
            await self._on_death()

    async def _keep_looking(self) -> None:
        while True:
            waking = [asyncio.ensure_future(self._sleep(LOOK_SECONDS)), asyncio.ensure_future(self._lost.wait())]
            try:
                await asyncio.wait(waking, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for each in waking:
                    each.cancel()
            self._lost.clear()
            try:
                await self.look()
            except Exception as error:
                _log.warning("other processes not looked after: %s", type(error).__name__)

    async def _reach(self, process: str) -> Link | None:
        if (link := self._links.get(process)) is not None:
            return link
        if process not in self._reaching:
            self._reaching[process] = asyncio.create_task(self._dial(process))
        return await asyncio.shield(self._reaching[process])

    async def _dial(self, process: str) -> Link | None:
        try:
            reader, writer = await asyncio.open_unix_connection(self._path(process))
        except (FileNotFoundError, ConnectionRefusedError):
            return None
        except OSError as error:
            # Not the answer of a dead process: too many callers at once, or no more files here.
            _log.warning("a process cannot be reached: %s", type(error).__name__)
            raise Busy from None
        finally:
            del self._reaching[process]
        self._links[process] = link = Link(reader, writer, lambda: self._forget(process))
        return link

    def _forget(self, process: str) -> None:
        self._links.pop(process, None)
        self._lost.set()

    def _names(self) -> set[str]:
        return {path.name.removesuffix(_SUFFIX) for path in self._directory.glob(f"*{_SUFFIX}")}

    def _path(self, process: str) -> Path:
        # A name comes from an id that is in the database: it must not lead out of the directory.
        return self._directory / f"{Path(process).name}{_SUFFIX}"

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = asyncio.current_task()
        if line is not None:
            self._lines.add(line)
            line.add_done_callback(self._lines.discard)
        with suppress(OSError, msgspec.MsgspecError, asyncio.CancelledError):
            while True:
                frame = await next_frame(reader)
                writer.write(framed(Answer(frame.number, await self._deliver(frame))))
                await writer.drain()
        writer.close()

    async def _deliver(self, frame: Frame) -> list[str]:
        if frame.item is None:
            return [each for each in frame.ids if each not in self._sockets]
        if isinstance(frame.item, str):
            return list(await self._sockets.post_many(frame.ids, frame.item, self._turns, sound=frame.sound))
        for connection_id in frame.ids:
            await self._sockets.close(connection_id, frame.item)
        return []
