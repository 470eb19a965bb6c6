"""Generated from `test_async_tables.py` by `scripts/generate_sync.py`; change that file."""

from __future__ import annotations

from datetime import date

import pytest

from dynalayer import (
    Database,
    DefinitionError,
    Index,
    IndexProgress,
    InvalidValue,
    LocalIndex,
    ResourceNotFound,
    Table,
    ValidationError,
    number,
    scan,
)
from dynalayer.statements import DescribeRecovery, DescribeTags, Raw

from .meters import Parcel, Reading, fresh, same

MONDAY, TUESDAY = date(2026, 11, 16), date(2026, 11, 17)


def readings(db: Database) -> None:
    places = [("t", "eu"), ("t", "us"), ("u", "eu")]
    db.batch_write(
        put=[
            Reading(tenant=tenant, region=region, day=day, n=n, label=region, unit="K", value=n)
            for tenant, region in places
            for day in (MONDAY, TUESDAY)
            for n in (-3, 2, 10)
        ]
    )


def parcels_of(db: Database) -> None:
    db.batch_write(
        put=[
            Parcel(
                customer=customer, id=str(n), weight=n % 3 or None, street="ab"[n % 2], house=n, note="n", state="new"
            )
            for customer in ("ada", "eve")
            for n in range(7)
        ]
    )


def test_a_partition_of_several_attributes_holds_the_items_with_all_of_them(
    ours: Database,
) -> None:
    readings(ours)
    found = list(ours.query(Reading.by_region("t", "eu")))
    assert [(reading.day, reading.n) for reading in found] == [
        (day, n) for day in (MONDAY, TUESDAY) for n in (-3, 2, 10)
    ]
    assert {(reading.tenant, reading.region) for reading in found} == {("t", "eu")}


def test_sort_attributes_are_named_from_the_left_and_the_last_may_be_a_range(ours: Database) -> None:
    readings(ours)
    tuesday = Reading.by_region("t", "eu").equals(TUESDAY)
    assert [reading.n for reading in ours.query(tuesday)] == [-3, 2, 10]
    assert [reading.n for reading in ours.query(tuesday.at_least(2).descending())] == [10, 2]
    assert [reading.n for reading in ours.query(tuesday.equals(2))] == [2]
    later = Reading.by_region("t", "eu").after(MONDAY)
    assert [reading.day for reading in ours.query(later.limit(2))] == [TUESDAY, TUESDAY]


def test_a_template_may_fill_each_key_attribute(ours: Database) -> None:
    readings(ours)
    found = Reading.by_label("t", "K")
    assert [reading.label for reading in ours.query(found)] == ["eu"] * 6 + ["us"] * 6
    assert [reading.n for reading in ours.query(found.equals("us").before(2))] == [-3, -3]
    behind = found.equals("us").equals(2).at_least(TUESDAY)
    assert [reading.day for reading in ours.query(behind)] == [TUESDAY]


def test_pages_of_an_index_of_several_attributes_follow_each_other(ours: Database) -> None:
    readings(ours)
    query, seen, cursor = Reading.by_region("t", "eu").descending(), list[int](), None
    while True:
        page = ours.page(query, size=4, after=cursor)
        seen += [reading.n for reading in page.items]
        cursor = page.cursor
        if cursor is None:
            break
    assert seen == [10, 2, -3, 10, 2, -3]


def test_an_index_of_several_attributes_is_counted_and_scanned_like_any(ours: Database) -> None:
    readings(ours)
    tuesday = Reading.by_region("t", "eu").equals(TUESDAY)
    assert ours.count(tuesday.at_least(2)) == 2
    rows = list(ours.query(tuesday.before(10).select(Reading.n, Reading.region)))
    assert rows == [(-3, "eu"), (2, "eu")]
    scanned, cursor = list[int](), None
    while True:
        page = ours.page(scan(Reading.by_region), size=5, after=cursor)
        scanned += [reading.n for reading in page.items]
        cursor = page.cursor
        if cursor is None:
            break
    assert sorted(scanned) == sorted([-3, 2, 10] * 6)


