"""What one writes without a tool: PyMySQL feeds boto3's batch_writer. The same items as the contracts make."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

Item = dict[str, Any]
_ROWS = 1_000


def write(source: str, endpoint: str, kind: str) -> int:
    """Move the rows of one contract; gives how many items were written."""
    import boto3

    from dynalayer.migrate.source import parse_source

    place = parse_source(source)
    connection, beside = place.connect(), place.connect()
    given = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "eu-west-1"}
    dynamodb = boto3.resource("dynamodb", endpoint_url=endpoint, **given)
    items, name = (_lines(connection), "Lines") if kind == "plain" else (_users(connection, beside), "Users")
    count = 0
    with dynamodb.Table(name).batch_writer() as batch:
        for item in items:
            batch.put_item(Item={key: value for key, value in item.items() if value is not None})
            count += 1
    connection.close()
    beside.close()
    return count


def _rows(connection: Any, query: str) -> Iterator[tuple[Any, ...]]:
    from pymysql.cursors import SSCursor

    with connection.cursor(SSCursor) as cursor:
        cursor.execute(query)
        while rows := cursor.fetchmany(_ROWS):
            yield from rows


def _lines(connection: Any) -> Iterator[Item]:
    query = "SELECT id, order_id, product_id, quantity, price_at_time FROM order_items"
    for id_, order, product, quantity, price in _rows(connection, query):
        item = {"id": id_, "order_id": order, "product_id": product, "quantity": quantity, "price": price}
        yield {"PK": f"ORDER#{order}", "SK": f"LINE#{id_}", **item}


def _users(connection: Any, beside: Any) -> Iterator[Item]:
    carts = (
        "SELECT u.email, c.id, c.user_id, c.product_id, c.quantity, p.name, p.price, c.created_at, c.updated_at"
        " FROM shopping_carts c JOIN users u ON u.id = c.user_id JOIN products p ON p.id = c.product_id"
    )
    for email, id_, user, product, quantity, name, price, created, updated in _rows(connection, carts):
        yield {
            "PK": email,
            "SK": f"CART#{product}",
            "user_email": email,
            "cart_id": id_,
            "user_id": user,
            "product_id": product,
            "quantity": quantity,
            "product_name": name,
            "price": price,
            **_times(created, updated),
        }
    orders = (
        "SELECT u.email, o.id, o.user_id, o.status, o.total_amount, o.created_at, o.updated_at"
        " FROM orders o JOIN users u ON u.id = o.user_id ORDER BY o.id"
    )
    lines = _line_lists(beside)
    held = next(lines, (0, []))
    for email, id_, user, status, total, created, updated in _rows(connection, orders):
        while held[0] and held[0] < id_:
            held = next(lines, (0, []))
        times = _times(created, updated)
        yield {
            "PK": email,
            "SK": f"ORDER#{times['created_at']}#{id_}",
            "GSI3PK": str(id_),
            "GSI3SK": str(id_),
            "user_email": email,
            "order_id": id_,
            "user_id": user,
            "order_status": status,
            "total_amount": total,
            "order_items": held[1] if held[0] == id_ else [],
            **times,
        }


def _line_lists(connection: Any) -> Iterator[tuple[int, list[Item]]]:
    query = "SELECT order_id, id, product_id, quantity, price_at_time FROM order_items ORDER BY order_id, id"
    now, held = 0, list[Item]()
    for order, id_, product, quantity, price in _rows(connection, query):
        if order != now and held:
            yield now, held
            held = []
        now = order
        held.append({"id": id_, "product_id": product, "quantity": quantity, "price_at_time": Decimal(price)})
    if held:
        yield now, held


def _times(created: Any, updated: Any) -> dict[str, str]:
    return {"created_at": created.isoformat() + "Z", "updated_at": updated.isoformat() + "Z"}
