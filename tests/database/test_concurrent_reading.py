"""What is read at the same time: how much is in flight, and that nothing is left running."""

import asyncio
import threading

import msgspec
import pytest

from dynalayer import AsyncDatabase, Database, scan

from .library import Book


async def turns(count: int) -> None:
    """Let every other task run so many times."""
    for _ in range(count):
        await asyncio.sleep(0)


class Pages:
    """A connection with pages of one item without end, which counts its calls and those under way."""

    def __init__(self, pages: int) -> None:
        self.pages = pages
        self.calls = self.under_way = self.most = 0
        self.lock = threading.Lock()

    def answer(self, body: bytes) -> bytes:
        with self.lock:
            self.calls += 1
            number = self.calls
        item = {"shelf": {"S": "a"}, "place": {"N": str(number)}}
        last = {} if number >= self.pages else {"LastEvaluatedKey": item}
        return msgspec.json.encode({"Items": [item], **last})


class ThreadPages(Pages):
    def call(self, operation: str, body: bytes) -> bytes:
        return self.answer(body)

    def close(self) -> None:
        pass


class TaskPages(Pages):
    async def call(self, operation: str, body: bytes) -> bytes:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await turns(3)
            return b'{"UnprocessedItems":{}}' if operation == "BatchWriteItem" else self.answer(body)
        finally:
            self.under_way -= 1

    async def close(self) -> None:
        pass


def test_threads_read_ahead_by_a_bounded_number_of_pages_and_end_with_the_reader() -> None:
    before = threading.active_count()
    pages = ThreadPages(100_000)
    books = Database(pages).scan(scan(Book), parallel=5)
    assert next(iter(books)).shelf == "a"
    books.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before
    # One in hand, one handed over, and one of each thread.
    assert pages.calls <= 5 + 2


def test_an_error_in_one_thread_ends_the_others() -> None:
    class Broken(ThreadPages):
        def call(self, operation: str, body: bytes) -> bytes:
            if msgspec.json.decode(body)["Segment"] == 3:
                raise RuntimeError("broken")
            return super().call(operation, body)

    before = threading.active_count()
    with pytest.raises(RuntimeError, match="broken"):
        list(Database(Broken(100_000)).scan(scan(Book), parallel=5))
    assert threading.active_count() == before


@pytest.mark.anyio
async def test_tasks_read_ahead_by_a_bounded_number_of_pages_and_end_with_the_reader() -> None:
    before = asyncio.all_tasks()
    pages = TaskPages(100_000)
    books = AsyncDatabase(pages).scan(scan(Book), parallel=5)
    assert (await anext(books)).shelf == "a"
    await turns(50)
    assert (pages.calls, pages.most) == (5 + 2, 5)
    await books.aclose()  # type: ignore[attr-defined]
    assert asyncio.all_tasks() == before


@pytest.mark.anyio
async def test_a_scan_that_is_cancelled_leaves_no_task_behind() -> None:
    before = asyncio.all_tasks()
    pages = TaskPages(100_000)

    async def read() -> None:
        async for _ in AsyncDatabase(pages).scan(scan(Book), parallel=5):
            await asyncio.sleep(0)

    task = asyncio.create_task(read())
    await turns(100)
    assert pages.calls > 10
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await turns(20)
    assert asyncio.all_tasks() == before


@pytest.mark.anyio
async def test_four_chunks_of_a_batch_are_in_flight_and_all_end_when_it_is_cancelled() -> None:
    before = asyncio.all_tasks()
    pages = TaskPages(0)
    db = AsyncDatabase(pages)
    await db.batch_write(put=[Book(shelf="a", place=n) for n in range(250)])
    assert pages.most == 4
    task = asyncio.create_task(db.batch_write(put=[Book(shelf="a", place=n) for n in range(2500)]))
    await turns(8)
    assert pages.under_way == 4
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await turns(20)
    assert pages.under_way == 0
    assert asyncio.all_tasks() == before
