"""P6 and G1: filters are sound and complete, and pages put together are the whole."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from coagent.datalayer import DynamoDBError, QueryOptions, Repository, ValidationError, field
from coagent.datalayer.envelope import bound
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dynalayer import Database
from tests.coagent.datalayer.population import TABLE, Bench

Row = dict[str, Any]
PK = "T#1"

ROWS = st.lists(
    st.fixed_dictionaries(
        {"n": st.integers(-3, 3), "who": st.fixed_dictionaries({"name": st.sampled_from(["Ada", "Bob", ""])})},
        optional={
            "status": st.sampled_from(["open", "closed"]),
            "a.b": st.integers(0, 2),
            "tags": st.lists(st.sampled_from("xyz"), max_size=2),
            "price": st.sampled_from([Decimal("0.5"), Decimal("1.25"), None]),
        },
    ),
    max_size=25,
)

Filter = tuple[Any, Callable[[Row], bool]]


def _simple() -> st.SearchStrategy[Filter]:
    return st.sampled_from(
        [
            (field("n") >= 1, lambda row: row["n"] >= 1),
            (field("n") < 0, lambda row: row["n"] < 0),
            (field("n").between(-1, 1), lambda row: -1 <= row["n"] <= 1),
            (field("n").is_in([2, -2]), lambda row: row["n"] in (2, -2)),
            (field("who", "name") == "Ada", lambda row: row["who"]["name"] == "Ada"),
            (field("who", "name").begins_with("B"), lambda row: row["who"]["name"].startswith("B")),
            (field("status") == "open", lambda row: row.get("status") == "open"),
            (field("status") != "open", lambda row: row.get("status") != "open"),
            (field("status").exists(), lambda row: "status" in row),
            (field("a.b") == 1, lambda row: row.get("a.b") == 1),
            (field("a.b").missing(), lambda row: "a.b" not in row),
            (field("tags").contains("x"), lambda row: "x" in row.get("tags", [])),
            (field("tags", 0) == "y", lambda row: row.get("tags", [])[:1] == ["y"]),
            (field("tags").size() > 1, lambda row: len(row.get("tags", [])) > 1),
            (field("price") > Decimal("0.9"), lambda row: (row.get("price") or 0) > Decimal("0.9")),
            (field("price") == None, lambda row: "price" in row and row["price"] is None),  # noqa: E711
        ]
    )


def _joined(inner: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
    pairs = st.tuples(inner, inner)
    return (
        pairs.map(lambda both: (both[0][0] & both[1][0], lambda row: both[0][1](row) and both[1][1](row)))
        | pairs.map(lambda both: (both[0][0] | both[1][0], lambda row: both[0][1](row) or both[1][1](row)))
        | inner.map(lambda one: (~one[0], lambda row: not one[1](row)))
    )


FILTERS = st.recursive(_simple(), _joined, max_leaves=4)


def filled(bench: Bench, rows: list[Row], prefixes: str = "A") -> list[Row]:
    """The rows in the order of their sort keys."""
    for number, row in enumerate(rows):
        bench.repository.create(PK, f"{prefixes[number % len(prefixes)]}#{number:03d}", "X", row)
    return rows


def pages(repository: Repository, options: QueryOptions, prefix: str | None = None) -> list[list[Row]]:
    found: list[list[Row]] = []
    cursor: str | None = None
    while True:
        part = repository.query(
            PK,
            prefix,
            QueryOptions(
                options.limit,
                cursor,
                options.scan_index_forward,
                options.filter,
                options.consistent,
                None,
                options.max_pages,
            ),
        )
        assert part.count == len(part.items) == len(part.keys)
        assert options.limit is None or part.count <= options.limit
        found.append(part.items)
        cursor = part.cursor
        if cursor is None:
            return found


@settings(max_examples=200, deadline=None)
@given(ROWS, FILTERS, st.none() | st.integers(1, 7), st.booleans(), st.integers(1, 4))
def test_a_filter_finds_what_a_loop_would_on_whatever_pages(
    rows: list[Row], chosen: Filter, limit: int | None, forward: bool, max_pages: int
) -> None:
    condition, holds = chosen
    with Bench() as bench:
        expected = [row for row in filled(bench, rows) if holds(row)]
        options = QueryOptions(limit, None, forward, condition, max_pages=max_pages)
        parts = pages(bench.repository, options)
        found = [row for part in parts for row in part]
        assert found == (expected if forward else expected[::-1])
        everything = [item.data for item in bench.repository.query_all(PK, None, QueryOptions(filter=condition))]
        assert everything == expected


@settings(max_examples=100, deadline=None)
@given(ROWS, st.integers(1, 30), st.booleans(), st.sampled_from([None, "A#", "B#", "C#"]))
def test_pages_put_together_are_the_whole_without_gaps_and_repeats(
    rows: list[Row], limit: int, forward: bool, prefix: str | None
) -> None:
    with Bench() as bench:
        filled(bench, rows, "AB")
        whole = bench.repository.query_items(PK, prefix, QueryOptions(scan_index_forward=forward)).items
        parts = pages(bench.repository, QueryOptions(limit, scan_index_forward=forward), prefix)
        assert [row for part in parts for row in part] == [item.data for item in whole]
        assert all(len(part) == limit for part in parts[:-1])
        assert len(whole) == len([n for n in range(len(rows)) if prefix in (None, "AB"[n % 2] + "#")])


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_cursor_of_another_query_partition_or_key_or_a_changed_one_is_refused(data: st.DataObject) -> None:
    with Bench() as bench:
        filled(bench, [{"n": n} for n in range(4)], "AB")
        first = QueryOptions(limit=1)
        cursor = bench.repository.query(PK, "A#", first).cursor
        assert cursor is not None
        change = data.draw(st.sampled_from(["partition", "prefix", "order", "filter", "index", "text", "key"]))
        pk, prefix, options, repository = PK, "A#", {"limit": 1, "cursor": cursor}, bench.repository
        if change == "partition":
            pk = data.draw(st.text(st.characters(codec="utf-8"), min_size=1, max_size=5))
            assume(pk != PK)
        elif change == "prefix":
            prefix = data.draw(st.sampled_from(["A", "B#", None, "A#0"]))
        elif change == "order":
            options["scan_index_forward"] = False
        elif change == "filter":
            options["filter"] = field("n") == 2
        elif change == "index":
            options["index"] = data.draw(st.sampled_from(["GSI1", "GSI2"]))
        elif change == "text":
            where = data.draw(st.integers(0, len(cursor) - 1))
            changed = cursor[:where] + data.draw(st.sampled_from("Az0-_*")) + cursor[where + 1 :]
            options["cursor"] = data.draw(st.sampled_from([changed, cursor[:-1], cursor + "A", "", "x"]))
            assume(options["cursor"] != cursor)
        else:
            other = Database(bench.database.connection, cursor_key=b"o" * 32)
            repository = Repository(other, TABLE)
        with pytest.raises(ValidationError):
            repository.query(pk, prefix, QueryOptions(**options))
        assert bench.repository.query(PK, "A#", QueryOptions(limit=1, cursor=cursor)).count == 1


def test_a_result_is_filled_to_its_limit_over_pages_and_no_further_than_allowed() -> None:
    with Bench() as bench:
        filled(bench, [{"n": n % 5} for n in range(50)])
        some = QueryOptions(limit=3, filter=field("n") == 4, max_pages=100)
        full = bench.repository.query(PK, None, some)
        assert full.items == [{"n": 4}] * 3
        assert full.keys[-1].sk == "A#014"
        short = bench.repository.query(PK, None, QueryOptions(limit=3, filter=field("n") == 4, max_pages=2))
        assert short.items == [{"n": 4}]
        assert short.cursor is not None


def test_what_makes_no_sense_is_refused() -> None:
    with Bench() as bench:
        for limit, max_pages in ((0, 1), (-1, 1), (1, 0)):
            with pytest.raises(ValidationError):
                bench.repository.query(PK, None, QueryOptions(limit=limit, max_pages=max_pages))
        with pytest.raises(ValidationError, match="prefix"):
            bench.repository.query(PK, "")
        with pytest.raises(ValidationError):
            bench.repository.query("")
        with pytest.raises(ValidationError, match="from its start"):
            list(bench.repository.query_all(PK, None, QueryOptions(cursor="x")))
        with pytest.raises(ValidationError):
            bench.repository.query(PK, None, QueryOptions(consistent=True, index="GSI1"))
        for steps in ((), ("",), ("a", "")):
            with pytest.raises(ValueError, match="lead to a field"):
                field(*steps)


def test_an_awaited_query_gives_the_same() -> None:
    import asyncio

    from coagent.datalayer import AsyncRepository

    from dynalayer import AsyncDatabase

    async def main() -> tuple[list[Row], list[Row]]:
        async with AsyncDatabase("memory:") as db:
            await db.create_tables(bound(TABLE).table)
            repository = AsyncRepository(db, TABLE)
            for number in range(3):
                await repository.create(PK, f"A#{number}", "X", {"n": number})
            part = await repository.query(PK, None, QueryOptions(limit=2))
            return part.items, [item.data async for item in repository.query_all(PK, "A#")]

    assert asyncio.run(main()) == ([{"n": 0}, {"n": 1}], [{"n": 0}, {"n": 1}, {"n": 2}])


def test_an_error_in_the_midst_of_all_is_one_of_the_repository_s() -> None:
    from dynalayer import AccessDenied
    from dynalayer.testing import Faults

    with Bench() as bench:
        filled(bench, [{"n": 1}])
        faults = Faults(bench.database.connection)
        faults.fail(AccessDenied("no"), times=None)
        with pytest.raises(DynamoDBError):
            list(Repository(Database(faults), TABLE).query_all(PK))
