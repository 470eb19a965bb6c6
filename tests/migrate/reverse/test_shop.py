"""The shop in MariaDB, written in DynamoDB alone: rows with foreign keys, lists of rows, items that move."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from dynalayer import Database
from dynalayer.migrate import Figures, Migration, State, Sync, declared, phase, reversals
from dynalayer.migrate.dual import Leftovers
from dynalayer.migrate.items import Maker
from dynalayer.migrate.reading import Reader
from dynalayer.migrate.source import Source, parse_source
from dynalayer.migrate.verify import Verifier, shown
from dynalayer.protocol import Item
from dynalayer.statements import Raw
from tests.migrate.conftest import SHOP
from tests.migrate.vector import ROWS
from tests.services.sql import in_database

pytestmark = pytest.mark.xdist_group("mariadb")


class Alone:
    """The shop in phase 5."""

    def __init__(self, migration: Migration, folder: Path) -> None:
        self.migration = migration
        self.folder = folder
        self.source: Source = migration.source
        self.database = Database("memory:")
        tables = declared(migration.contract, protected=True)
        self.database.create_tables(*tables)
        self.items: dict[tuple[str, str], Item] = {}
        with closing(Reader(self.source)) as reader:
            for plan in migration.plans:
                maker = Maker(plan)
                for page in reader.pages(plan):
                    for row in page.rows:
                        item = maker.make(row)
                        self.put(plan.table.name, item)
                        self.items[plan.name, "/".join(str(part) for part in maker.key_of(row))] = item
        state = State(self.database)
        state.create()
        self.sync = Sync(self.database, self.source, tables, reversals(migration.plans), state)
        self.sync.once()
        for number in range(2, 6):
            state.cutover(phase(number), Figures(0), by="test", reason="test")
        self.left = Leftovers(self.database, state.table)

    def put(self, table: str, item: Item) -> None:
        self.database.run(Raw("PutItem", {"TableName": table, "Item": item}))

    def delete(self, table: str, item: Item) -> None:
        key = {name: item[name] for name in ("PK", "SK")}
        self.database.run(Raw("DeleteItem", {"TableName": table, "Key": key}))

    def rows(self, sql: str) -> Sequence[Any]:
        with closing(self.source.connect()) as connection, closing(connection.cursor()) as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())

    def differences(self) -> list[str]:
        with closing(Reader(self.source)) as reader:
            report = Verifier(self.database, self.folder / "verify").verify(reader, self.migration.plans)
        return [shown(each) for each in report.differences]


@pytest.fixture
def alone(mariadb: str, tmp_path: Path) -> Iterator[Alone]:
    with closing(parse_source(in_database(mariadb, "mysql")).connect()) as connection:
        cursor = connection.cursor()
        cursor.execute("CREATE DATABASE alone")
        connection.select_db("alone")
        for statement in [*filter(str.strip, (SHOP / "schema.sql").read_text().split(";")), *ROWS]:
            cursor.execute(statement)
        found = Alone(Migration.open(SHOP / "contract.json", in_database(mariadb, "alone")), tmp_path)
        yield found
        found.sync.close()
        found.database.close()
        cursor.execute("DROP DATABASE alone")


def test_every_entity_of_the_shop_has_a_way_back(alone: Alone) -> None:
    told = {each.name: each for each in reversals(alone.migration.plans)}
    assert all(each.inserts and not each.problems for each in told.values())
    users, orders = told["Users/USER"], told["Users/ORDER"]
    assert {way.column.name: way.how for way in users.taken}["last_name"] == "from 'last_name' in 'profile_data'"
    assert [child.table.name for child in orders.children] == ["order_items"]
    assert not any(each.lost for each in told.values())


def test_all_items_written_again_change_nothing_and_tables_that_were_emptied_are_filled_again(alone: Alone) -> None:
    tables = ["users", "categories", "products", "shopping_carts", "orders", "order_items"]
    before = [alone.rows(f"SELECT * FROM {table} ORDER BY id") for table in tables]
    for (name, _), item in alone.items.items():
        alone.put(name.partition("/")[0], {**item, "seen": {"BOOL": True}})
    assert alone.sync.once().left == 0
    assert [alone.rows(f"SELECT * FROM {table} ORDER BY id") for table in tables] == before
    with closing(alone.source.connect()) as connection, closing(connection.cursor()) as cursor:
        cursor.execute("DELETE FROM users WHERE id > 1")
        cursor.execute("DELETE FROM products")
        cursor.execute("DELETE FROM categories")
    for (name, _), item in alone.items.items():
        alone.put(name.partition("/")[0], item)
    progress = alone.sync.once()
    assert (progress.left, list(alone.left.all())) == (0, [])
    assert [alone.rows(f"SELECT * FROM {table} ORDER BY id") for table in tables] == before
    assert alone.differences() == []


def test_a_list_of_rows_is_written_changed_and_emptied(alone: Alone) -> None:
    order = alone.items["Users/ORDER", "1"]
    first, second = order["order_items"]["L"]
    second = {"M": {**second["M"], "quantity": {"N": "7"}}}
    new = {"M": {**first["M"], "id": {"N": "9"}, "price_at_time": {"N": "1.5"}}}
    alone.put("Users", {**order, "order_items": {"L": [new, second]}})
    assert alone.sync.once().left == 0
    lines = alone.rows("SELECT id, quantity, price_at_time FROM order_items WHERE order_id = 1 ORDER BY id")
    assert [(number, quantity, str(price)) for number, quantity, price in lines] == [(2, 7, "9.90"), (9, 1, "1.50")]
    alone.put("Users", {**order, "order_items": {"L": []}})
    alone.sync.once()
    assert alone.rows("SELECT id FROM order_items WHERE order_id = 1") == []
    alone.put("Users", {name: value for name, value in order.items() if name != "order_items"})
    assert alone.sync.once().left == 1
    assert [each.reason for each in alone.left.all()] == ["the list 'order_items' is missing"]


def test_a_user_who_moves_to_another_key_keeps_orders_and_carts(alone: Alone) -> None:
    address = {"S": "bob@new.example.com"}
    moved = [
        alone.items[name]
        for name in (("Users/USER", "2"), ("Users/CART", "1"), ("Users/ORDER", "1"), ("Users/ORDER", "3"))
    ]
    # The old items go first: SQL would take the orders away with the user.
    for item in moved:
        alone.delete("Users", item)
    for item in moved:
        told = {"email": address} if "email" in item else {"user_email": address}
        alone.put("Users", {**item, **told, "PK": address})
    assert alone.sync.once().left == 0
    assert alone.rows("SELECT id, email FROM users WHERE id = 2") == [(2, "bob@new.example.com")]
    assert [row[0] for row in alone.rows("SELECT id FROM orders WHERE user_id = 2 ORDER BY id")] == [1, 3]
    assert len(alone.rows("SELECT id FROM order_items WHERE order_id = 1")) == 2
    assert alone.differences() == []


def test_a_user_who_is_deleted_alone_waits_for_what_refers_to_it(alone: Alone) -> None:
    alone.delete("Users", alone.items["Users/USER", "3"])
    assert alone.sync.once().left == 1
    assert len(alone.rows("SELECT id FROM users WHERE id = 3")) == 1
    alone.delete("Users", alone.items["Users/CART", "2"])
    alone.delete("Users", alone.items["Users/ORDER", "2"])
    assert alone.sync.once().left == 0
    assert alone.rows("SELECT id FROM users WHERE id = 3") == []
    assert alone.rows("SELECT id FROM order_items WHERE order_id = 2") == []


def test_a_row_that_breaks_a_rule_of_sql_is_left_over_with_the_rule_and_without_its_values(alone: Alone) -> None:
    user = alone.items["Users/USER", "2"]
    twin = {**user, "id": {"N": "8"}, "PK": {"S": "new@example.com"}, "email": {"S": "new@example.com"}}
    alone.put("Users", twin)
    order = alone.items["Users/ORDER", "2"]
    alone.put("Users", {**order, "user_id": {"N": "77"}})
    alone.put("Users", {**alone.items["Users/ORDER", "3"], "order_status": {"S": "unheard of"}})
    product = alone.items["Products/Products", "1"]
    alone.put("Products", {**product, "name": {"S": "x" * 300}})
    alone.put("Products", {**alone.items["Products/Products", "2"], "price": {"N": "1.005"}})
    assert alone.sync.once().left == 5
    reasons = {each.reason for each in alone.left.all()}
    assert reasons == {
        "another row has its value of a unique column",
        "a row that it refers to is not there, or one that refers to it still is",
        "the database refuses it (DataError 1265)",
        "a value is too long or too great for its column",
        "the database does not keep 'price' exactly",
    }
    assert str(alone.rows("SELECT price FROM products WHERE id = 2")[0][0]) == "12345678.99"


def test_moments_that_the_database_sets_itself_stay_those_of_the_item(alone: Alone) -> None:
    item = alone.items["Products/Products", "1"]
    before = alone.rows("SELECT updated_at FROM products WHERE id = 1")
    alone.put("Products", {**item, "description": {"S": "new"}})
    assert alone.sync.once().left == 0
    assert alone.rows("SELECT updated_at FROM products WHERE id = 1") == before
    assert alone.differences() == []
