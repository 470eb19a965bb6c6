"""The same item of twelve attributes in each library's best code: how entities become requests, and answers entities.

Each function gives two: `encode(count)` makes that many requests to put an item, `decode(answer)` reads a page of them.
The JSON of the other libraries is made and read by msgspec here, which is faster than what they use; of what their
clients do besides (validation, expressions, signing), nothing is counted.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import msgspec

Coder = tuple[Callable[[int], list[bytes]], Callable[[bytes], list[Any]]]

TO_BYTES = msgspec.json.Encoder().encode
FROM_BYTES = msgspec.json.Decoder(dict[str, Any]).decode


class Role(Enum):
    READER = "reader"
    WRITER = "writer"


VALUES: dict[str, Any] = {
    "id": "user-000001",
    "name": "Ada Lovelace",
    "email": "ada@example.com",
    "age": 36,
    "balance": Decimal("1234.56"),
    "created": datetime(2026, 11, 21, 12, 30, 15, 123456, tzinfo=UTC),
    "active": True,
    "notes": ["alpha", "beta", "gamma"],
    "address": {"city": "London", "zip": "NW1 6XE", "country": "GB"},
    "tags": {"a", "b", "c"},
    "token": UUID("12345678-1234-5678-1234-567812345678"),
    "role": Role.WRITER,
}


def answer(count: int) -> bytes:
    """A page of so many items, as the service answers a query."""
    item = {
        "id": {"S": VALUES["id"]},
        "name": {"S": VALUES["name"]},
        "email": {"S": VALUES["email"]},
        "age": {"N": "36"},
        "balance": {"N": "1234.56"},
        "created": {"S": "2026-11-21T12:30:15.123456Z"},
        "active": {"BOOL": True},
        "notes": {"L": [{"S": note} for note in VALUES["notes"]]},
        "address": {"M": {name: {"S": value} for name, value in VALUES["address"].items()}},
        "tags": {"SS": sorted(VALUES["tags"])},
        "token": {"S": str(VALUES["token"])},
        "role": {"S": "writer"},
    }
    return TO_BYTES({"Items": [item] * count, "Count": count, "ScannedCount": count})


def dynalayer() -> Coder:
    from dynalayer import Attr, Database, Entity, Put, Table, attr, primary

    table = Table("users", pk="id")

    class User(Entity, table=table):
        id: Attr[str] = attr()
        name: Attr[str] = attr()
        email: Attr[str] = attr()
        age: Attr[int] = attr()
        balance: Attr[Decimal] = attr()
        created: Attr[datetime] = attr()
        active: Attr[bool] = attr()
        notes: Attr[list[str]] = attr()
        address: Attr[dict[str, str]] = attr()
        tags: Attr[set[str]] = attr()
        token: Attr[UUID] = attr()
        role: Attr[Role | None] = attr(default=None)
        key = primary(id)

    class Canned:
        """Answers every call with the same page."""

        body = b""

        def call(self, operation: str, body: bytes) -> bytes:
            return self.body

        def close(self) -> None: ...

    user, canned = User(**VALUES), Canned()
    db = Database(canned)
    query = User.key.partition(VALUES["id"])

    def decode(body: bytes) -> list[Any]:
        canned.body = body
        return list(db.query(query))

    return lambda count: [Put(user).body(0.0) for _ in range(count)], decode


def boto3() -> Coder:
    from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

    write, read = TypeSerializer().serialize, TypeDeserializer().deserialize

    def encode(count: int) -> list[bytes]:
        made: list[bytes] = []
        for _ in range(count):
            plain = {
                **VALUES,
                "created": VALUES["created"].isoformat(),
                "token": str(VALUES["token"]),
                "role": VALUES["role"].value,
            }
            made.append(TO_BYTES({"TableName": "users", "Item": {k: write(v) for k, v in plain.items()}}))
        return made

    def decode(body: bytes) -> list[Any]:
        found: list[Any] = []
        for item in FROM_BYTES(body)["Items"]:
            plain = {k: read(v) for k, v in item.items()}
            plain["created"] = datetime.fromisoformat(plain["created"])
            plain["token"] = UUID(plain["token"])
            plain["role"] = Role(plain["role"])
            plain["age"] = int(plain["age"])
            found.append(plain)
        return found

    return encode, decode


def pynamodb() -> Coder:
    from pynamodb.attributes import (
        Attribute,
        BooleanAttribute,
        ListAttribute,
        MapAttribute,
        NumberAttribute,
        UnicodeAttribute,
        UnicodeSetAttribute,
        UTCDateTimeAttribute,
    )
    from pynamodb.models import Model

    class DecimalAttribute(Attribute[Decimal]):
        attr_type = "N"

        def serialize(self, value: Decimal) -> str:
            return str(value)

        def deserialize(self, value: str) -> Decimal:
            return Decimal(value)

    class UUIDAttribute(Attribute[UUID]):
        attr_type = "S"

        def serialize(self, value: UUID) -> str:
            return str(value)

        def deserialize(self, value: str) -> UUID:
            return UUID(value)

    class RoleAttribute(Attribute[Role]):
        attr_type = "S"

        def serialize(self, value: Role) -> str:
            return str(value.value)

        def deserialize(self, value: str) -> Role:
            return Role(value)

    class Address(MapAttribute[str, str]):
        city = UnicodeAttribute()
        zip = UnicodeAttribute()
        country = UnicodeAttribute()

    class User(Model):
        class Meta:
            table_name = "users"

        id = UnicodeAttribute(hash_key=True)
        name = UnicodeAttribute()
        email = UnicodeAttribute()
        age = NumberAttribute()
        balance = DecimalAttribute()
        created = UTCDateTimeAttribute()
        active = BooleanAttribute()
        notes = ListAttribute(of=UnicodeAttribute)
        address = Address()
        tags = UnicodeSetAttribute()
        token = UUIDAttribute()
        role = RoleAttribute(null=True)

    user = User(**{**VALUES, "address": Address(**VALUES["address"])})

    def decode(body: bytes) -> list[Any]:
        items = FROM_BYTES(body)["Items"]
        for item in items:
            # The one form of time that PynamoDB reads.
            item["created"]["S"] = "2026-11-21T12:30:15.123456+0000"
        return [User.from_raw_data(item) for item in items]

    return lambda count: [TO_BYTES({"TableName": "users", "Item": user.serialize()}) for _ in range(count)], decode


def pydynox() -> Coder:
    from pydynox import Model, ModelConfig
    from pydynox.attributes import (
        BooleanAttribute,
        DatetimeAttribute,
        DecimalAttribute,
        EnumAttribute,
        ListAttribute,
        MapAttribute,
        NumberAttribute,
        StringAttribute,
        StringSetAttribute,
    )
    from pydynox.pydynox_core import item_from_dynamo, item_to_dynamo

    class User(Model):
        model_config = ModelConfig(table="users")
        id = StringAttribute(partition_key=True)
        name = StringAttribute()
        email = StringAttribute()
        age = NumberAttribute()
        balance = DecimalAttribute()
        created = DatetimeAttribute()
        active = BooleanAttribute()
        notes = ListAttribute()
        address = MapAttribute()
        tags = StringSetAttribute()
        token = StringAttribute()
        role = EnumAttribute(Role)

    user = User(**{**VALUES, "token": str(VALUES["token"])})
    numbers = {"fields": frozenset({"balance"}), "variants": {}}

    def decode(body: bytes) -> list[Any]:
        items = FROM_BYTES(body)["Items"]
        found = [User.from_dict(item_from_dynamo(item, _number_schema=numbers)) for item in items]
        for each in found:
            each.token = UUID(each.token)
        return found

    def encode(count: int) -> list[bytes]:
        return [TO_BYTES({"TableName": "users", "Item": item_to_dynamo(user.to_dict())}) for _ in range(count)]

    return encode, decode


def dyntastic() -> Coder:
    from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
    from dyntastic import Dyntastic, attr

    class User(Dyntastic):
        __table_name__ = "users"
        __hash_key__ = "id"
        __table_region__ = "us-east-1"
        id: str
        name: str
        email: str
        age: int
        balance: Decimal
        created: datetime
        active: bool
        notes: list[str]
        address: dict[str, str]
        tags: set[str]
        token: UUID
        role: Role | None = None

    user = User(**VALUES)
    write, read = TypeSerializer().serialize, TypeDeserializer().deserialize

    def encode(count: int) -> list[bytes]:
        made: list[bytes] = []
        for _ in range(count):
            item = attr.serialize(user.model_dump())
            made.append(TO_BYTES({"TableName": "users", "Item": {k: write(v) for k, v in item.items()}}))
        return made

    def decode(body: bytes) -> list[Any]:
        items = ({k: read(v) for k, v in item.items()} for item in FROM_BYTES(body)["Items"])
        return [User._dyntastic_load_model(item) for item in items]

    return encode, decode


CODERS: dict[str, Callable[[], Coder]] = {
    "dynalayer": dynalayer,
    "pydynox": pydynox,
    "boto3 serializer": boto3,
    "PynamoDB": pynamodb,
    "dyntastic": dyntastic,
}
