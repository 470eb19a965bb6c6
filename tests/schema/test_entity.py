from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynalayer import (
    Attr,
    DefinitionError,
    Entity,
    Index,
    InvalidValue,
    Table,
    attr,
    index,
    number,
    primary,
    unknown_attributes,
)
from dynalayer.schema import entities_of


class Colour(Enum):
    red = "r"
    blue = "b"


class Level(IntEnum):
    low = 1
    high = 2


@dataclass
class Address:
    city: str
    zip: str | None = None


class Line(msgspec.Struct):
    sku: str
    count: int


things = Table("Things", pk="PK", sk="SK", indexes=[Index("GSI1", pk="GSI1PK", sk="GSI1SK")])


class Thing(Entity, table=things, camel_case=True):
    owner_id: Attr[str] = attr()
    n: Attr[int] = attr()
    price: Attr[Decimal] = attr(default=Decimal(0))
    weight: Attr[float] = attr(default=0.0)
    open: Attr[bool] = attr(default=True)
    raw: Attr[bytes] = attr(default=b"")
    at: Attr[datetime | None] = attr(default=None)
    day: Attr[date | None] = attr(default=None)
    token: Attr[UUID | None] = attr(default=None)
    colour: Attr[Colour] = attr(default=Colour.red)
    level: Attr[Level] = attr(default=Level.low)
    tags: Attr[set[str]] = attr(factory=set)
    counts: Attr[set[int]] = attr(factory=set)
    names: Attr[list[str]] = attr(factory=list)
    scores: Attr[dict[str, Decimal]] = attr(factory=dict)
    address: Attr[Address | None] = attr(default=None)
    lines: Attr[list[Line]] = attr(factory=list)
    anything: Attr[Any] = attr(default=None)
    nick: Attr[str | None] = attr(default=None)
    key = primary(owner_id, n, pk="OWNER#{owner_id}", sk="THING#{n}")
    by_nick = index("GSI1", nick, pk="NICK#{nick}")


DEFINITION = Thing.__definition__


def through_the_wire(thing: Thing) -> Any:
    return DEFINITION.decode_answer(msgspec.json.encode({"Item": DEFINITION.encode(thing)}))


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
decimals = st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**20), max_value=10**20)


@given(
    owner=texts,
    n=st.integers(-(10**30), 10**30),
    price=decimals,
    weight=st.floats(-1e100, 1e100, allow_nan=False).filter(lambda x: x == 0 or abs(x) > 1e-100),
    tags=st.sets(st.text(st.characters(exclude_categories=["Cs"]))),
    counts=st.sets(st.integers(-(10**9), 10**9)),
    scores=st.dictionaries(texts, decimals, max_size=3),
    at=st.none() | st.datetimes(timezones=st.just(UTC)),
    raw=st.binary(),
    nick=st.none() | texts,
)
def test_an_entity_comes_back_from_the_wire_as_it_went(owner: str, n: int, **values: Any) -> None:
    thing = Thing(owner_id=owner, n=n, **values)
    assert through_the_wire(thing) == thing


def test_every_type_comes_back() -> None:
    thing = Thing(
        owner_id="ada",
        n=1,
        day=date(2026, 11, 20),
        token=UUID(int=5),
        colour=Colour.blue,
        level=Level.high,
        names=["a", ""],
        address=Address("London"),
        lines=[Line("x", 2)],
        anything={"a": [1, None, {"b"}]},
    )
    assert through_the_wire(thing) == thing


def test_names_are_stored_in_camel_case_and_keys_by_their_templates() -> None:
    item = DEFINITION.encode(Thing(owner_id="a#b", n=7, nick="x"))
    assert item["ownerId"] == {"S": "a#b"}
    assert item["PK"] == {"S": "OWNER#a$Zb"}
    assert item["GSI1PK"] == {"S": "NICK#x"}
    assert item["GSI1SK"] == {"S": "Thing"}


def test_what_is_none_or_an_empty_set_is_not_stored() -> None:
    item = DEFINITION.encode(Thing(owner_id="a", n=7))
    assert not {"nick", "tags", "at", "GSI1PK"} & item.keys()


def test_unknown_attributes_survive_a_read_and_a_write_back() -> None:
    item = DEFINITION.encode(Thing(owner_id="a", n=7)) | {"newField": {"L": [{"N": "1"}]}}
    thing = DEFINITION.decode_answer(msgspec.json.encode({"Item": item}))
    thing.open = False
    assert DEFINITION.encode(thing) == item | {"open": {"BOOL": False}}


