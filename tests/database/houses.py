"""An entity with values of every kind, for the behaviour of values, of their parts and of lists."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple, TypedDict
from uuid import UUID

import msgspec
import pydantic

from dynalayer import Attr, Entity, Table, attr, primary


class Colour(Enum):
    red = "red"
    blue = "blue"


@dataclass
class Room:
    name: str
    area: Decimal = Decimal(1)
    note: str | None = None
    doors: set[int] = field(default_factory=set)


@dataclass
class Address:
    city: str
    street: str | None = None
    rooms: list[Room] = field(default_factory=list)


class Cat(msgspec.Struct, tag=True):
    lives: int


class Dog(msgspec.Struct, tag=True):
    name: str


class Owner(pydantic.BaseModel):
    full_name: str = pydantic.Field(alias="fullName")
    born: date | None = None


class Size(NamedTuple):
    width: int
    depth: int


class Meta(TypedDict):
    source: str
    rank: int | None


houses = Table("houses", pk="id")


class House(Entity, table=houses):
    id: Attr[str] = attr()
    address: Attr[Address] = attr(factory=lambda: Address("?"))
    second: Attr[Address | None] = attr(default=None)
    rooms: Attr[list[Room]] = attr(factory=list)
    names: Attr[list[str]] = attr(factory=list)
    tags: Attr[frozenset[Colour]] = attr(default=frozenset())
    ids: Attr[set[UUID]] = attr(factory=set)
    animal: Attr[Cat | Dog | None] = attr(default=None)
    owner: Attr[Owner | None] = attr(default=None)
    size: Attr[Size] = attr(default=Size(1, 2))
    meta: Attr[Meta | None] = attr(default=None)
    by_colour: Attr[dict[Colour, int | None]] = attr(factory=dict)
    lasts: Attr[timedelta] = attr(default=timedelta(0))
    mixed: Attr[list[str | int | None]] = attr(factory=list)
    price: Attr[Decimal] = attr(default=Decimal(0))
    rent: Attr[Decimal] = attr(default=Decimal(0))
    count: Attr[int] = attr(default=0)
    free: Attr[Any] = attr(default=None)
    key = primary(id)


FULL = House(
    id="1",
    address=Address("Rome", None, [Room("hall", Decimal("9.5"), None, {1, 2}), Room("attic")]),
    second=Address("Oslo", "Gate"),
    rooms=[Room("a"), Room("b", note="dry")],
    names=["x", "y"],
    tags=frozenset({Colour.red}),
    ids={UUID(int=1)},
    animal=Dog("Rex"),
    owner=Owner(fullName="Ada", born=date(1815, 12, 10)),
    size=Size(3, 4),
    meta={"source": "web", "rank": None},
    by_colour={Colour.blue: 1, Colour.red: None},
    lasts=timedelta(days=1, microseconds=1),
    mixed=["a", 1, None],
    price=Decimal("9.99"),
    rent=Decimal("1.01"),
    count=3,
    free={"a": [1, None, {"b": "c"}]},
)
KEY = House.key("1")
