"""Following a table's stream; `_sync_streams.py` is generated from this file by `scripts/generate_sync.py`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, TypeVar, Unpack, overload

from dynalayer.protocol import DatabaseClosed
from dynalayer.schema import Entity, Table
from dynalayer.statements import Plan, Statement

if TYPE_CHECKING:
    from dynalayer.streams import Source, StreamRecord

    from .following import Follower
    from .streamoptions import StreamOptions

A = TypeVar("A", bound=Entity)
B = TypeVar("B", bound=Entity)
C = TypeVar("C", bound=Entity)
D = TypeVar("D", bound=Entity)
R = TypeVar("R")


class AsyncStreams:
    """The part of an executor that follows streams."""

    if TYPE_CHECKING:

        async def run(self, asked: Statement[R] | Plan[R]) -> R: ...

    @overload
    def stream(self, a: Table, /, **options: Unpack[StreamOptions]) -> AsyncIterator[StreamRecord[Entity]]: ...
    @overload
    def stream(self, a: type[A], /, **options: Unpack[StreamOptions]) -> AsyncIterator[StreamRecord[A]]: ...
    @overload
    def stream(
        self, a: type[A], b: type[B], /, **options: Unpack[StreamOptions]
    ) -> AsyncIterator[StreamRecord[A | B]]: ...
    @overload
    def stream(
        self, a: type[A], b: type[B], c: type[C], /, **options: Unpack[StreamOptions]
    ) -> AsyncIterator[StreamRecord[A | B | C]]: ...
    @overload
    def stream(
        self, a: type[A], b: type[B], c: type[C], d: type[D], /, **options: Unpack[StreamOptions]
    ) -> AsyncIterator[StreamRecord[A | B | C | D]]: ...
    async def stream(self, *sources: Source, **options: Unpack[StreamOptions]) -> AsyncIterator[Any]:
        """The changes of a table, or of up to four of its entities, as they happen: at least once, in order per item.

        All shards are followed, a shard before those that came out of it. Each change has a `position` to go on after;
        `StreamOptions` says where to begin and when to end. Changes of other items are given as `Unknown`; only the
        checkpoints that are kept in the table itself are left out.

        Raises `StreamOff` if the table has no stream, `ChangesLost` if the consumer was away for more than 24 hours
        (unless `on_gap` is given), `CheckpointMoved` if another consumer uses the same checkpoint.
        """
        from .following import Follower  # programs that follow no stream do not load what that takes

        follower = Follower(sources, options)
        while page := await self._next(follower):
            for change in page:
                yield change

    async def _next(self, follower: Follower) -> list[Any]:
        """The following changes; none when the database is closed meanwhile."""
        try:
            return await self.run(follower.next_page())
        except DatabaseClosed:
            return []
