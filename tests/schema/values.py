"""Types of every kind that attributes may have, for the tests of values."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, NamedTuple, NewType, NotRequired, TypedDict

import msgspec
import pydantic

UserId = NewType("UserId", str)
Money = Annotated[Decimal, "euro"]


class Colour(enum.Enum):
    red = "r"
    blue = "b"


class Level(enum.IntEnum):
    low = 1
    high = 2


class Mode(enum.StrEnum):
    fast = "fast"
    slow = "slow"


class Right(enum.Flag):
    read = 1
    write = 2
    own = 4


@dataclass
class Line:
    sku: str
    price: Decimal
    count: int = 1
    note: str | None = None
    tags: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    x: float
    y: float
    label: str | None = "here"


@dataclass
class Address:
    city: str
    zip_code: str | None = field(default=None, metadata={"name": "zipCode"})
    lines: list[Line] = field(default_factory=list)
    where: Point | None = None


@dataclass
class Tree:
    name: str
    children: list[Tree] = field(default_factory=list)
    parent_of: Tree | None = None


@dataclass
class Area:
    width: int
    height: int
    size: int = field(init=False)

    def __post_init__(self) -> None:
        self.size = self.width * self.height


class Plain(msgspec.Struct, rename="camel"):
    first_name: str
    last_name: str = "?"
    seen: datetime | None = None


class Cat(msgspec.Struct, tag="cat", tag_field="kind"):
    lives: int


class Dog(msgspec.Struct, tag="dog", tag_field="kind"):
    name: str
    friends: list[Cat | Dog] = []


@dataclass
class Card:
    number: str
    method: Literal["card"] = "card"


@dataclass
class Cash:
    amount: Decimal
    method: Literal["cash"] = "cash"


class Profile(TypedDict):
    name: str
    age: int | None
    nick: NotRequired[str | None]


class Pair(NamedTuple):
    left: int
    right: str = "r"


class Item(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(populate_by_name=True)
    sku: str = pydantic.Field(alias="SKU", min_length=1)
    price: Decimal
    when: datetime | None = None
    tags: frozenset[str] = frozenset()


class Basket(pydantic.BaseModel):
    items: list[Item]
    by_day: dict[date, Item] = pydantic.Field(default_factory=dict)
    site: pydantic.HttpUrl | None = None


class Names(pydantic.RootModel[list[str]]):
    pass


class Open(pydantic.BaseModel, extra="allow"):
    n: int
