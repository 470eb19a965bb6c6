from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from dynalayer import (
    Accepted,
    AccessPattern,
    Attr,
    Create,
    Database,
    Delete,
    Entity,
    Get,
    Index,
    InvalidValue,
    LocalIndex,
    Put,
    Table,
    Update,
    any_,
    attr,
    binary,
    collection,
    index,
    primary,
    scan,
    write_shard,
)
from dynalayer.access import CannotCheck, Prices
from dynalayer.statements import Plan, Raw, TransactGet, Transaction

from .modules import checked, found, module
from .shop import Order, Person, Stock, Team

ORDERS = AccessPattern("orders", Order.key.partition(any_(str)), items=10)
STOCK = AccessPattern("stock", Get(Stock.key(any_(str))))


def test_patterns_that_are_right_have_no_finding_but_what_is_left_out() -> None:
    patterns = [
        ORDERS,
        STOCK,
        AccessPattern("by state", Order.by_state(any_(str)), items=10),
        AccessPattern("by total", Order.by_total(any_(str)), items=10),
    ]
    report = checked(*patterns)
    assert {(each.code, each.name) for each in report.findings if each.severity != "hint"} == {
        ("unused-index", "by-buyer"),
        ("unused-index", "by-kind"),
    }
    assert [row.pattern for row in report.rows] == ["orders", "stock", "by state", "by total"]


def test_a_filter_that_wastes_more_than_is_accepted_is_refused() -> None:
    query = Order.key.partition(any_(str)).where(Order.lines > 5)
    report = checked(AccessPattern("few", query, items=10, keeps=0.1))
    assert [each.severity for each in found(report, "waste")] == ["error"]
    assert "drops 90%" in found(report, "waste")[0].reason
    assert not found(checked(AccessPattern("few", query, items=10, keeps=0.1), max_waste=0.95), "waste")
    assert [each.severity for each in found(checked(AccessPattern("few", query)), "waste")] == ["warning"]


def test_an_index_that_lacks_attributes_gives_no_whole_items() -> None:
    report = checked(AccessPattern("by buyer", Order.by_buyer(any_(str)).where(Order.lines > 5), items=1, keeps=1))
    reasons = [each.reason for each in found(report, "projection")]
    assert "by-buyer does not carry customer, id, total, lines, note, tags, state, kind" in reasons[0]
    assert "the filter names lines" in reasons[1]


def test_a_transaction_past_the_limits_is_refused() -> None:
    deletions = tuple(Delete(Stock.key(f"{n}")) for n in range(101))
    puts = tuple(Put(Order(customer="ada", id=f"{n}")) for n in range(50))
    report = checked(
        AccessPattern("many", Transaction(deletions)),
        AccessPattern("large", Transaction(puts)),
        AccessPattern("small", Transaction(puts), item_bytes=1000),
    )
    reasons = {each.name: each.reason for each in found(report, "transaction")}
    assert reasons.keys() == {"many", "large"}
    assert "101 actions, the service takes 100" in reasons["many"]
    assert "(Order)" in reasons["large"]


def test_a_hot_partition_is_told_with_the_shards_that_it_needs() -> None:
    hits = AccessPattern("hits", Update(Stock.key("popular"), (Stock.count.add(1),)), per_second=1500)
    more = AccessPattern("more", Update(Stock.key("popular"), (Stock.count.add(1),)), per_second=1000)
    spread = AccessPattern("spread", Update(Stock.key(any_(str)), (Stock.count.add(1),)), per_second=9000)
    report = checked(hits, more, spread, AccessPattern("cold", Get(Stock.key("popular")), per_second=100))
    [warning] = found(report, "hot-partition")
    assert "2,500 write units a second (from 'hits', 'more')" in warning.reason
    assert "3 shards" in warning.way_out


def test_an_index_partition_that_all_items_share_is_hot_as_well() -> None:
    put = AccessPattern("sell", Create(Order(customer=any_(str), id=any_(str), kind="sale")), per_second=2000)
    assert "index by-kind of access" in [each.name for each in found(checked(put), "hot-partition")]


def test_entities_that_no_pattern_reaches_are_named() -> None:
    assert [each.name for each in found(checked(ORDERS), "unreached")] == ["Stock"]


def test_what_grows_with_each_call_is_hinted_unless_it_is_bounded() -> None:
    key, change = Order.key(any_(str), any_(str)), Order.tags.add({"a"})
    grows = AccessPattern("tag", Update(key, (change,)))
    bounded = AccessPattern("tag once", Update(key, (change,), ~Order.tags.contains("a")))
    assert [each.name for each in found(checked(grows, bounded), "growth")] == ["tag"]


