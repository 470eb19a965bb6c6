"""The shop without SQL: what is written in DynamoDB alone, and whether it comes back into SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from threading import Thread
from typing import Any

from dynalayer import Database
from dynalayer.migrate import Migration, State, Sync, reversals
from dynalayer.migrate.target import declared
from dynalayer.protocol import from_plain, to_plain
from dynalayer.statements import Raw
from examples.shop.database import ShopDatabase
from examples.shop.people import CART, ORDER, Known


@contextmanager
def followed(database: Database, migration: Migration, state: State) -> Iterator[Callable[[], None]]:
    """The streams of the tables are followed, and in phase 5 their changes are brought back; gives what raises what
    ended it."""
    tables = declared(migration.contract, protected=True)
    sync = Sync(database, migration.source, tables, reversals(migration.plans), state)
    failed: list[BaseException] = []

    def run() -> None:
        try:
            sync.run(every=0.1)
        except BaseException as error:
            failed.append(error)

    def check() -> None:
        if failed:
            raise failed[0]

    thread = Thread(target=run, daemon=True)
    thread.start()
    try:
        yield check
    finally:
        sync.stop()
        thread.join()
    check()


class Alone:
    """Someone comes, fills a cart, an order is completed and a cart is emptied: all in DynamoDB alone."""

    def __init__(self, database: Database, known: list[Known], number: int) -> None:
        self._database = database
        self._number = number
        self._email = f"late{number}@example.org"
        self._order = next(each for each in known if each.view is ORDER and each.fields is not None)
        self._cart = next(each for each in known if each.view is CART and each.fields is not None)

    def write(self) -> None:
        """Write it all."""
        now = datetime.now(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
        times = {"created_at": now, "updated_at": now}
        number, name = self._number, f"late{self._number}"
        who = {"GSI1PK": str(number), "GSI1SK": str(number), "GSI2PK": name, "GSI2SK": name, "id": number}
        about = {"username": name, "password_hash": "-", "profile_data": {"first_name": "Late"}}
        flags = {"is_seller": False, "super_admin": False}
        self._put("Users", {"PK": self._email, "SK": "#META", "email": self._email, **who, **about, **flags, **times})
        product = self._get("Products", {"PK": "1", "SK": "#META"})
        shown = {"product_name": product["name"], "price": product["price"], "product_id": 1}
        cart = {"cart_id": number, "user_id": number, "quantity": 2, "user_email": self._email}
        self._put("Users", {"PK": self._email, "SK": "CART#1", **cart, **shown, **times})
        order = self._get("Users", self._order.item_key)
        self._put("Users", {**order, "order_status": "completed", "updated_at": now})
        self._run("DeleteItem", "Users", Key=_wire(self._cart.item_key))

    def lost(self, shop: ShopDatabase) -> int:
        """How much of it SQL does not have."""
        questions: tuple[tuple[str, int, list[tuple[Any, ...]]], ...] = (
            ("SELECT email FROM users WHERE id = %s", self._number, [(self._email,)]),
            ("SELECT quantity FROM shopping_carts WHERE user_id = %s", self._number, [(2,)]),
            ("SELECT status FROM orders WHERE id = %s", self._order.number, [("completed",)]),
            ("SELECT id FROM shopping_carts WHERE id = %s", self._cart.number, []),
        )
        with closing(shop.source.connect()) as connection:
            found = [[tuple(row) for row in shop.rows(connection, sql, (key,))] for sql, key, _ in questions]
        return sum(rows != wanted for rows, (_, _, wanted) in zip(found, questions, strict=True))

    def _put(self, table: str, item: dict[str, Any]) -> None:
        self._run("PutItem", table, Item=_wire(item))

    def _get(self, table: str, key: dict[str, str]) -> dict[str, Any]:
        item = self._run("GetItem", table, Key=_wire(key))["Item"]
        return {name: to_plain(value) for name, value in item.items()}

    def _run(self, operation: str, table: str, **request: Any) -> dict[str, Any]:
        return self._database.run(Raw(operation, {"TableName": table, **request}))


def _wire(item: dict[str, Any]) -> dict[str, Any]:
    return {name: from_plain(value) for name, value in item.items()}
