from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dynalayer import Database, Index, LocalIndex, Table, number
from dynalayer.infra import Change, deployed, environment, make_change, plan_changes
from dynalayer.statements import Raw

BY_STATE = Index("by-state", pk="state", sk="SK")
BY_TOTAL = Index("by-total", pk="state", sk=number("total"), projection="KEYS_ONLY")


def shop(**options: Any) -> Table:
    return Table("shop", pk="PK", sk="SK", **options)


@pytest.fixture(params=["memory", "served"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    url = "memory:" if request.param == "memory" else request.getfixturevalue("dynalayer_served")
    with Database(url) as opened:
        yield opened
        for name in list(opened.table_names()):
            opened.run(Raw("UpdateTable", {"TableName": name, "DeletionProtectionEnabled": False}))
            opened.run(Raw("DeleteTable", {"TableName": name}))


def kinds(changes: list[Change]) -> list[tuple[str, str]]:
    return [(change.kind, change.subject) for change in changes]


def make_all(database: Database, table: Table) -> list[tuple[str, str]]:
    found = plan_changes(database, [table])
    for change in found:
        make_change(database, change)
    assert plan_changes(database, [table]) == []
    return kinds(found)


def put(database: Database, sk: str) -> None:
    item = {"PK": {"S": "a"}, "SK": {"S": sk}, "state": {"S": "new"}, "total": {"N": "1"}}
    database.run(Raw("PutItem", {"TableName": "shop", "Item": item}))


def count(database: Database) -> int:
    return int(database.run(Raw("Scan", {"TableName": "shop", "Select": "COUNT"}))["Count"])


def test_a_table_that_is_not_there_is_created_whole(database: Database) -> None:
    table = shop(indexes=[BY_STATE], ttl="expires", stream="NEW_IMAGE", tags={"team": "shop"})
    assert make_all(database, table) == [("create table", "")]


def test_a_table_as_declared_needs_nothing(database: Database) -> None:
    database.create_tables(shop(indexes=[BY_STATE]))
    assert plan_changes(database, [shop(indexes=[BY_STATE])]) == []


def test_indexes_come_and_go_one_at_a_time_and_no_item_is_lost(database: Database) -> None:
    database.create_tables(shop(indexes=[BY_STATE]))
    put(database, "1")
    assert make_all(database, shop(indexes=[BY_TOTAL])) == [("remove index", "by-state"), ("add index", "by-total")]
    assert count(database) == 1
    found = database.run(Raw("Scan", {"TableName": "shop", "IndexName": "by-total"}))
    assert found["Count"] == 1


def test_an_index_of_another_shape_is_removed_and_added_again(database: Database) -> None:
    database.create_tables(shop(indexes=[BY_STATE]))
    changed = Index("by-state", pk="state", sk="SK", projection="KEYS_ONLY")
    assert make_all(database, shop(indexes=[changed])) == [("remove index", "by-state"), ("add index", "by-state")]


def test_settings_are_turned_on(database: Database) -> None:
    database.create_tables(shop())
    table = shop(ttl="expires", stream="KEYS_ONLY", point_in_time_recovery=True, deletion_protection=True)
    assert make_all(database, table) == [("set settings", "")]


def test_what_is_on_and_not_declared_is_turned_off(database: Database) -> None:
    database.create_tables(
        shop(ttl="expires", stream="KEYS_ONLY", point_in_time_recovery=True, deletion_protection=True)
    )
    found = plan_changes(database, [shop()])
    assert all(change.takes_away and not change.destroys for change in found)
    assert make_all(database, shop()) == [
        ("unset expiry", "expires"),
        ("turn off stream", ""),
        ("turn off recovery", ""),
        ("turn off protection", ""),
    ]


def test_other_keys_need_another_table_and_that_is_said_to_lose_items(database: Database) -> None:
    database.create_tables(shop())
    (change,) = plan_changes(database, [Table("shop", pk="PK", sk=number("SK"))])
    assert (change.kind, change.destroys) == ("replace table", True)
    assert change.reasons == ("keys: declared pk PK (S), sk SK (N), found pk PK (S), sk SK (S)",)


def test_a_local_index_that_is_missing_needs_another_table(database: Database) -> None:
    database.create_tables(shop())
    (change,) = plan_changes(database, [shop(indexes=[LocalIndex("by-time", sk="time")])])
    assert change.destroys


def test_a_table_of_provisioned_capacity_is_billed_on_demand(database: Database) -> None:
    database.run(
        Raw(
            "CreateTable",
            {
                "TableName": "shop",
                "KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}],
                "AttributeDefinitions": [
                    {"AttributeName": "PK", "AttributeType": "S"},
                    {"AttributeName": "SK", "AttributeType": "S"},
                ],
                "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
            },
        )
    )
    assert make_all(database, shop()) == [("bill on demand", "")]


def test_an_environment_names_and_protects_a_table() -> None:
    table = deployed(shop(indexes=[BY_STATE], tags={"team": "a"}), environment("prod", {"tags": {"cost": "b"}}))
    assert (table.name, table.point_in_time_recovery, table.deletion_protection) == ("shop-prod", True, True)
    assert (list(table.indexes), table.tags) == (["by-state"], {"cost": "b", "team": "a"})


indexes = st.lists(
    st.builds(
        Index,
        st.sampled_from(["one", "two", "three"]),
        pk=st.sampled_from(["state", "owner"]),
        sk=st.sampled_from([None, "SK"]),
        projection=st.sampled_from(["ALL", "KEYS_ONLY"]),
    ),
    max_size=3,
    unique_by=lambda index: index.name,
)
tables = st.builds(
    shop,
    indexes=indexes,
    ttl=st.sampled_from([None, "expires", "gone"]),
    stream=st.sampled_from([None, "KEYS_ONLY", "NEW_IMAGE"]),
    point_in_time_recovery=st.booleans(),
    tags=st.sampled_from([{}, {"team": "a"}, {"team": "b"}]),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=tables, second=tables)
def test_any_table_becomes_any_other_of_its_keys_and_keeps_its_items(first: Table, second: Table) -> None:
    with Database("memory:") as database:
        database.create_tables(first)
        put(database, "1")
        make_all(database, second)
        assert count(database) == 1
