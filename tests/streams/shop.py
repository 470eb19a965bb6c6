"""The tables and entities that the tests of streams use, and records written by hand from the documented format."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from dynalayer import Attr, Entity, Table, attr, number, primary

Json = dict[str, Any]

shop = Table("shop", pk="PK", sk="SK", ttl="gone")
readings = Table("readings", pk="device", sk=number("at"))
families = Table("families", pk="PK", sk="SK", discriminator="type")
ARN = "arn:aws:dynamodb:eu-west-1:123456789012:table/{}/stream/2026-11-20T10:00:00.000"


class Order(Entity, table=shop):
    customer: Attr[str] = attr()
    id: Attr[str] = attr()
    total: Attr[Decimal] = attr(default=Decimal(0))
    lines: Attr[int] = attr(default=0)
    tags: Attr[set[str]] = attr(factory=set)
    photo: Attr[bytes | None] = attr(default=None)
    gone: Attr[int | None] = attr(default=None)
    key = primary(customer, id, pk="CUSTOMER#{customer}", sk="ORDER#{id}")


class Customer(Entity, table=shop):
    name: Attr[str] = attr()
    mail: Attr[str | None] = attr(default=None, name="email")
    key = primary(name, pk="CUSTOMER#{name}", sk="PROFILE")


class Reading(Entity, table=readings):
    device: Attr[str] = attr()
    at: Attr[int] = attr()
    value: Attr[float] = attr()
    key = primary(device, at)


class Cat(Entity, table=families):
    name: Attr[str] = attr()
    key = primary(name, pk="CAT#{name}", sk="PET")


def order_item(customer: str = "ada", id: str = "1", **attributes: Json) -> Json:
    return {
        "PK": {"S": f"CUSTOMER#{customer}"},
        "SK": {"S": f"ORDER#{id}"},
        "customer": {"S": customer},
        "id": {"S": id},
        "total": {"N": "9.9"},
        "lines": {"N": "1"},
        **attributes,
    }


def record(
    event: str,
    new: Json | None = None,
    old: Json | None = None,
    *,
    number: int = 1,
    view: str = "NEW_AND_OLD_IMAGES",
    table: str = "shop",
    keys: Json | None = None,
) -> Json:
    """A record as Lambda gets it (Lambda guide, "Using AWS Lambda with Amazon DynamoDB", example event)."""
    image = new or old or {}
    change: Json = {
        "ApproximateCreationDateTime": 1763632800,
        "Keys": keys or {name: image[name] for name in ("PK", "SK")},
        "SequenceNumber": f"{number:024d}",
        "SizeBytes": 59,
        "StreamViewType": view,
    }
    if new is not None and view in ("NEW_IMAGE", "NEW_AND_OLD_IMAGES"):
        change["NewImage"] = new
    if old is not None and view in ("OLD_IMAGE", "NEW_AND_OLD_IMAGES"):
        change["OldImage"] = old
    return {
        "eventID": f"{number:032x}",
        "eventName": event,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "eu-west-1",
        "dynamodb": change,
        "eventSourceARN": ARN.format(table),
    }
