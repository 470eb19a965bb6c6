"""What a pattern is said to cost is what the engine counts for the same call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalayer import Check, Create, Database, Delete, Get, Put, Query, Statement, Update, any_, collection
from dynalayer.access.takings import Amount, Sizes
from dynalayer.access.uses import uses
from dynalayer.protocol import item_size
from dynalayer.schema import AccessPath, Definition
from dynalayer.statements import BatchGet, BatchWrite, first_page, transact_get, transaction
from dynalayer.testing import Faults

from .shop import Order, Person, Stock, Team, people, shop


@dataclass(frozen=True, slots=True)
class Measured(Sizes):
    """The sizes of one item of each entity, as they are."""

    examples: tuple[Any, ...] = ()

    def item(self, definition: Definition) -> int:
        return item_size(self._example(definition))

    def entry(self, definition: Definition, path: AccessPath) -> int:
        assert path.index is not None
        names = shop.carried_by(shop.indexes[path.index])
        return item_size({n: v for n, v in self._example(definition).items() if names is None or n in names})

    def _example(self, definition: Definition) -> dict[str, Any]:
        return definition.encode(next(each for each in self.examples if each.__definition__ is definition))


def counted(before: Sequence[Any], asked: Statement[Any]) -> float:
    """What the engine consumes for a statement, on a table that holds these items."""
    with Database("memory:") as db:
        db.create_tables(shop)
        db.batch_write(put=before)
        body = msgspec.json.encode({**asked.request(0), "ReturnConsumedCapacity": "TOTAL"})
        answer = msgspec.json.decode(db.connection.call(asked.operation, body))
    consumed = answer["ConsumedCapacity"]
    return sum(each["CapacityUnits"] for each in (consumed if isinstance(consumed, list) else [consumed]))


def told(asked: Statement[Any] | Query[Any, Any], *examples: Any, items: int | None = None) -> float:
    return sum(use.units for use in uses(asked, Amount(items), Measured(examples=examples)))


def order(note: str, id: str = "1", **given: Any) -> Order:
    values = {"state": "new", "buyer": "bob", "kind": "gift", "total": Decimal(5), **given}
    return Order(customer="ada", id=id, note=note, **values)


NOTES = st.integers(0, 20_000).map(lambda length: "x" * length)
UNTIMED = settings(deadline=None, max_examples=50)
KEY = Order.key("ada", "1")


@UNTIMED
@given(note=NOTES, consistent=st.booleans())
def test_a_read_by_key_costs_what_is_said(note: str, consistent: bool) -> None:
    item = order(note)
    get = Get(KEY, consistent)
    assert counted([item], get) == told(get, item)


@UNTIMED
@given(note=NOTES)
def test_a_new_item_costs_what_is_said_with_all_its_indexes(note: str) -> None:
    item = order(note)
    assert counted([], Create(item)) == told(Create(item), item)


@UNTIMED
@given(note=NOTES, absent=st.sets(st.sampled_from(["state", "buyer", "kind"])))
def test_a_new_item_costs_nothing_in_an_index_that_it_is_not_in(note: str, absent: set[str]) -> None:
    item = order(note, **dict.fromkeys(absent))
    assert counted([], Put(item, Order.customer.missing())) == told(Put(item, Order.customer.missing()), item)


@UNTIMED
@given(note=NOTES)
def test_a_put_over_an_item_whose_index_keys_all_change_costs_what_is_said(note: str) -> None:
    item = order(note)
    other = order(note, state="old", buyer="eve", kind="sale", total=Decimal(6))
    assert counted([other], Put(item)) == told(Put(item), item)


@UNTIMED
@given(note=NOTES)
def test_a_deletion_costs_what_is_said(note: str) -> None:
    item = order(note)
    assert counted([item], Delete(KEY)) == told(Delete(KEY), item)


@UNTIMED
@given(
    note=NOTES,
    changes=st.lists(
        st.sampled_from(
            [
                Order.lines.add(1),
                Order.total.set(Decimal(6)),
                Order.state.set("old"),
                Order.buyer.set("eve"),
                Order.kind.set("sale"),
            ]
        ),
        min_size=1,
        unique_by=lambda change: change.path.attribute.name,
    ),
)
def test_an_update_costs_what_is_said_in_each_index_that_it_touches(note: str, changes: list[Any]) -> None:
    item = order(note)
    update = Update(KEY, tuple(changes))
    assert counted([item], update) == told(update, item)


@UNTIMED
@given(note=NOTES)
def test_a_transaction_costs_twice_as_much(note: str) -> None:
    item, stock = order(note), Stock(item="pen", count=5)
    actions = [
        Create(item),
        Update(Stock.key("pen"), (Stock.count.add(-1),)),
        Check(Stock.key("ink"), Stock.count > 0),
    ]
    asked = transaction(actions)
    assert counted([stock, replace_item(stock, "ink")], asked) == told(asked, item, stock)


def replace_item(stock: Stock, item: str) -> Stock:
    return Stock(item=item, count=stock.count)


@UNTIMED
@given(notes=NOTES, count=st.integers(1, 30), consistent=st.booleans())
def test_a_batch_of_reads_costs_what_is_said(notes: str, count: int, consistent: bool) -> None:
    items = [order(notes, f"{n:02d}") for n in range(count)]
    asked = BatchGet(tuple(item.key for item in items), consistent)
    assert counted(items, asked) == told(asked, items[0])
    assert told(BatchGet(asked.keys[:1], consistent), items[0], items=count) == told(asked, items[0])


@UNTIMED
@given(note=NOTES, count=st.integers(1, 12))
def test_a_batch_of_deletions_costs_what_is_said(note: str, count: int) -> None:
    items = [order(note, f"{n:02d}") for n in range(count)]
    asked = BatchWrite(tuple(item.key for item in items))
    assert counted(items, asked) == told(asked, items[0])


@UNTIMED
@given(note=NOTES, count=st.integers(1, 40), consistent=st.booleans())
def test_a_page_of_a_query_costs_what_is_said(note: str, count: int, consistent: bool) -> None:
    items = [order(note, f"{n:02d}") for n in range(count)]
    query = Order.key.partition("ada")
    asked = query.consistent() if consistent else query
    assert counted(items, first_page(asked)) == told(asked, items[0], items=count)


@UNTIMED
@given(note=NOTES, count=st.integers(1, 40), by=st.sampled_from([Order.by_state("new"), Order.by_total("ada")]))
def test_a_query_by_an_index_costs_what_is_said(note: str, count: int, by: Query[Order, Any]) -> None:
    items = [order(note, f"{n:02d}") for n in range(count)]
    assert counted(items, first_page(by)) == told(by, items[0], items=count)


def test_a_query_of_several_pages_is_rounded_up_on_each() -> None:
    items = [order("x" * 90_000, f"{n:02d}") for n in range(25)]
    query = Order.key.partition("ada")
    page: Any = first_page(query)
    total = 0.0
    with Database("memory:") as db:
        db.create_tables(shop)
        db.batch_write(put=items)
        while page is not None:
            body = msgspec.json.encode({**page.request(0), "ReturnConsumedCapacity": "TOTAL"})
            answer = db.connection.call("Query", body)
            total += msgspec.json.decode(answer)["ConsumedCapacity"]["CapacityUnits"]
            page = page.read(answer, 0).next
    assert told(query, items[0], items=25) == total


def test_what_a_filter_drops_is_paid_for() -> None:
    query = Order.key.partition("ada").where(Order.lines > 5)
    sizes = Sizes(item_bytes=4096)
    assert [use.units for use in uses(query, Amount(10, keeps=0.25), sizes)] == [20.0]


@pytest.mark.parametrize("size", [1, 1024, 1025, 4096, 4097])
def test_the_size_that_a_pattern_gives_counts(size: int) -> None:
    assert [use.units for use in uses(Get(KEY), Amount(), Sizes(size))] == [0.5 if size <= 4096 else 1.0]
    assert uses(Update(Stock.key("pen"), (Stock.count.add(1),)), Amount(), Sizes(size))[0].units == -(-size // 1024)


def consumed(before: Sequence[Any], run: Callable[[Database], object]) -> tuple[float, float]:
    """The read and write units of all calls that a write makes."""
    faults = Faults(Database("memory:").connection)
    with Database(faults) as db:
        db.create_tables(people)
        for each in before:
            db.put(each)
        faults.calls.clear()
        run(db)
    return float(faults.calls.total_rcu), float(faults.calls.total_wcu)


def told_apart(asked: Statement[Any]) -> tuple[float, float]:
    takes = uses(asked, Amount(), Sizes(300))
    return tuple(sum(use.units for use in takes if use.kind == kind) for kind in ("read", "write"))  # type: ignore[return-value]


def person(email: str = "a@x", city: str = "Rome") -> Person:
    return Person(org="o", id="1", email=email, nick=email[:3], city=city)


ADA = Person.key("o", "1")


def test_a_new_item_with_unique_values_costs_its_markers_too() -> None:
    assert consumed([], lambda db: db.create(person())) == told_apart(Create(any_(Person))) == (0, 8)


def test_changing_a_unique_value_costs_a_claim_a_release_and_two_reads() -> None:
    change = Person.email.set("b@x")
    assert consumed([person()], lambda db: db.update(ADA, change)) == told_apart(Update(ADA, (change,)))


def test_changing_no_unique_value_costs_what_it_does_elsewhere() -> None:
    change = Person.age.add(1)
    assert consumed([person()], lambda db: db.update(ADA, change)) == told_apart(Update(ADA, (change,))) == (0, 2)


def test_deleting_unique_values_costs_their_release() -> None:
    assert consumed([person()], lambda db: db.delete(ADA)) == told_apart(Delete(ADA))


def test_a_put_over_other_unique_values_costs_what_is_said() -> None:
    def put_over(db: Database) -> None:
        stored = db.get(ADA)
        assert stored is not None
        stored.email, stored.nick, stored.city = "b@x", "b", "Pisa"
        db.put(stored)

    reads, writes = consumed([person()], put_over)
    assert (reads - 0.5, writes) == told_apart(Put(person()))


def test_reading_together_costs_twice_a_consistent_read() -> None:
    items = [person(), Team(org="o", name="t")]
    asked = transact_get([ADA, Team.key("o", "t")])
    assert consumed(items, lambda db: db.run(asked)) == told_apart(asked) == (4, 0)


@UNTIMED
@given(count=st.integers(1, 60))
def test_an_item_collection_costs_what_is_said(count: int) -> None:
    members = [Team(org="o", name=f"{n:020d}") for n in range(count)]
    size = item_size(Team.__definition__.encode(members[0]))
    asked = collection(Person.key.partition("o"), Team.key.partition("o"))
    takes = uses(asked, Amount(count), Sizes(size))
    assert {use.definition for use in takes} == {Person.__definition__, Team.__definition__}
    reads, _ = consumed(members, lambda db: db.run(first_page(asked)))
    assert sum(use.units for use in takes) == reads
