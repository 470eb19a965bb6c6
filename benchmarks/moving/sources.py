"""The rows that are moved: the shop of the examples, its contract with joins and one without, and one long table."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

from examples.shop.database import ShopDatabase
from examples.shop.generate import fill
from tests.services.private import in_database

SHOP = Path(__file__).resolve().parents[2] / "examples" / "shop" / "contract.json"
LINES = "order_items"


def column(name: str, type_: str, source: str = "") -> dict[str, Any]:
    return {"name": name, "type": type_, "source_column": source or name}


PLAIN: dict[str, Any] = {
    "tables": [
        {
            "table": "Lines",
            "type": "single-entity",
            "source_table": LINES,
            "pk": "PK",
            "sk": "SK",
            "pk_template": "ORDER#{order_id}",
            "sk_template": "LINE#{id}",
            "attributes": [
                column("id", "N"),
                column("order_id", "N"),
                column("product_id", "N"),
                column("quantity", "N"),
                column("price", "N", "price_at_time"),
            ],
        }
    ]
}
"""One row, one item: no joins."""


def joined() -> dict[str, Any]:
    """The carts and orders of the shop: three joins each row, or one and a list of child rows."""
    users = json.loads(SHOP.read_text())["tables"][0]
    kept = [entity for entity in users["entities"] if entity["entity_type"] in ("CART", "ORDER")]
    indexes = [index for index in users["gsis"] if index["index_name"] == "GSI3"]
    return {"tables": [{**users, "entities": kept, "gsis": indexes}]}


def make_shop(server: str, users: int) -> str:
    """A shop of so many users; gives its URL."""
    url = in_database(server, "shop")
    _create(server, "shop")
    fill(url, users, seed=1)
    return url


def make_long(server: str, rows: int) -> str:
    """A table of so many lines of orders, made by the server itself; gives the URL of its database."""
    name = f"long{rows}"
    _create(server, name)
    url = in_database(server, name)
    shop = ShopDatabase(url)
    with closing(shop.connect()) as connection:
        shop.run(
            connection,
            f"CREATE TABLE {LINES} (id INT PRIMARY KEY, order_id INT NOT NULL, product_id INT NOT NULL,"
            " quantity INT NOT NULL, price_at_time DECIMAL(10,2) NOT NULL)",
        )
        shop.run(
            connection,
            f"INSERT INTO {LINES} SELECT seq, seq DIV 3, seq * 7919 MOD 10007, 1 + seq MOD 9,"
            f" (seq * 37 MOD 99991) / 100 FROM seq_1_to_{rows}",
        )
        connection.commit()
    return url


def _create(server: str, name: str) -> None:
    shop = ShopDatabase(in_database(server, "mysql"))
    with closing(shop.connect()) as connection:
        shop.run(connection, f"CREATE DATABASE {name}")
