"""Generated entities: typed, formatted, and true to every item."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dynalayer import Database
from dynalayer.migrate import BackfillOptions, Migration, Policies, create_tables
from dynalayer.migrate.contract import Findings, load_contract, read_contract
from dynalayer.migrate.entities import entities_source
from dynalayer.migrate.items import Maker, Rejected
from dynalayer.migrate.origins import SqlOrigin
from dynalayer.migrate.queries import compile_contract
from dynalayer.migrate.reading import Reader
from dynalayer.migrate.source import Source, parse_source
from dynalayer.protocol import InvalidValue, Item
from tests.migrate import naive
from tests.migrate.conftest import SHOP
from tests.migrate.entities.modules import entity_of, imported, tables_of, written_again
from tests.migrate.small import CONTRACT, library, plans_of
from tests.migrate.test_against_naive import attributes, contract_of, databases, fill

CONTRACT_OF_SHOP = SHOP / "contract.json"
USE = """
from shop import Order, OrderItems, Products, users
from dynalayer import Database

def lines(db: Database) -> list[OrderItems]:
    order = db.get(Order.key("bob@example.org", "2024-01-01T00:00:00Z", 1))
    assert order is not None
    recent: list[Order] = list(db.query(Order.key.partition("bob@example.org").at_least("2024")))
    named: list[Products] = list(db.query(Products.gsi1(3).begins_with("Lap")))
    return order.order_items