wide = Table("wide", pk="PK", sk="SK", indexes=[LocalIndex("by-at", sk="at")])


class Wide(Entity, table=wide):
    owner: Attr[str] = attr()
    title: Attr[str] = attr(max_bytes=600)
    at: Attr[str] = attr()
    body: Attr[bytes] = attr(max_bytes=500_000)
    key = primary(owner, title, pk="WIDE#{owner}", sk="{title}")
    by_at = index("by-at", key, at)


def test_keys_and_items_that_can_pass_the_limits_are_named_with_the_room_left() -> None:
    report = checked(AccessPattern("wide", Get(Wide.key(any_(str), any_(str)))))
    warning, too_long, native = found(report, "key-size")
    assert (warning.severity, too_long.severity) == ("warning", "error")
    assert "owner has no bound" in warning.reason
    assert "at most 1,021 (2,043 bytes are left" in warning.way_out
    assert "'SK' of wide can have 1,200 bytes, the service takes 1,024" in too_long.reason
    assert "at most 1,024 (1,024 bytes are left)" in native.way_out
    assert [each.severity for each in found(report, "item-size")] == ["error"]


def test_a_table_with_local_indexes_has_a_bound_on_each_partition() -> None:
    [hint] = found(checked(AccessPattern("wide", Get(Wide.key(any_(str), any_(str))))), "collection")
    assert hint.name == "wide"
    assert "10 GB" in hint.reason


twin = Table("wide", pk="PK", sk="SK")


class Twin(Entity, table=twin):
    owner: Attr[str] = attr(max_bytes=10)
    key = primary(owner, pk="WIDE#{owner}", sk="T")


def test_entities_of_two_declarations_of_one_table_are_held_against_each_other() -> None:
    get = AccessPattern("get", Get(Twin.key(any_(str))))
    report = checked(get, AccessPattern("wide", Get(Wide.key(any_(str), any_(str)))))
    [overlap] = found(report, "overlap")
    assert overlap.severity == "error"
    assert "WIDE#{owner}" in overlap.reason


def test_an_accepted_finding_is_a_hint_with_its_reason() -> None:
    accepted = Accepted("unused-index", "by-buyer", "read by the reporting job")
    report = checked(ORDERS, accepted)
    [hint] = found(report, "unused-index", "by-buyer")
    assert (hint.severity, hint.way_out) == ("hint", "accepted: read by the reporting job")


def test_how_many_items_come_back_is_asked_for() -> None:
    unsized = AccessPattern("unsized", Order.key.partition(any_(str)))
    limited = AccessPattern("limited", Order.key.partition(any_(str)).limit(5))
    assert [each.name for each in found(checked(unsized, limited), "unsized")] == ["unsized"]


def test_a_scan_is_refused_unless_it_says_why() -> None:
    everything = scan(Order)
    with pytest.raises(InvalidValue, match="no reason"):
        AccessPattern("all", everything, scan=" ")
    [refused] = found(checked(AccessPattern("all", everything, items=1000)), "scan")
    assert (refused.severity, refused.name) == ("error", "all")
    report = checked(AccessPattern("all", everything, items=1000, item_bytes=400, scan="nightly export"))
    assert not found(report, "scan")
    assert (report.rows[0].by, report.rows[0].read_units) == ("all Order", 49.0)


def test_selected_attributes_need_no_whole_items_of_an_index() -> None:
    keys = AccessPattern("buyers", Order.by_buyer(any_(str)).select(Order.customer, Order.id), items=10)
    assert not found(checked(keys), "projection")
    assert checked(keys).rows[0].operation == "Query"


def test_a_call_whose_cost_cannot_be_told_is_refused() -> None:
    raw = AccessPattern("raw", Raw("Scan", {"TableName": "access"}))
    assert "what a Raw takes cannot be told" in found(checked(raw), "statement")[0].reason


def test_the_price_of_a_month_is_that_of_its_units() -> None:
    prices = Prices("for a test", Decimal(1), Decimal(10), currency="EUR")
    write = AccessPattern("write", Update(Stock.key(any_(str)), (Stock.count.add(1),)), per_second=2)
    [row] = checked(write, prices=prices).rows
    assert row.month == Decimal(2 * 730 * 3600 * 10) / 1_000_000


def test_a_module_without_patterns_cannot_be_checked() -> None:
    with pytest.raises(CannotCheck, match="made_for_a_test: no AccessPattern"):
        checked()


def test_patterns_are_found_as_single_values_too() -> None:
    from dynalayer.access import check

    report = check(module(one=ORDERS), module(STOCK, again=STOCK))
    assert [row.pattern for row in report.rows] == ["orders", "stock"]


