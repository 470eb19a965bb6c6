"""What is told of a statement before it is made."""

from datetime import date
from decimal import Decimal

import pytest

from dynalayer import Check, Create, Delete, Get, Key, Prices, Put, Update, collection, scan
from dynalayer.statements import (
    BatchWrite,
    DescribeTable,
    Patience,
    Raw,
    counted,
    explain,
    first_page,
    read_batch,
    transact_get,
    transaction,
)

from .shop import ADA, LISTED, NOTE, Listed, Note, Order

PARTITION = Order.key.partition("ada")
PRICES = Prices("eu-west-1", Decimal("0.14"), Decimal("0.70"), date(2026, 11, 1))


def test_a_get_costs_by_4_kb_and_half_when_eventually_consistent() -> None:
    assert str(explain(Get(NOTE))) == "GetItem on plain, one item by its key, 0.5 RCU for each 4 KB of it, no scan"
    known = explain(Get(NOTE, consistent=True), item_bytes=9_000)
    assert (known.read_units, known.is_least) == (3.0, False)
    assert "3 RCU for 9,000 bytes" in str(known)
    assert "whole items are paid for" in str(explain(NOTE.select(Note.text)))


def test_a_query_of_known_size_tells_its_units_and_pages() -> None:
    found = explain(PARTITION, items=3_000, item_bytes=1_000)
    assert (found.read_units, found.calls, found.is_scan) == (366.5, 3, False)
    assert "~366.5 RCU for 3,000 items of 1,000 bytes in 3 pages, no scan" in str(found)
    assert explain(PARTITION.limit(10), items=3_000, item_bytes={Order: 1_000}).read_units == 1.5
    assert explain(PARTITION.limit(10).where(Order.lines > 1), items=3_000, item_bytes=1_000).read_units == 366.5


def test_a_scan_is_told_to_be_one() -> None:
    text = str(explain(scan(Order).where(Order.lines > 3)))
    assert text.startswith("Scan on statements, all of the table, ~0.5 RCU a page of 4 KB")
    assert "A SCAN; its cost grows with the table" in text
    assert "no scan" not in text
    assert "items of other entities are read, paid for and left out" in text
    assert explain(scan(Note)).is_scan
    assert "by index GSI1, all of the index" in str(explain(scan(Order.by_state)))


def test_a_collection_a_count_and_a_selection_are_explained_as_the_reading_they_are() -> None:
    both = collection(Order.key.partition("ada").at_least("5"), Order.key.partition("ada").equals("1"))
    assert "one partition, 2 entities (Order, Order), a range of sort keys" in str(explain(both))
    assert str(explain(counted(PARTITION))).startswith("count by Query on statements, one partition")
    assert "the service counts" in str(explain(counted(PARTITION)))
    assert "only some attributes are sent" in str(explain(PARTITION.select(Order.id)))
    assert explain(first_page(PARTITION)) == explain(PARTITION)


def test_a_put_costs_by_the_size_of_its_item_and_the_indexes_that_hold_it() -> None:
    note = explain(Put(Note(id="n", text="x" * 2_000)))
    assert (note.write_units, note.is_least) == (2.0, False)
    assert str(note) == "PutItem on plain, one item by its key, 2 WCU for 2,007 bytes"
    with_index = explain(Create(Listed(id="1", title="x")))
    assert with_index.write_units == 2.0
    assert "for 1 index (twice if a key changes)" in str(with_index)
    assert explain(Put(Order(customer="ada", id="1"))).write_units == 1.0
    assert explain(Put(Order(customer="ada", id="1", state="new"))).write_units == 2.0


def test_a_change_costs_as_much_as_the_item_and_the_indexes_it_touches() -> None:
    change = explain(Update(NOTE, (Note.stars.set(1),), if_=Note.text == "a"), item_bytes=3_000)
    assert change.write_units == 3.0
    assert "a condition that fails costs as much" in str(change)
    assert explain(Update(LISTED, (Listed.title.set("x"),))).write_units == 2.0
    assert explain(Delete(LISTED), item_bytes=2_000).write_units == 4.0


def test_a_transaction_costs_twice() -> None:
    found = explain(transaction([Put(Note(id="n", text="x")), Delete(Note.key("m")), Check(ADA, Order.lines > 1)]))
    assert (found.write_units, found.table) == (6.0, "plain, statements")
    assert "3 items by their keys, together, at least 6 WCU; twice what" in str(found)
    assert explain(Check(ADA, Order.lines > 1)).write_units == 2.0
    read = explain(transact_get([NOTE, ADA]), item_bytes=100)
    assert (read.read_units, read.is_least) == (4.0, False)


def test_batches_are_explained_by_their_keys_and_entities() -> None:
    keys: list[Key[Note]] = [Note.key(f"{n}") for n in range(250)]
    found = explain(keys)
    assert (found.read_units, found.calls) == (125.0, 3)
    assert "250 items by their keys, each on its own, at least 125 RCU in 3 calls" in str(found)
    assert explain(read_batch(keys, Patience(4, lambda attempt: 0.0))).read_units == 125.0
    writes = explain([Note(id="a", text="x"), Note.key("b")])
    assert (writes.operation, writes.write_units) == ("BatchWriteItem", 2.0)
    assert explain(BatchWrite((Note(id="a", text="x"),))).write_units == 1.0


def test_money_is_told_by_the_prices_given_and_their_date() -> None:
    found = explain(Get(NOTE), item_bytes=100, prices=PRICES)
    assert found.million == Decimal("0.07")
    assert str(found).endswith("; 0.07 USD for a million (on demand in eu-west-1, prices of 2026-11-01)")
    assert "at least 0.7 USD for a million" in str(explain(Delete(NOTE), prices=PRICES))


def test_what_costs_no_units_and_what_cannot_be_explained() -> None:
    assert str(explain(DescribeTable("plain"))) == "DescribeTable on plain, no capacity"
    assert str(explain(Raw("Scan", {"TableName": "plain"}))) == "Scan on plain, units not known"
    with pytest.raises(TypeError, match="explain takes a statement"):
        explain(3)  # type: ignore[arg-type]
