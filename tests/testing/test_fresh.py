"""Fresh databases in memory."""

from __future__ import annotations

import pytest

from dynalayer import AsyncDatabase, Database, InvalidValue
from dynalayer.engines.embedded import EmbeddedConnection
from dynalayer.testing import FrozenClock, fresh_async_database, fresh_database

from .shop import Order, shop


def test_it_has_its_tables_and_nothing_in_them() -> None:
    with fresh_database(shop) as first, fresh_database(shop) as second:
        first.create(Order(customer="ada", id="1"))
        assert list(first.query(Order.by_state("new"))) == [Order(customer="ada", id="1")]
        assert list(second.query(Order.by_state("new"))) == []
        assert list(second.table_names()) == ["shop"]


def test_its_tables_are_what_create_tables_makes() -> None:
    with fresh_database(shop) as fresh, Database("memory:") as made:
        made.create_tables(shop)
        own = {"CreationDateTime", "TableId", "BillingModeSummary"}  # all of these tell when it was made
        first, second = (db.describe("shop") for db in (fresh, made))
        assert {name for name in first if first[name] != second[name]} <= own
        assert set(first) == set(second)
        fresh.create_tables(shop)


def test_a_frozen_clock_is_slept_on() -> None:
    clock = FrozenClock()
    with fresh_database(shop, clock=clock) as db:
        db.put(Order(customer="ada", id="1", expires=int(clock()) + 5))
        clock.sleep(6)
        assert db.get(Order.key("ada", "1")) is None


@pytest.mark.anyio
async def test_the_awaited_twin_has_them_too() -> None:
    async with fresh_async_database(shop) as db:
        await db.create(Order(customer="ada", id="1"))
        assert await db.get(Order.key("ada", "1")) is not None
        assert isinstance(db, AsyncDatabase)


def test_an_image_holds_the_items_too() -> None:
    with fresh_database(shop) as db:
        db.create(Order(customer="ada", id="1"))
        assert isinstance(db.connection, EmbeddedConnection)
        image = db.connection.image()
    with Database(EmbeddedConnection.memory(image=image)) as copy:
        assert copy.get(Order.key("ada", "1")) == Order(customer="ada", id="1")


def test_a_file_has_no_image(tmp_path: object) -> None:
    with EmbeddedConnection(f"{tmp_path}/a.db") as connection, pytest.raises(InvalidValue, match="in memory"):
        connection.image()
