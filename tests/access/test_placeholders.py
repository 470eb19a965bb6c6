from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import msgspec
import pytest

from dynalayer import Attr, Entity, InvalidValue, Table, any_, attr, primary, revision
from dynalayer.access.placeholders import is_placeholder

from .shop import Order


class Colour(enum.Enum):
    red = "red"
    blue = "blue"


@dataclass
class Address:
    city: str
    zip: str | None


class Struct(msgspec.Struct):
    city: str
    numbers: list[int]


class Everything(Entity, table=Table("everything", pk="id")):
    id: Attr[str] = attr()
    n: Attr[int | None] = attr()
    colour: Attr[Colour] = attr()
    address: Attr[Address] = attr()
    struct: Attr[Struct] = attr()
    at: Attr[datetime] = attr()
    days: Attr[list[date]] = attr()
    amounts: Attr[dict[str, Decimal]] = attr()
    tags: Attr[set[str]] = attr()
    level: Attr[Literal["low", "high"]] = attr()
    kept: Attr[str] = attr(default="kept")
    nothing: Attr[str | None] = attr(default=None)
    count: Attr[int] = revision()
    key = primary(id)


@pytest.mark.parametrize("of", [str, int, float, Decimal, bytes, datetime, date, UUID, Colour, Address, Struct])
def test_a_placeholder_is_a_value_of_its_type(of: type[Any]) -> None:
    assert isinstance(any_(of), of)


@pytest.mark.parametrize("of", [str, int, Decimal, bytes, datetime, date, UUID, Colour])
def test_two_placeholders_are_two_values(of: type[Any]) -> None:
    assert any_(of) != any_(of)


def test_a_text_is_known_as_a_placeholder_also_behind_a_key_template() -> None:
    key = Order.key(any_(str), "given")
    template = key.definition.primary.partition[0].template
    assert template is not None
    assert is_placeholder(template.parse(key.wire["PK"]["S"])["customer"])
    assert not is_placeholder("given")
    assert not is_placeholder("g")


def test_an_entity_has_placeholders_for_all_that_has_no_default() -> None:
    made = any_(Everything)
    assert made.kept == "kept"
    assert is_placeholder(made.nothing)
    assert isinstance(made.days[0], date)
    assert Everything.key(made.id) == made.key
    assert Everything.__definition__.encode(made)["level"]["S"] in ("low", "high")


def test_a_type_without_known_values_needs_an_example() -> None:
    with pytest.raises(InvalidValue, match="give an example value"):
        any_(object.__class__)