def test_updates_move_an_item_between_partitions_and_out_of_the_index(ours: Database) -> None:
    ours.put(Reading(tenant="t", region="eu", day=MONDAY, n=1, unit="K"))
    key = Reading.key("t", MONDAY, 1, "x")
    ours.update(key, Reading.region.set("us"), Reading.unit.set("C"))
    assert [reading.value for reading in ours.query(Reading.by_region("t", "eu"))] == []
    assert [reading.unit for reading in ours.query(Reading.by_region("t", "us"))] == ["C"]
    assert [reading.unit for reading in ours.query(Reading.by_label("t", "C"))] == ["C"]
    ours.update(key, Reading.region.remove(), Reading.unit.remove())
    assert [reading.unit for reading in ours.query(Reading.by_region("t", "us"))] == []
    assert [reading.unit for reading in ours.query(Reading.by_label("t", "C"))] == []
    assert ours.get(key) == Reading(tenant="t", day=MONDAY, n=1)


def test_a_local_index_sorts_a_partition_by_another_attribute(indexed: Database) -> None:
    parcels_of(indexed)
    found = list(indexed.query(Parcel.by_weight("ada").consistent()))
    assert [parcel.weight for parcel in found] == [1, 1, 2, 2]
    assert {parcel.note for parcel in found} == {"n"}
    assert {parcel.customer for parcel in found} == {"ada"}
    heavy = Parcel.by_weight("ada").at_least(2)
    assert sorted([parcel.id for parcel in indexed.query(heavy)]) == ["2", "5"]


def test_a_local_index_may_have_a_template(indexed: Database) -> None:
    parcels_of(indexed)
    street = Parcel.by_street("eve").equals("a")
    assert [parcel.house for parcel in indexed.query(street.consistent())] == [0, 2, 4, 6]
    assert [parcel.house for parcel in indexed.query(street.between(1, 4).descending())] == [4, 2]


def test_an_item_that_lost_its_sort_attribute_is_not_in_the_local_index(indexed: Database) -> None:
    indexed.put(Parcel(customer="ada", id="1", weight=5))
    assert [parcel.id for parcel in indexed.query(Parcel.by_weight("ada"))] == ["1"]
    indexed.update(Parcel.key("ada", "1"), Parcel.weight.remove())
    assert [parcel.id for parcel in indexed.query(Parcel.by_weight("ada"))] == []


def test_whole_items_are_not_read_from_a_global_index_that_carries_less(indexed: Database) -> None:
    with pytest.raises(InvalidValue, match=r"by-state.* does not carry street, house"):
        _ = list(indexed.query(Parcel.by_state("new")))


