"""Sums of what calls have taken."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynalayer.telemetry import Called, Consumed, Costs, CostTable

units = st.integers(0, 8).map(lambda n: Decimal(n) / 2)
parts = st.builds(Consumed, st.sampled_from(["a", "b"]), st.sampled_from([None, "g"]), units, units)
taken = st.lists(parts, max_size=3).map(tuple)
names = st.sampled_from([None, "Order", "Visit"])


@dataclass(frozen=True)
class Euro:
    """Ten for a read unit, a hundred for a write unit."""

    currency: str = "EUR"

    def cost(self, read_units: Decimal, write_units: Decimal, /) -> Decimal:
        return 10 * read_units + 100 * write_units


def call(entity: str | None, consumed: tuple[Consumed, ...], site: str | None = None) -> Called:
    return Called("PutItem", "Put", entity=entity, site=site, consumed=consumed)


@given(st.lists(st.tuples(names, taken, st.integers(1, 3)), max_size=20))
def test_sums_are_exactly_those_of_the_calls(calls: list[tuple[str | None, tuple[Consumed, ...], int]]) -> None:
    costs = Costs()
    reads: Counter[tuple[str, str, str | None]] = Counter()
    writes: Counter[tuple[str, str, str | None]] = Counter()
    for entity, consumed, times in calls:
        for _ in range(times):
            costs.ended(call(entity, consumed))
        for part in consumed:
            reads[entity or "", part.table, part.index] += part.read * times  # type: ignore[assignment]
            writes[entity or "", part.table, part.index] += part.write * times  # type: ignore[assignment]
    table = costs.table(Euro())
    found = {(row.entity, row.table, row.index): (row.read_units, row.write_units, row.money) for row in table.rows}
    assert found == {place: (reads[place], writes[place], 10 * reads[place] + 100 * writes[place]) for place in reads}
    assert table.money == 10 * sum(reads.values()) + 100 * sum(writes.values())
    assert costs.table().rows == tuple(sorted(costs.table().rows, key=lambda r: -(r.read_units + 5 * r.write_units)))


def test_calls_of_more_kinds_than_are_counted_apart_are_all_summed() -> None:
    costs = Costs()
    for number in range(10_000):
        costs.ended(call("Order", (Consumed("a", write=Decimal(number)),)))
    [row] = costs.table().rows
    assert (row.calls, row.write_units) == (10_000, Decimal(49_995_000))


def test_threads_lose_no_call_not_even_while_sums_begin_anew() -> None:
    costs = Costs()
    consumed = (Consumed("a", read=Decimal("0.5")),)

    def work() -> None:
        for _ in range(2000):
            costs.ended(call("Order", consumed))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    total = Decimal(0)
    while any(thread.is_alive() for thread in threads):
        total += costs.table(reset=True).read_units
    total += costs.table(reset=True).read_units
    assert total == 4000


@pytest.fixture
def table() -> CostTable:
    costs = Costs()
    written = (Consumed("shop", write=Decimal(2)), Consumed("shop", "by-state", write=Decimal(1)))
    costs.ended(call("Order", written, "shop.orders:3"))
    costs.ended(call("Order", written, "shop.orders:9"))
    costs.ended(call("Visit", (Consumed("shop", read=Decimal("0.5")),), "shop.visits:1"))
    return costs.table(Euro())


def test_a_table_sums_by_entity_by_index_and_by_line(table: CostTable) -> None:
    assert {name: row.write_units for name, row in table.by_entity().items()} == {"Order": 6, "Visit": 0}
    assert {name: row.write_units for name, row in table.by_index().items()} == {"shop": 4, "shop / by-state": 2}
    assert {name: row.money for name, row in table.by_site().items()} == {
        "shop.orders:3": 300,
        "shop.orders:9": 300,
        "shop.visits:1": 5,
    }


def test_a_table_prints_its_columns_aligned(table: CostTable) -> None:
    assert str(table).splitlines() == [
        "entity  table / index    call site      calls  RCU  WCU  EUR",
        "Order   shop             shop.orders:3      1    0    2  200",
        "Order   shop             shop.orders:9      1    0    2  200",
        "Order   shop / by-state  shop.orders:3      1    0    1  100",
        "Order   shop / by-state  shop.orders:9      1    0    1  100",
        "Visit   shop             shop.visits:1      1  0.5    0    5",
        "total                                          0.5    6  605",
    ]
