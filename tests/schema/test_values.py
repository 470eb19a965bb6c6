"""Every value reads back equal and of its own type: from the wire, and out of the embedded engine."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalayer import Attr, Database, Entity, Table, attr, primary

from .values import (
    Address,
    Area,
    Basket,
    Card,
    Cash,
    Cat,
    Colour,
    Dog,
    Item,
    Level,
    Line,
    Mode,
    Money,
    Names,
    Open,
    Pair,
    Plain,
    Point,
    Profile,
    Right,
    Tree,
    UserId,
)

holders = Table("holders", pk="id")

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
name = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5)
integer = st.integers(-(10**30), 10**30)
decimal = st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**20), max_value=10**20)
floats = st.floats(-1e100, 1e100, allow_nan=False).filter(lambda x: x == 0 or abs(x) > 1e-100)
moment = st.datetimes(timezones=st.just(UTC))
lines = st.builds(Line, text, decimal, integer, st.none() | text, st.sets(text, max_size=2))
points = st.builds(Point, x=floats, y=floats, label=st.none() | text)
addresses = st.builds(Address, text, st.none() | text, st.lists(lines, max_size=2), st.none() | points)
trees = st.recursive(
    st.builds(Tree, text),
    lambda inner: st.builds(Tree, text, st.lists(inner, max_size=2), st.none() | inner),
    max_leaves=5,
)
cats = st.builds(Cat, st.integers(0, 9))
animals = st.recursive(cats, lambda inner: st.builds(Dog, text, st.lists(inner, max_size=2)), max_leaves=4)
items = st.builds(Item, sku=name, price=decimal, when=st.none() | moment, tags=st.frozensets(text, max_size=2))
profiles = st.fixed_dictionaries({"name": text, "age": st.none() | integer}, optional={"nick": st.none() | text})

VALUES: dict[Any, st.SearchStrategy[Any]] = {
    str: text,
    int: integer,
    Decimal: decimal,
    float: floats,
    bool: st.booleans(),
    bytes: st.binary(max_size=9),
    datetime: moment,
    date: st.dates(),
    time: st.times(),
    timedelta: st.timedeltas(),
    UUID: st.uuids(),
    UserId: text,
    Money: decimal,
    Colour: st.sampled_from(Colour),
    Level: st.sampled_from(Level),
    Mode: st.sampled_from(Mode),
    Right: st.sampled_from([Right(n) for n in range(8)]),
    Literal["a", "b"]: st.sampled_from("ab"),
    Literal[1, 2]: st.sampled_from([1, 2]),
    Literal[True]: st.just(True),
    set[str]: st.sets(text),
    set[Decimal]: st.sets(decimal),
    set[bytes]: st.sets(st.binary(max_size=3)),
    set[Colour]: st.sets(st.sampled_from(Colour)),
    set[Level]: st.sets(st.sampled_from(Level)),
    set[date]: st.sets(st.dates()),
    set[float]: st.sets(floats),
    frozenset[int]: st.frozensets(integer),
    frozenset[UUID]: st.frozensets(st.uuids()),
    list[int]: st.lists(integer),
    list[str | None]: st.lists(st.none() | text),
    list[set[str]]: st.lists(st.sets(text, min_size=1)),
    list[list[Decimal | None]]: st.lists(st.lists(st.none() | decimal)),
    list[Level]: st.lists(st.sampled_from(Level)),
    tuple[str, ...]: st.lists(text).map(tuple),
    tuple[int, str | None, Colour]: st.tuples(integer, st.none() | text, st.sampled_from(Colour)),
    dict[str, int]: st.dictionaries(name, integer),
    dict[Colour, list[date]]: st.dictionaries(st.sampled_from(Colour), st.lists(st.dates())),
    dict[Level, str]: st.dictionaries(st.sampled_from(Level), text),
    dict[UUID, Decimal | None]: st.dictionaries(st.uuids(), st.none() | decimal),
    dict[int, bool]: st.dictionaries(integer, st.booleans()),
    dict[date, Pair]: st.dictionaries(st.dates(), st.builds(Pair, integer, text)),
    Line: lines,
    Point: points,
    Address: addresses,
    Tree: trees,
    Area: st.builds(Area, st.integers(0, 9), st.integers(0, 9)),
    Plain: st.builds(Plain, text, text, st.none() | moment),
    Dog: st.builds(Dog, text, st.lists(animals, max_size=2)),
    Cat | Dog: animals,
    Card | Cash: st.builds(Card, text) | st.builds(Cash, decimal),
    list[Card | Cash]: st.lists(st.builds(Card, text) | st.builds(Cash, decimal)),
    str | int: text | integer,
    int | bool | list[str] | bytes: integer | st.booleans() | st.lists(text) | st.binary(max_size=3),
    dict[str, str | int | None]: st.dictionaries(name, st.none() | text | integer),
    Profile: profiles,
    Pair: st.builds(Pair, integer, text),
    Item: items,
    Basket: st.builds(
        Basket,
        items=st.lists(items, max_size=2),
        by_day=st.dictionaries(st.dates(), items, max_size=2),
        site=st.none() | st.just("https://example.org/x"),
    ),
    Names: st.lists(text).map(Names),
    Open: st.builds(Open, n=integer, colour=text, more=st.lists(text)),
    Any: st.recursive(st.none() | text | integer | st.booleans(), lambda x: st.lists(x) | st.dictionaries(name, x)),
}


def holder(annotation: Any) -> Any:
    """An entity with one attribute of this type."""
    namespace = {
        "__annotations__": {"id": Attr[str], "value": Attr[annotation]},  # type: ignore[valid-type]
        "__module__": __name__,
        "id": attr(),
        "value": attr(),
    }
    namespace["key"] = primary(namespace["id"])
    return type("Holder", (Entity,), namespace, table=holders)


HOLDERS = [(annotation, holder(annotation), strategy) for annotation, strategy in VALUES.items()]
each_type = pytest.mark.parametrize(
    ("kind", "strategy"), [case[1:] for case in HOLDERS], ids=[str(case[0]).split(".")[-1] for case in HOLDERS]
)


def same(found: Any, given: Any) -> bool:
    """Equal, and of the same type all the way down."""
    if type(found) is not type(given) or found != given:
        return False
    if isinstance(given, dict):
        keys = zip(sorted(map(repr, found)), sorted(map(repr, given)), strict=True)
        return all(a == b for a, b in keys) and all(same(found[key], given[key]) for key in given)
    if isinstance(given, list | tuple):
        return all(map(same, found, given))
    if isinstance(given, set | frozenset):
        return {type(x) for x in found} == {type(x) for x in given}
    members = getattr(given, "__dict__", None) if not isinstance(given, type) else None
    if members and not hasattr(given, "_value_"):
        return all(same(getattr(found, member), value) for member, value in members.items())
    return True


@each_type
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_value_reads_back_from_the_wire_as_it_was_written(kind: Any, strategy: Any, data: st.DataObject) -> None:
    value = data.draw(strategy)
    definition = kind.__definition__
    item = definition.encode(kind(id="1", value=value))
    assert same(definition.decode_answer(msgspec.json.encode({"Item": item})).value, value)
    assert same(definition.decode(item).value, value)


@each_type
@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_a_value_reads_back_from_the_engine_as_it_was_written(kind: Any, strategy: Any, data: st.DataObject) -> None:
    value = data.draw(strategy)
    with Database("memory:") as db:
        db.create_tables(holders)
        db.put(kind(id="1", value=value))
        found = db.get(kind.key("1"))
        assert same(found.value, value)