def test_tables_are_made_with_all_that_they_declare(empty: Database) -> None:
    table = fresh(
        indexes=[Index("by-a", pk="a", sk=number("b"), projection=["c"]), LocalIndex("by-d", sk="d")],
        ttl="expires",
        stream="NEW_AND_OLD_IMAGES",
        point_in_time_recovery=True,
        tags={"team": "shop"},
    )
    empty.create_tables(table)
    found = empty.describe(table.name)
    assert found["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert found["GlobalSecondaryIndexes"][0]["Projection"] == {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["c"]}
    assert found["LocalSecondaryIndexes"][0]["IndexName"] == "by-d"
    assert empty.table_differences(table) == []
    empty.create_tables(table)


def test_recovery_tags_and_protection_are_set_where_the_engine_has_them(complete: Database) -> None:
    table = fresh(point_in_time_recovery=True, deletion_protection=True, tags={"team": "shop"})
    complete.create_tables(table)
    found = complete.describe(table.name)
    assert complete.run(DescribeRecovery(table.name))
    assert complete.run(DescribeTags(found["TableArn"])) == ({"team": "shop"}, None)
    with pytest.raises(ValidationError, match="protect"):
        complete.delete_tables(table)
    complete.run(Raw("UpdateTable", {"TableName": table.name, "DeletionProtectionEnabled": False}))


def test_settings_of_a_table_that_is_there_are_brought_up(empty: Database) -> None:
    plain = fresh()
    empty.create_tables(plain)
    table = same(plain, ttl="expires", stream="KEYS_ONLY")
    assert [str(difference) for difference in empty.table_differences(table)] == [
        "ttl: declared expires, found none; create_tables() sets it",
        "stream: declared KEYS_ONLY, found none; create_tables() sets it",
    ]
    empty.create_tables(table)
    assert empty.table_differences(table) == []
    empty.create_tables(plain)
    assert empty.table_differences(table) == []


def test_recovery_tags_and_protection_are_brought_up_where_they_exist(
    complete: Database,
) -> None:
    first = fresh(tags={"team": "shop", "stage": "test"})
    complete.create_tables(first)
    table = same(first, point_in_time_recovery=True, deletion_protection=True, tags={"team": "till", "cost": "7"})
    assert [difference.what for difference in complete.table_differences(table)] == [
        "deletion protection",
        "point-in-time recovery",
        "tag 'team'",
        "tag 'cost'",
    ]
    complete.create_tables(table)
    assert complete.table_differences(table) == []
    arn = (complete.describe(table.name))["TableArn"]
    assert (complete.run(DescribeTags(arn)))[0] == {"team": "till", "stage": "test", "cost": "7"}
    complete.run(Raw("UpdateTable", {"TableName": table.name, "DeletionProtectionEnabled": False}))


def test_a_table_of_another_shape_is_refused_with_every_difference(empty: Database) -> None:
    there = fresh(
        indexes=[Index("by-a", pk="a"), Index("by-b", pk="b", projection=["x", "y"]), LocalIndex("by-c", sk="c")],
        ttl="until",
        stream="KEYS_ONLY",
    )
    empty.create_tables(there)
    indexes = [
        Index("by-a", pk=number("a"), sk="SK"),
        Index("by-b", pk="b", projection=["y", "x"]),
        LocalIndex("by-c", sk="c", projection="KEYS_ONLY"),
        LocalIndex("by-d", sk="d"),
        Index("by-e", pk="e"),
    ]
    other = Table(there.name, pk="PK", sk=number("SK2"), indexes=[*indexes[:1], *indexes[1:]], ttl="expires")
    new = fresh()
    with pytest.raises(DefinitionError) as caught:
        empty.create_tables(new, other)
    assert str(caught.value).splitlines() == [
        f"table {there.name!r} exists in another shape, nothing was changed:",
        "- keys: declared pk PK (S), sk SK2 (N), found pk PK (S), sk SK (S); only a new table can have it",
        "- global index 'by-a': declared pk a (N), sk SK (S), found pk a (S); turn it off or delete it first",
        "- projection of local index 'by-c': declared KEYS_ONLY, found ALL; only a new table can have it",
        "- local index 'by-d': declared pk PK (S), sk d (S), found none; only a new table can have it",
        "- global index 'by-e': declared pk e (S), found none; add_index() adds and fills it",
        "- ttl: declared expires, found until; turn it off or delete it first",
    ]
    with pytest.raises(ResourceNotFound):
        empty.describe(new.name)


def test_an_index_is_added_and_filled_and_its_progress_told(empty: Database) -> None:
    there = fresh()
    empty.create_tables(there)
    item = {"PK": {"S": "p"}, "SK": {"S": "s"}, "a": {"S": "x"}}
    empty.run(Raw("PutItem", {"TableName": there.name, "Item": item}))
    table, seen = same(there, indexes=[Index("by-a", pk="a", sk="PK")]), list[IndexProgress]()
    with pytest.raises(DefinitionError, match=r"add_index\(\) adds and fills it"):
        empty.create_tables(table)
    empty.add_index(table, "by-a", progress=seen.append)
    assert (seen[-1].index, seen[-1].status) == ("by-a", "ACTIVE")
    condition = {"KeyConditionExpression": "a = :a", "ExpressionAttributeValues": {":a": {"S": "x"}}}
    query = Raw("Query", {"TableName": there.name, "IndexName": "by-a", **condition})
    assert (empty.run(query))["Items"] == [item]
    empty.create_tables(table)
    empty.add_index(table, "by-a")


def test_an_index_that_cannot_be_added_is_refused(empty: Database) -> None:
    there = fresh(indexes=[Index("by-a", pk="a")])
    empty.create_tables(there)
    table = same(there, indexes=[Index("by-a", pk="b"), LocalIndex("by-c", sk="c")])
    with pytest.raises(DefinitionError, match="declared pk b"):
        empty.add_index(table, "by-a")
    with pytest.raises(DefinitionError, match="can have a local index only from the start"):
        empty.add_index(table, "by-c")
    with pytest.raises(DefinitionError, match="has no index of that name"):
        empty.add_index(table, "by-x")


def test_tables_are_deleted_and_missing_ones_are_no_error(empty: Database) -> None:
    first, second = fresh(), fresh()
    empty.create_tables(first)
    empty.delete_tables(first, second)
    assert [name for name in empty.table_names() if name in (first.name, second.name)] == []
    (missing,) = empty.table_differences(first)
    assert str(missing) == "table: declared it, found none; create_tables() sets it"