def test_what_a_class_does_not_declare_can_be_looked_at() -> None:
    item = DEFINITION.encode(Thing(owner_id="a", n=7)) | {"note": {"L": [{"N": "7"}]}}
    assert unknown_attributes(DEFINITION.decode(item)) == {"note": [7]}
    assert unknown_attributes(Thing(owner_id="a", n=7)) == {}


def test_a_page_of_items_with_and_without_unknown_attributes_is_read_whole() -> None:
    plain = DEFINITION.encode(Thing(owner_id="a", n=1))
    odd = DEFINITION.encode(Thing(owner_id="a", n=2)) | {"x": {"S": "y"}}
    page = DEFINITION.decode_page(msgspec.json.encode({"Items": [plain, odd], "ScannedCount": 2}))
    assert [thing.n for thing in page.items] == [1, 2]


def test_a_stored_item_without_a_required_attribute_is_named() -> None:
    item = DEFINITION.encode(Thing(owner_id="a", n=7))
    del item["n"]
    with pytest.raises(InvalidValue, match=r"Thing\.n: the item in Things has no attribute 'n'"):
        DEFINITION.decode_answer(msgspec.json.encode({"Item": item}))


def test_a_stored_value_of_another_type_is_named() -> None:
    item = DEFINITION.encode(Thing(owner_id="a", n=7)) | {"price": {"S": "much"}}
    with pytest.raises(InvalidValue, match=r"Thing\.price: .*type N, found S"):
        DEFINITION.decode_answer(msgspec.json.encode({"Item": item}))


def test_a_fraction_is_not_read_as_a_whole_number() -> None:
    item = DEFINITION.encode(Thing(owner_id="a", n=7)) | {"n": {"N": "7.5"}}
    with pytest.raises(InvalidValue, match=r"Thing\.n: .*whole number"):
        DEFINITION.decode_answer(msgspec.json.encode({"Item": item}))


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("owner_id", 7, "expected str, got int"),
        ("n", "7", "expected int, got str"),
        ("n", True, "expected int, got bool"),
        ("n", 10**39 - 1, "38"),
        ("price", 1.5, "expected Decimal, got float"),
        ("price", Decimal("NaN"), "NaN and infinity"),
        ("weight", float("nan"), "NaN and infinity"),
        ("weight", float("inf"), "NaN and infinity"),
        ("open", 1, "expected bool"),
        ("raw", "x", "expected bytes"),
        ("at", datetime(2026, 1, 1), "time zone"),
        ("day", datetime(2026, 1, 1, tzinfo=UTC), "expected date"),
        ("colour", "r", "expected Colour"),
        ("tags", ["a"], "expected set of str"),
        ("tags", {1}, "expected str, got int"),
        ("names", "abc", "expected list of str"),
        ("scores", {1: Decimal(1)}, "key of a map"),
        ("address", {"city": "x"}, "expected Address"),
        ("anything", object(), "object"),
    ],
)
def test_a_wrong_value_is_refused_with_entity_and_attribute(name: str, value: Any, words: str) -> None:
    given = {"owner_id": "ada", "n": 1, name: value}
    with pytest.raises(InvalidValue, match=rf"Thing\.{name}: .*{words}"):
        DEFINITION.encode(Thing(**given))


def test_an_empty_key_part_is_refused() -> None:
    with pytest.raises(InvalidValue, match=r"key part 'owner_id': .*empty"):
        DEFINITION.encode(Thing(owner_id="", n=1))


def test_a_key_over_the_limit_is_refused() -> None:
    with pytest.raises(InvalidValue, match="limited to 2048 bytes"):
        DEFINITION.encode(Thing(owner_id="ä" * 1024, n=1))


def test_defaults_are_not_shared_between_instances() -> None:
    first, second = Thing(owner_id="a", n=1), Thing(owner_id="a", n=2)
    first.tags.add("x")
    assert second.tags == set()


def test_an_entity_reads_as_its_constructor_call() -> None:
    table = Table("Small", pk="id")

    class Small(Entity, table=table):
        id: Attr[str] = attr()
        key = primary(id)

    assert repr(Small(id="x")) == "Small(id='x')"
    assert Small(id="x") == Small(id="x") != Small(id="y")
    with pytest.raises(TypeError):
        hash(Small(id="x"))