"""

KEYS = [
    None,
    ("{{b}}#{id}", None),
    ("{a0}", "X#{id}"),
    ("{team_id}#{id}", "#META"),
    ("A", "{id}#{a0}"),
    ("P", "{a0}#{id}"),
]


def items_of(source: Source, maker: Maker) -> Iterator[Item]:
    with closing(Reader(source)) as reader, reader.snapshot():
        for page in reader.pages(maker.plan, rows=50):
            for row in page.rows:
                with suppress(Rejected):
                    yield maker.make(row)


def opened(source: Source) -> Migration:
    contract, origin = load_contract(CONTRACT_OF_SHOP)[0], SqlOrigin(source)
    return Migration(contract, origin, compile_contract(contract, origin.schema, Findings()), Policies())


@pytest.mark.xdist_group("mariadb")
def test_the_shops_entities_read_and_write_every_item_as_the_migration_wrote_it(shop: Source) -> None:
    migration = opened(shop)
    tables, seen = tables_of(imported(migration.entities())), set[str]()
    for plan in migration.plans:
        for item in items_of(shop, Maker(plan)):
            table = tables[plan.table.name]
            assert written_again(table, item) == item
            seen.add(entity_of(table, item).name)
    assert seen == {"User", "Cart", "Order", "Products", "Categories"}


@pytest.mark.xdist_group("mariadb")
def test_the_source_is_formatted_and_typed(shop: Source, tmp_path: Path) -> None:
    module = tmp_path / "shop.py"
    module.write_text(opened(shop).entities())
    (tmp_path / "use.py").write_text(USE)
    for command in (
        ["ruff", "format", "--isolated", "--check", "shop.py"],
        ["ruff", "check", "--isolated", "--select", "E,F,I,UP", "shop.py"],
        ["mypy", "--strict", "--config-file=", "shop.py", "use.py"],
    ):
        done = subprocess.run([sys.executable, "-m", *command], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=databases,
    chosen=st.lists(attributes, min_size=1, max_size=6),
    keys=st.sampled_from(KEYS),
    nulls=st.sampled_from(["omit", "null"]),
)
def test_any_item_is_what_its_entity_writes(
    tmp_path: Path, rows: naive.Rows, chosen: list[tuple[dict[str, object], naive.Ask]], keys: object, nulls: str
) -> None:
    fill(tmp_path / "people.db", rows)
    document = contract_of(chosen)
    (table,) = document["tables"]
    if isinstance(keys, tuple):
        _, *table["attributes"] = table["attributes"]
        table["attributes"].append({"name": "id", "type": "N", "source_column": "id"})
        table |= {"pk_template": keys[0]} | ({"sk": "SK", "sk_template": keys[1]} if keys[1] else {})
    source, findings = parse_source(f"sqlite:{tmp_path / 'people.db'}"), Findings()
    contract, _ = read_contract(document)
    policies = Policies(nested_nulls="null" if nulls == "null" else "omit")
    plans = compile_contract(contract, source.schema(), findings)
    assert not findings.errors
    text = entities_source(contract, plans, policies)
    declared = tables_of(imported(text))["People"]
    maker = Maker(plans[0], policies)
    for item in items_of(source, maker):
        if "{a0:raw}#" in text and "#" in str(item["a0"]):
            with pytest.raises(InvalidValue, match="must not contain '#'"):
                written_again(declared, item)
        else:
            assert written_again(declared, item) == without_nulls(item)


def without_nulls(item: Item) -> Item:
    """The same item; a null within an object is None to an entity, which is written by leaving it out."""
    return {name: plain_of(value) for name, value in item.items()}


def plain_of(value: Any) -> Any:
    match value:
        case {"M": dict() as members}:
            return {"M": {name: plain_of(each) for name, each in members.items() if "NULL" not in each}}
        case {"L": list() as elements}:
            return {"L": [plain_of(each) for each in elements]}
        case _:
            return value


def test_a_library_is_queried_by_what_was_generated(tmp_path: Path) -> None:
    source, contract = library(tmp_path / "library.db", authors=3, books=12), tmp_path / "contract.json"
    contract.write_text(json.dumps(CONTRACT))
    migration = Migration.open(contract, f"sqlite:{source.database}")
    target = f"embedded:{tmp_path / 'target.db'}"
    create_tables(contract, target, prefix="new-")
    migration.backfill(target, tmp_path / "state", BackfillOptions(prefix="new-"))
    module = imported(migration.entities(prefix="new-"))
    with Database(target) as db:
        book: Any = db.get(module.Book.key(1, 10))
        assert (book.title, book.price) == ("Title 1.10", None)
        assert [each.number for each in db.query(module.Book.key.partition(2).equals(11))] == [11]
        db.update(module.Book.key(1, 10), module.Book.price.set(Decimal("9.90")))
        assert migration.verify(target, tmp_path / "state", prefix="new-").counts["Library/BOOK"].different == 1
        db.update(module.Book.key(1, 10), module.Book.price.remove())
    assert migration.verify(target, tmp_path / "state", prefix="new-").is_clean


ODD = """
CREATE TABLE odd (
  "id" INTEGER PRIMARY KEY, "class" TEXT NOT NULL, "2nd-Name" TEXT, tags TEXT, raw BLOB NOT NULL, amount DECIMAL(10, 0)
);
INSERT INTO odd VALUES (1, 'a', NULL, '["x"]', x'00ff', 7), (2, 'b', 'c', NULL, x'', NULL);
"""


def test_names_that_python_cannot_have_stay_those_of_the_table(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "odd.db")) as connection:
        connection.executescript(ODD)
    columns = {"id": "N", "class": "S", "2nd-Name": "S", "raw": "B", "amount": "N"}
    made: list[dict[str, object]] = [{"name": n, "type": t, "source_column": n} for n, t in columns.items()]
    made.append({"name": "Tags", "type": "L", "source_column": "tags", "transformation": {"type": "json-parse"}})
    table = {"table": "Odd-Things", "type": "single-entity", "source_table": "odd", "pk": "id", "attributes": made}
    source = parse_source(f"sqlite:{tmp_path / 'odd.db'}")
    plans = plans_of(source, {"tables": [table]})
    text = entities_source(read_contract({"tables": [table]})[0], plans)
    declared = tables_of(imported(text))["Odd-Things"]
    assert 'n2nd_name: Attr[str | None] = attr(name="2nd-Name", default=None)' in text
    assert 'class_: Attr[str] = attr(name="class")' in text
    assert "amount: Attr[int | None]" in text
    assert "raw: Attr[bytes] = attr()" in text
    assert 'tags: Attr[list[Any] | None] = attr(name="Tags", default=None)' in text
    for item in items_of(source, Maker(plans[0])):
        assert written_again(declared, item) == item


def test_numbers_that_may_be_kept_as_texts_are_either(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "long.db")) as connection:
        connection.executescript(
            "CREATE TABLE sums (id INTEGER PRIMARY KEY, total DECIMAL(60, 2) NOT NULL, rate DECIMAL(10, 2) NOT NULL);"
            f"INSERT INTO sums VALUES (1, '{'9' * 50}.5', 1.5);"
        )
    columns = ("id", "total", "rate")
    made = [{"name": name, "type": "N", "source_column": name} for name in columns]
    table = {"table": "Sums", "type": "single-entity", "source_table": "sums", "pk": "id", "attributes": made}
    source, contract = parse_source(f"sqlite:{tmp_path / 'long.db'}"), read_contract({"tables": [table]})[0]
    plans, policies = plans_of(source, {"tables": [table]}), Policies(long_numbers="text")
    text = entities_source(contract, plans, policies)
    assert "total: Attr[Decimal | str] = attr()" in text
    assert "rate: Attr[Decimal] = attr()" in text
    assert "total: Attr[Decimal] = attr()" in entities_source(contract, plans)
    (item,) = items_of(source, Maker(plans[0], policies))
    assert written_again(tables_of(imported(text))["Sums"], item) == item
