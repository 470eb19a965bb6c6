"""Fills the shop with data: the same for the same seed and size, whatever the machine.

    python examples/shop/generate.py mysql://root@localhost/shop --users 1000 --seed 1

Makes the tables of schema.sql in the database that the URL names, and for each user about one product, four orders with
two lines each, and two products in the cart. Names and texts hold what migrations stumble over: quotes, emoji, `null`.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from examples.shop.database import ShopDatabase  # noqa: E402

BEGIN = datetime(2023, 1, 1)
SECONDS = 2 * 365 * 86_400
BATCH = 2_000
FIRST = ("Ada", "Bob", "Carol", "Dédé", "Émile", "null", "O'Neil", "李", "")
LAST = ("Jones", "Null", "Müller", "García", "de la Cruz", "😀", "")
THINGS = ("Lamp", "Chair", "Cable", "Mug", "Notebook", 'Screen 27"', "Käsehobel", "Tent")
STATUS = ("pending", "completed", "cancelled")


class Shop:
    """The rows of a shop of so many users."""

    def __init__(self, users: int, seed: int) -> None:
        self.users = users
        self.products = max(1, users)
        self.categories = max(3, users // 50)
        self.orders = 4 * users
        self._chance = random.Random(seed)

    def rows(self) -> Iterator[tuple[str, Sequence[str], Iterator[tuple[Any, ...]]]]:
        """Each table's name, columns and rows, parents before children."""
        times = ("created_at", "updated_at")
        names = ("id", "username", "email", "password_hash", "first_name", "last_name", "is_seller", "super_admin")
        yield "users", (*names, *times), self._users()
        yield "categories", ("id", "name", "parent_id", "created_at"), self._categories()
        about = ("id", "seller_id", "category_id", "name", "description", "price", "inventory_quantity", "image_url")
        yield "products", (*about, *times), self._products()
        yield "shopping_carts", ("id", "user_id", "product_id", "quantity", *times), self._carts()
        yield "orders", ("id", "user_id", "total_amount", "status", *times), self._orders()
        yield "order_items", ("id", "order_id", "product_id", "quantity", "price_at_time"), self._lines()

    def _users(self) -> Iterator[tuple[Any, ...]]:
        for n in range(1, self.users + 1):
            first, last = self._maybe(FIRST), self._maybe(LAST)
            name = f"user{n}"
            seller = n % 10 == 1
            yield (n, name, f"{name}@example.com", f"hash{n}", first, last, seller, n == 1, *self._times())

    def _categories(self) -> Iterator[tuple[Any, ...]]:
        for n in range(1, self.categories + 1):
            parent = None if n <= 3 else self._chance.randint(1, n - 1)
            yield n, f"Category {n}", parent, self._times()[0]

    def _products(self) -> Iterator[tuple[Any, ...]]:
        for n in range(1, self.products + 1):
            seller = 1 + 10 * self._chance.randrange((self.users + 9) // 10)
            text = None if n % 4 == 0 else "A thing of which much can be said. " * self._chance.randint(0, 6)
            image = None if n % 3 else f"https://example.com/{n}.png"
            category = self._chance.randint(1, self.categories)
            name = f"{self._chance.choice(THINGS)} {n}"
            yield (n, seller, category, name, text, self._price(), self._chance.randint(0, 500), image, *self._times())

    def _carts(self) -> Iterator[tuple[Any, ...]]:
        number = 0
        for user in range(1, self.users + 1):
            for product in {self._chance.randint(1, self.products) for _ in range(2)}:
                number += 1
                yield (number, user, product, self._chance.randint(1, 5), *self._times())

    def _orders(self) -> Iterator[tuple[Any, ...]]:
        for n in range(1, self.orders + 1):
            user = self._chance.randint(1, self.users)
            yield (n, user, self._price(), self._chance.choice(STATUS), *self._times())

    def _lines(self) -> Iterator[tuple[Any, ...]]:
        number = 0
        for order in range(1, self.orders + 1):
            for _ in range(self._chance.randint(0, 4)):
                number += 1
                product = self._chance.randint(1, self.products)
                yield number, order, product, self._chance.randint(1, 9), self._price()

    def _maybe(self, words: Sequence[str]) -> str | None:
        return None if self._chance.random() < 0.1 else self._chance.choice(words)

    def _price(self) -> Decimal:
        return Decimal(self._chance.randint(1, 999_999)) / 100

    def _times(self) -> tuple[str, str]:
        made = BEGIN + timedelta(seconds=self._chance.randrange(SECONDS))
        changed = made + timedelta(seconds=self._chance.randrange(86_400))
        return made.isoformat(" "), changed.isoformat(" ")


def fill(url: str, users: int, seed: int) -> dict[str, int]:
    """Make the tables and fill them; gives how many rows each has. The tables must not be there yet."""
    counts: dict[str, int] = {}
    database = ShopDatabase(url)
    with closing(database.connect()) as connection, closing(connection.cursor()) as cursor:
        for statement in database.schema():
            cursor.execute(statement)
        for table, columns, rows in Shop(users, seed).rows():
            marks = ", ".join(["%s"] * len(columns))
            insert = database.sql(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})")
            counts[table] = 0
            while batch := list(islice(rows, BATCH)):
                cursor.executemany(insert, [tuple(map(_plain, row)) for row in batch] if database.is_sqlite else batch)
                connection.commit()
                counts[table] += len(batch)
    return counts


def _plain(value: Any) -> Any:
    """SQLite's driver takes no decimals; their text is kept as it is."""
    return str(value) if isinstance(value, Decimal) else value


@click.command()
@click.argument("url")
@click.option("--users", default=1_000, show_default=True, type=click.IntRange(min=1))
@click.option("--seed", default=1, show_default=True)
def main(url: str, users: int, seed: int) -> None:
    """Fill the database that URL names with a shop."""
    for table, count in fill(url, users, seed).items():
        click.echo(f"{table}: {count:,} rows")


if __name__ == "__main__":
    main()
