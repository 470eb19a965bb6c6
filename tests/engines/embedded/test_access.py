"""Pages are read at a cost that does not grow with the table: SQLite searches an index, and never sorts."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from dynalayer.engines.embedded.items import access
from dynalayer.engines.embedded.storage.store import MemoryStorage
from dynalayer.engines.embedded.tables import catalog


@pytest.fixture
def storage() -> Iterator[MemoryStorage]:
    opened = MemoryStorage()
    key = [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}]
    definition = catalog.Definition(
        description={
            "TableName": "things",
            "AttributeDefinitions": [
                {"AttributeName": "id", "AttributeType": "S"},
                {"AttributeName": "at", "AttributeType": "N"},
            ],
            "KeySchema": key,
            "GlobalSecondaryIndexes": [
                {"IndexName": "same", "KeySchema": key, "Projection": {"ProjectionType": "ALL"}}
            ],
        }
    )
    with opened.writing as connection:
        catalog.create(connection, definition)
    yield opened
    opened.close()


BOUNDS: tuple[tuple[str, ...], ...] = ((), ("=",), (">=", "<"), (">",))


@pytest.mark.parametrize("indexed", [False, True])
@pytest.mark.parametrize(("bounds", "resume", "forward"), list(itertools.product(BOUNDS, (False, True), (False, True))))
def test_a_query_searches_and_does_not_sort(
    storage: MemoryStorage, indexed: bool, bounds: tuple[str, ...], resume: bool, forward: bool
) -> None:
    table = catalog.Catalog(storage).table("things")
    source = access.source(table, table.indexes[0] if indexed else None)
    plan = explained(storage, source.query(bounds, resume=resume, forward=forward))
    assert all(step.startswith("SEARCH") for step in plan), plan


@pytest.mark.parametrize("indexed", [False, True])
def test_a_scan_goes_on_where_it_left_off(storage: MemoryStorage, indexed: bool) -> None:
    table = catalog.Catalog(storage).table("things")
    source = access.source(table, table.indexes[0] if indexed else None)
    plan = explained(storage, source.scan(resume=True))
    assert all(step.startswith("SEARCH") for step in plan), plan


def explained(storage: MemoryStorage, statement: str) -> list[str]:
    with storage.reading() as connection:
        parameters = [b"x"] * statement.count("?")
        return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)]


@pytest.mark.parametrize("forward", [False, True])
def test_a_page_that_resumes_passes_by_no_rows_that_were_read_before(storage: MemoryStorage, forward: bool) -> None:
    table = catalog.Catalog(storage).table("things")
    source = access.source(table, None)
    with storage.writing as connection:
        rows = [(b"p", number.to_bytes(4), 1, None, b"{}") for number in range(5000)]
        connection.executemany(table.upsert, rows)
    bounds = access.ahead([(">=", b""), ("<=", b"\xff")], forward=forward)
    statement = source.query(tuple(operator for operator, _ in bounds), resume=True, forward=forward)
    place = (4990 if forward else 10).to_bytes(4)
    steps = 0

    def step() -> None:
        nonlocal steps
        steps += 1

    with storage.reading() as connection:
        connection.set_progress_handler(step, 10)
        found = connection.execute(statement, (b"p", *(bound for _, bound in bounds), place, 25)).fetchall()
        connection.set_progress_handler(None, 0)
    assert len(found) == (9 if forward else 10)
    assert steps < 100
