"""Reads of the source beside an event loop."""

from __future__ import annotations

import asyncio
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from dynalayer.migrate.dual import AsyncReaders, Readers
from dynalayer.migrate.queries import Query
from dynalayer.migrate.reading import Reader
from tests.migrate.small import library, plans_of

pytestmark = pytest.mark.anyio


class Watched:
    """What threads read, and whether they may go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.threads: set[int] = set()
        self.at_once = self.most = 0
        self.may_end = threading.Event()
        self.may_end.set()
        self._lock = threading.Lock()
        fetch = Reader.fetch

        def watched(reader: Reader, query: Query) -> Any:
            with self._lock:
                self.threads.add(threading.get_ident())
                self.at_once += 1
                self.most = max(self.most, self.at_once)
            assert self.may_end.wait(30)
            try:
                return fetch(reader, query)
            finally:
                with self._lock:
                    self.at_once -= 1

        monkeypatch.setattr(Reader, "fetch", watched)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    return Watched(monkeypatch)


async def test_tasks_go_on_while_the_source_is_read(tmp_path: Path, watched: Watched) -> None:
    source = library(tmp_path / "library.db", authors=3, books=1)
    plan = plans_of(source)[0]
    readers = AsyncReaders(source, width=2)
    watched.may_end.clear()
    reads = [asyncio.create_task(readers.row(plan, (number,))) for number in range(3)]
    # Were it read on the event loop, nobody would come to let the reads end.
    await asyncio.sleep(0)
    watched.may_end.set()
    rows = await asyncio.gather(*reads)
    assert [row is not None and row.cells[1] for row in rows] == ["Author 0", "Author 1", "Author 2"]
    assert threading.get_ident() not in watched.threads
    await readers.close()


async def test_no_more_threads_and_connections_than_that_are_taken(tmp_path: Path, watched: Watched) -> None:
    source = library(tmp_path / "library.db", authors=3, books=1)
    readers = AsyncReaders(source, width=2)
    query = Query("SELECT COUNT(*) FROM authors")
    assert [list(found) for found in await asyncio.gather(*(readers.fetch(query) for _ in range(9)))] == [[(3,)]] * 9
    assert watched.most <= 2
    assert len(watched.threads) <= 2
    await readers.close()


async def test_a_read_whose_task_is_cancelled_leaves_the_others_alone(tmp_path: Path, watched: Watched) -> None:
    source = library(tmp_path / "library.db", authors=3, books=1)
    readers = AsyncReaders(source, width=1)
    query = Query("SELECT COUNT(*) FROM authors")
    watched.may_end.clear()
    first, second = (asyncio.create_task(readers.fetch(query)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    watched.may_end.set()
    assert list(await second) == [(3,)]
    with pytest.raises(asyncio.CancelledError):
        await first
    await readers.close()


def test_a_connection_that_failed_is_thrown_away(tmp_path: Path) -> None:
    source = library(tmp_path / "library.db", authors=3, books=1)
    with closing(Readers(source)) as readers:
        with readers.reader() as first:
            """It is kept for this thread."""

        def fail() -> None:
            with readers.reader() as again:
                assert again is first
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        with readers.reader() as other:
            assert other is not first
        assert list(readers.fetch(Query("SELECT COUNT(*) FROM books"))) == [(3,)]