@pytest.mark.parametrize("options", [{"items": 0}, {"keeps": 1.5}, {"per_second": -1}, {"item_bytes": 0}])
def test_a_pattern_with_numbers_that_cannot_be_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue, match="access pattern 'wrong'"):
        AccessPattern("wrong", Get(Stock.key("a")), **options)


def test_what_is_no_statement_is_refused() -> None:
    with pytest.raises(Exception, match="expected a statement, a query or a scan, got Key"):
        AccessPattern("wrong", Stock.key("a"))  # type: ignore[arg-type]
    with pytest.raises(Exception, match="got Plan"):
        AccessPattern("wrong", Plan("plan", lambda clock: iter(())))  # type: ignore[arg-type, return-value]


other = Table("other", pk="id", indexes=[Index("by-day", pk="day")])


class Daily(Entity, table=other):
    id: Attr[str] = attr(max_bytes=10)
    day: Attr[str] = attr(max_bytes=10)
    key = primary(id)
    by_day = index("by-day", day)


def test_an_index_that_the_table_lost_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    by_day = AccessPattern("by day", Daily.by_day(any_(str)), items=5)
    monkeypatch.delitem(other.indexes, "by-day")
    assert "other has no index 'by-day'; it has: none" in found(checked(by_day), "index")[0].reason


class Hit(Entity, table=Table("hits", pk="PK", sk="SK")):
    id: Attr[str] = attr(max_bytes=40)
    shard: Attr[int] = write_shard(4, of=id)
    key = primary(shard, id, pk="ALL#{shard}", sk="{id}")


def test_a_sharded_key_takes_as_much_as_its_shards() -> None:
    below = AccessPattern("below", Create(any_(Hit)), per_second=3900)
    assert not found(checked(below), "hot-partition")
    [warning] = found(checked(AccessPattern("above", Create(any_(Hit)), per_second=4100)), "hot-partition")
    assert "1,025 write units a second" in warning.reason
    assert "5 shards" in warning.way_out


def test_too_many_keys_for_one_transaction_are_refused() -> None:
    keys = tuple(Stock.key(f"{n}") for n in range(101))
    [refused] = found(checked(AccessPattern("all", TransactGet(keys))), "transaction")
    assert "101 keys" in refused.reason


def test_an_item_collection_reaches_all_its_entities() -> None:
    together = AccessPattern("people and teams", collection(Person.key.partition("o"), Team.key.partition("o")))
    report = checked(together)
    assert report.rows[0].by == "org = ?: Person, Team"
    assert not found(report, "unreached")
    assert found(report, "unsized")


class Animal(Entity, table=Table("animals", pk="PK", discriminator="type")):
    id: Attr[str] = attr(max_bytes=10)
    key = primary(id, pk="ANIMAL#{id}")


class Dog(Animal, table=Animal.__definition__.table):
    story: Attr[str] = attr(default="", max_bytes=9000)


def test_reading_an_entity_reaches_those_derived_from_it_and_is_priced_by_the_largest() -> None:
    report = checked(AccessPattern("an animal", Get(Animal.key(any_(str)))))
    assert not found(report, "unreached")
    assert report.rows[0].read_units == 1.5


class Account(Entity, table=Table("accounts", pk="PK")):
    id: Attr[str] = attr(max_bytes=10)
    email: Attr[str] = attr(unique=True)
    image: Attr[bytes] = attr(unique=True, max_bytes=1800)
    key = primary(id, pk="ACCOUNT#{id}")


def test_unique_values_must_fit_the_keys_of_their_markers() -> None:
    open_end, too_long = found(checked(AccessPattern("get", Get(Account.key(any_(str))))), "key-size")
    assert (open_end.severity, too_long.severity) == ("warning", "error")
    longest = 2048 - len("UNIQUE#Account#email#")
    assert f"at most {longest:,}" in open_end.way_out
    with Database("memory:") as db:
        db.create_tables(Account.__definition__.table)
        db.create(Account(id="1", email="x" * longest, image=b""))
        with pytest.raises(InvalidValue, match="2048"):
            db.create(Account(id="2", email="x" * (longest + 1), image=b""))
        with pytest.raises(InvalidValue, match="2048"):
            db.create(Account(id="3", email="y", image=b"x" * 1800))


blobs = Table("blobs", pk=binary("id"))


class Blob(Entity, table=blobs):
    id: Attr[bytes] = attr()
    key = primary(id)


def test_binary_keys_are_held_to_the_same_limits() -> None:
    [warning] = found(checked(AccessPattern("get", Get(Blob.key(any_(bytes))))), "key-size")
    assert "'id' of blobs can pass 2,048 bytes" in warning.reason
