from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import Any

import pytest

from dynalayer.migrate import Migration
from dynalayer.migrate.items import Maker, key_text
from dynalayer.migrate.reading import Reader
from dynalayer.migrate.source import Source
from tests.migrate.conftest import SHOP

CHANGES: Sequence[tuple[str, int, str, str]] = (
    (
        "categories",
        3,
        "UPDATE categories SET name = 'Notebooks' WHERE id = 3",
        "UPDATE categories SET name = 'Laptops' WHERE id = 3",
    ),
    (
        "users",
        2,
        "UPDATE users SET email = 'b@example.com', username = 'rob' WHERE id = 2",
        "UPDATE users SET email = 'bob@example.com', username = 'bob' WHERE id = 2",
    ),
    (
        "products",
        2,
        "UPDATE products SET name = 'Thicker', price = 7, category_id = 1 WHERE id = 2",
        "UPDATE products SET name = 'Thick', price = 12345678.99, category_id = 3 WHERE id = 2",
    ),
    (
        "order_items",
        2,
        "UPDATE order_items SET quantity = 9, order_id = 2 WHERE id = 2",
        "UPDATE order_items SET quantity = 1, order_id = 1 WHERE id = 2",
    ),
    ("orders", 1, "UPDATE orders SET user_id = 3 WHERE id = 1", "UPDATE orders SET user_id = 2 WHERE id = 1"),
)


def made(migration: Migration) -> dict[tuple[str, str], Any]:
    found: dict[tuple[str, str], Any] = {}
    with closing(Reader(migration.source)) as reader:
        for plan in migration.plans:
            maker = Maker(plan, migration.policies)
            for page in reader.pages(plan):
                for row in page.rows:
                    found[plan.entity.name, key_text(maker.key_of(row))] = maker.make(row)
    return found


def traced(migration: Migration, table: str, key: tuple[Any, ...]) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    with closing(Reader(migration.source)) as reader:
        for plan in migration.plans:
            if plan.source.name == table:
                found.add((plan.entity.name, key_text(key)))
            for query in plan.leading(table, key):
                found |= {(plan.entity.name, key_text(tuple(cells))) for cells in reader.fetch(query)}
    return found


@pytest.mark.parametrize(("table", "key", "change", "back"), CHANGES, ids=[each[0] for each in CHANGES])
def test_every_item_that_a_change_makes_different_is_traced_from_the_row(
    shop: Source, table: str, key: int, change: str, back: str
) -> None:
    url = f"mysql://{shop.user}:{shop.password}@{shop.host}:{shop.port or 3306}/{shop.database}?{shop.query}"
    migration = Migration.open(SHOP / "contract.json", url)
    before, reached = made(migration), traced(migration, table, (key,))
    with closing(shop.connect()) as connection:
        connection.cursor().execute(change)
        try:
            after = made(migration)
            reached |= traced(migration, table, (key,))
        finally:
            connection.cursor().execute(back)
    changed = {each for each in before.keys() | after.keys() if before.get(each) != after.get(each)}
    assert changed
    assert changed <= reached
