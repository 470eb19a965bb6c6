"""Tables and their indexes, on every engine; `test_tables.py` is generated from this file."""

from __future__ import annotations

from datetime import date

import pytest

from dynalayer import (
    AsyncDatabase,
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

pytestmark = pytest.mark.anyio

MONDAY, TUESDAY = date(2026, 11, 16), date(2026, 11, 17)


async def readings(db: AsyncDatabase) -> None:
    places = [("t", "eu"), ("t", "us"), ("u", "eu")]
    await db.batch_write(
        put=[
            Reading(tenant=tenant, region=region, day=day, n=n, label=region, unit="K", value=n)
            for tenant, region in places
            for day in (MONDAY, TUESDAY)
            for n in (-3, 2, 10)
        ]
    )


async def parcels_of(db: AsyncDatabase) -> None:
    await db.batch_write(
        put=[
            Parcel(
                customer=customer, id=str(n), weight=n % 3 or None, street="ab"[n % 2], house=n, note="n", state="new"
            )
            for customer in ("ada", "eve")
            for n in range(7)
        ]
    )


async def test_a_partition_of_several_attributes_holds_the_items_with_all_of_them(
    async_ours: AsyncDatabase,
) -> None:
    await readings(async_ours)
    found = [reading async for reading in async_ours.query(Reading.by_region("t", "eu"))]
    assert [(reading.day, reading.n) for reading in found] == [
        (day, n) for day in (MONDAY, TUESDAY) for n in (-3, 2, 10)
    ]
    assert {(reading.tenant, reading.region) for reading in found} == {("t", "eu")}


async def test_sort_attributes_are_named_from_the_left_and_the_last_may_be_a_range(async_ours: AsyncDatabase) -> None:
    await readings(async_ours)
    tuesday = Reading.by_region("t", "eu").equals(TUESDAY)
    assert [reading.n async for reading in async_ours.query(tuesday)] == [-3, 2, 10]
    assert [reading.n async for reading in async_ours.query(tuesday.at_least(2).descending())] == [10, 2]
    assert [reading.n async for reading in async_ours.query(tuesday.equals(2))] == [2]
    later = Reading.by_region("t", "eu").after(MONDAY)
    assert [reading.day async for reading in async_ours.query(later.limit(2))] == [TUESDAY, TUESDAY]


async def test_a_template_may_fill_each_key_attribute(async_ours: AsyncDatabase) -> None:
    await readings(async_ours)
    found = Reading.by_label("t", "K")
    assert [reading.label async for reading in async_ours.query(found)] == ["eu"] * 6 + ["us"] * 6
    assert [reading.n async for reading in async_ours.query(found.equals("us").before(2))] == [-3, -3]
    behind = found.equals("us").equals(2).at_least(TUESDAY)
    assert [reading.day async for reading in async_ours.query(behind)] == [TUESDAY]


async def test_pages_of_an_index_of_several_attributes_follow_each_other(async_ours: AsyncDatabase) -> None:
    await readings(async_ours)
    query, seen, cursor = Reading.by_region("t", "eu").descending(), list[int](), None
    while True:
        page = await async_ours.page(query, size=4, after=cursor)
        seen += [reading.n for reading in page.items]
        cursor = page.cursor
        if cursor is None:
            break
    assert seen == [10, 2, -3, 10, 2, -3]


async def test_an_index_of_several_attributes_is_counted_and_scanned_like_any(async_ours: AsyncDatabase) -> None:
    await readings(async_ours)
    tuesday = Reading.by_region("t", "eu").equals(TUESDAY)
    assert await async_ours.count(tuesday.at_least(2)) == 2
    rows = [row async for row in async_ours.query(tuesday.before(10).select(Reading.n, Reading.region))]
    assert rows == [(-3, "eu"), (2, "eu")]
    scanned, cursor = list[int](), None
    while True:
        page = await async_ours.page(scan(Reading.by_region), size=5, after=cursor)
        scanned += [reading.n for reading in page.items]
        cursor = page.cursor
        if cursor is None:
            break
    assert sorted(scanned) == sorted([-3, 2, 10] * 6)


async def test_updates_move_an_item_between_partitions_and_out_of_the_index(async_ours: AsyncDatabase) -> None:
    await async_ours.put(Reading(tenant="t", region="eu", day=MONDAY, n=1, unit="K"))
    key = Reading.key("t", MONDAY, 1, "x")
    await async_ours.update(key, Reading.region.set("us"), Reading.unit.set("C"))
    assert [reading.value async for reading in async_ours.query(Reading.by_region("t", "eu"))] == []
    assert [reading.unit async for reading in async_ours.query(Reading.by_region("t", "us"))] == ["C"]
    assert [reading.unit async for reading in async_ours.query(Reading.by_label("t", "C"))] == ["C"]
    await async_ours.update(key, Reading.region.remove(), Reading.unit.remove())
    assert [reading.unit async for reading in async_ours.query(Reading.by_region("t", "us"))] == []
    assert [reading.unit async for reading in async_ours.query(Reading.by_label("t", "C"))] == []
    assert await async_ours.get(key) == Reading(tenant="t", day=MONDAY, n=1)


async def test_a_local_index_sorts_a_partition_by_another_attribute(async_indexed: AsyncDatabase) -> None:
    await parcels_of(async_indexed)
    found = [parcel async for parcel in async_indexed.query(Parcel.by_weight("ada").consistent())]
    assert [parcel.weight for parcel in found] == [1, 1, 2, 2]
    assert {parcel.note for parcel in found} == {"n"}
    assert {parcel.customer for parcel in found} == {"ada"}
    heavy = Parcel.by_weight("ada").at_least(2)
    assert sorted([parcel.id async for parcel in async_indexed.query(heavy)]) == ["2", "5"]


async def test_a_local_index_may_have_a_template(async_indexed: AsyncDatabase) -> None:
    await parcels_of(async_indexed)
    street = Parcel.by_street("eve").equals("a")
    assert [parcel.house async for parcel in async_indexed.query(street.consistent())] == [0, 2, 4, 6]
    assert [parcel.house async for parcel in async_indexed.query(street.between(1, 4).descending())] == [4, 2]


async def test_an_item_that_lost_its_sort_attribute_is_not_in_the_local_index(async_indexed: AsyncDatabase) -> None:
    await async_indexed.put(Parcel(customer="ada", id="1", weight=5))
    assert [parcel.id async for parcel in async_indexed.query(Parcel.by_weight("ada"))] == ["1"]
    await async_indexed.update(Parcel.key("ada", "1"), Parcel.weight.remove())
    assert [parcel.id async for parcel in async_indexed.query(Parcel.by_weight("ada"))] == []


async def test_whole_items_are_not_read_from_a_global_index_that_carries_less(async_indexed: AsyncDatabase) -> None:
    with pytest.raises(InvalidValue, match=r"by-state.* does not carry street, house"):
        _ = [parcel async for parcel in async_indexed.query(Parcel.by_state("new"))]


async def test_tables_are_made_with_all_that_they_declare(async_empty: AsyncDatabase) -> None:
    table = fresh(
        indexes=[Index("by-a", pk="a", sk=number("b"), projection=["c"]), LocalIndex("by-d", sk="d")],
        ttl="expires",
        stream="NEW_AND_OLD_IMAGES",
        point_in_time_recovery=True,
        tags={"team": "shop"},
    )
    await async_empty.create_tables(table)
    found = await async_empty.describe(table.name)
    assert found["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert found["GlobalSecondaryIndexes"][0]["Projection"] == {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["c"]}
    assert found["LocalSecondaryIndexes"][0]["IndexName"] == "by-d"
    assert await async_empty.table_differences(table) == []
    await async_empty.create_tables(table)


async def test_recovery_tags_and_protection_are_set_where_the_engine_has_them(async_complete: AsyncDatabase) -> None:
    table = fresh(point_in_time_recovery=True, deletion_protection=True, tags={"team": "shop"})
    await async_complete.create_tables(table)
    found = await async_complete.describe(table.name)
    assert await async_complete.run(DescribeRecovery(table.name))
    assert await async_complete.run(DescribeTags(found["TableArn"])) == ({"team": "shop"}, None)
    with pytest.raises(ValidationError, match="protect"):
        await async_complete.delete_tables(table)
    await async_complete.run(Raw("UpdateTable", {"TableName": table.name, "DeletionProtectionEnabled": False}))


async def test_settings_of_a_table_that_is_there_are_brought_up(async_empty: AsyncDatabase) -> None:
    plain = fresh()
    await async_empty.create_tables(plain)
    table = same(plain, ttl="expires", stream="KEYS_ONLY")
    assert [str(difference) for difference in await async_empty.table_differences(table)] == [
        "ttl: declared expires, found none; create_tables() sets it",
        "stream: declared KEYS_ONLY, found none; create_tables() sets it",
    ]
    await async_empty.create_tables(table)
    assert await async_empty.table_differences(table) == []
    await async_empty.create_tables(plain)
    assert await async_empty.table_differences(table) == []


async def test_recovery_tags_and_protection_are_brought_up_where_they_exist(
    async_complete: AsyncDatabase,
) -> None:
    first = fresh(tags={"team": "shop", "stage": "test"})
    await async_complete.create_tables(first)
    table = same(first, point_in_time_recovery=True, deletion_protection=True, tags={"team": "till", "cost": "7"})
    assert [difference.what for difference in await async_complete.table_differences(table)] == [
        "deletion protection",
        "point-in-time recovery",
        "tag 'team'",
        "tag 'cost'",
    ]
    await async_complete.create_tables(table)
    assert await async_complete.table_differences(table) == []
    arn = (await async_complete.describe(table.name))["TableArn"]
    assert (await async_complete.run(DescribeTags(arn)))[0] == {"team": "till", "stage": "test", "cost": "7"}
    await async_complete.run(Raw("UpdateTable", {"TableName": table.name, "DeletionProtectionEnabled": False}))


async def test_a_table_of_another_shape_is_refused_with_every_difference(async_empty: AsyncDatabase) -> None:
    there = fresh(
        indexes=[Index("by-a", pk="a"), Index("by-b", pk="b", projection=["x", "y"]), LocalIndex("by-c", sk="c")],
        ttl="until",
        stream="KEYS_ONLY",
    )
    await async_empty.create_tables(there)
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
        await async_empty.create_tables(new, other)
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
        await async_empty.describe(new.name)


async def test_an_index_is_added_and_filled_and_its_progress_told(async_empty: AsyncDatabase) -> None:
    there = fresh()
    await async_empty.create_tables(there)
    item = {"PK": {"S": "p"}, "SK": {"S": "s"}, "a": {"S": "x"}}
    await async_empty.run(Raw("PutItem", {"TableName": there.name, "Item": item}))
    table, seen = same(there, indexes=[Index("by-a", pk="a", sk="PK")]), list[IndexProgress]()
    with pytest.raises(DefinitionError, match=r"add_index\(\) adds and fills it"):
        await async_empty.create_tables(table)
    await async_empty.add_index(table, "by-a", progress=seen.append)
    assert (seen[-1].index, seen[-1].status) == ("by-a", "ACTIVE")
    condition = {"KeyConditionExpression": "a = :a", "ExpressionAttributeValues": {":a": {"S": "x"}}}
    query = Raw("Query", {"TableName": there.name, "IndexName": "by-a", **condition})
    assert (await async_empty.run(query))["Items"] == [item]
    await async_empty.create_tables(table)
    await async_empty.add_index(table, "by-a")


async def test_an_index_that_cannot_be_added_is_refused(async_empty: AsyncDatabase) -> None:
    there = fresh(indexes=[Index("by-a", pk="a")])
    await async_empty.create_tables(there)
    table = same(there, indexes=[Index("by-a", pk="b"), LocalIndex("by-c", sk="c")])
    with pytest.raises(DefinitionError, match="declared pk b"):
        await async_empty.add_index(table, "by-a")
    with pytest.raises(DefinitionError, match="can have a local index only from the start"):
        await async_empty.add_index(table, "by-c")
    with pytest.raises(DefinitionError, match="has no index of that name"):
        await async_empty.add_index(table, "by-x")


async def test_tables_are_deleted_and_missing_ones_are_no_error(async_empty: AsyncDatabase) -> None:
    first, second = fresh(), fresh()
    await async_empty.create_tables(first)
    await async_empty.delete_tables(first, second)
    assert [name async for name in async_empty.table_names() if name in (first.name, second.name)] == []
    (missing,) = await async_empty.table_differences(first)
    assert str(missing) == "table: declared it, found none; create_tables() sets it"