def test_a_key_of_the_table_may_be_an_attribute_as_it_is() -> None:
    table = Table("Numbered", pk=number("n"))

    class Numbered(Entity, table=table):
        n: Attr[int] = attr()
        key = primary(n)

    assert Numbered.key(7).wire == {"n": {"N": "7"}}


def test_a_class_made_again_takes_the_place_of_the_earlier_one() -> None:
    table = Table("Reloaded", pk="PK")
    for _ in range(2):

        class Again(Entity, table=table):
            id: Attr[str] = attr()
            key = primary(id, pk="A#{id}")

    assert len(entities_of(table)) == 1


def refused(words: str) -> Any:
    return pytest.raises(DefinitionError, match=words)


def test_two_entities_with_keys_that_begin_alike_are_refused() -> None:
    table = Table("Clash", pk="PK", sk="SK")

    class Order(Entity, table=table):
        user: Attr[str] = attr()
        id: Attr[str] = attr()
        key = primary(user, id, pk="U#{user}", sk="ORDER#{id}")

    with refused("OrderLine and Order overlap in table 'Clash'"):

        class OrderLine(Entity, table=table):
            user: Attr[str] = attr()
            id: Attr[str] = attr()
            n: Attr[int] = attr()
            key = primary(user, id, n, pk="U#{user}", sk="ORDER#{id}#LINE#{n}")

    class Profile(Entity, table=table):
        user: Attr[str] = attr()
        key = primary(user, pk="U#{user}", sk="PROFILE")

    assert Profile.key("ada").wire["SK"] == {"S": "PROFILE"}


def test_declarations_that_cannot_work_are_refused_when_the_class_is_made() -> None:
    table = Table("Bad", pk="PK", sk="SK", indexes=[Index("III", pk="IPK")], ttl="expires")
    with refused("must declare its primary key once"):

        class NoKey(Entity, table=table):
            id: Attr[str] = attr()

    with refused("needs a template"):

        class NoTemplate(Entity, table=table):
            id: Attr[str] = attr()
            key = primary(id)

    with refused("has no index 'J'"):

        class NoIndex(Entity, table=table):
            id: Attr[str] = attr()
            key = primary(id, pk="A#{id}")
            by_id = index("J", id, pk="B#{id}")

    with refused("'III'.* has no sort key"):

        class NoSort(Entity, table=table):
            id: Attr[str] = attr()
            key = primary(id, pk="A#{id}")
            by_id = index("III", id, id, pk="B#{id}", sk="C#{id}")

    with refused("must hold each of its attributes once"):

        class Unused(Entity, table=table):
            id: Attr[str] = attr()
            other: Attr[str] = attr()
            key = primary((id, other), pk="A#{id}")

    with refused("complex"):

        class NoCodec(Entity, table=table):
            id: Attr[complex] = attr()
            key = primary(id, pk="A#{id}")

    with refused("an expiry is an int of seconds or a datetime"):

        class TextExpiry(Entity, table=table):
            id: Attr[str] = attr()
            expires: Attr[str] = attr()
            key = primary(id, pk="A#{id}")

    with refused("marked ttl"):

        class OtherExpiry(Entity, table=table):
            id: Attr[str] = attr()
            ends: Attr[int] = attr(ttl=True)
            key = primary(id, pk="A#{id}")

    with refused("give a mutable default as factory"):

        class Mutable(Entity, table=table):
            id: Attr[str] = attr()
            tags: Attr[set[str]] = attr(default=set())
            key = primary(id, pk="A#{id}")

    with refused("is filled by a template and cannot be an attribute"):

        class Twice(Entity, table=table):
            PK: Attr[str] = attr()
            key = primary(PK, pk="A#{PK}")

    with refused("two attributes are stored as 'x'"):

        class SameName(Entity, table=table):
            id: Attr[str] = attr(name="x")
            x: Attr[str] = attr()
            key = primary(id, pk="A#{id}")


def test_a_table_with_two_types_for_one_attribute_is_refused() -> None:
    with refused("declared with two types"):
        Table("TTT", pk="id", indexes=[Index("III", pk=number("id"))])
    with refused("two indexes share a name"):
        Table("TTT", pk="id", indexes=[Index("III", pk="a"), Index("III", pk="b")])
