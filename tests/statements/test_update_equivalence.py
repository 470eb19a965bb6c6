"""After any updates through the layer, an item is what a put of the entity would have stored, index keys included."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dynalayer import (
    Attr,
    Change,
    ConditionFailed,
    Database,
    Entity,
    Index,
    InvalidValue,
    Table,
    ValidationError,
    attr,
    index,
    number,
    primary,
)
from dynalayer.statements import Raw

table = Table(
    "equal",
    pk="PK",
    sk="SK",
    indexes=[
        Index("GSI1", pk="GSI1PK", sk="GSI1SK"),
        Index("GSI2", pk="GSI2PK", sk=number("score")),
        Index("GSI3", pk="GSI3PK", sk="GSI3SK"),
    ],
)


class State(Enum):
    new = "new"
    done = "done"


@dataclass
class Part:
    name: str
    size: int = 1
    note: str | None = None
    marks: set[int] = field(default_factory=set)


class Thing(Entity, table=table):
    id: Attr[str] = attr()
    state: Attr[State | None] = attr(default=None)
    rank: Attr[int] = attr(default=0)
    score: Attr[int] = attr(default=5)
    owner: Attr[str] = attr(default="nobody")
    price: Attr[Decimal] = attr(default=Decimal(0))
    limit: Attr[Decimal] = attr(default=Decimal(9))
    tags: Attr[set[str]] = attr(factory=set)
    names: Attr[list[str]] = attr(factory=list)
    part: Attr[Part] = attr(factory=lambda: Part("x"))
    more: Attr[dict[str, Part | None]] = attr(factory=dict)
    key = primary(id, pk="THING#{id}")
    by_state = index("GSI1", state, rank, pk="STATE#{state}", sk="RANK#{rank}")
    by_owner = index("GSI2", owner, score, pk="OWNER#{owner}")
    by_rank = index("GSI3", rank, pk="RANK#{rank}")


KEY = Thing.key("1")
PART = Thing.part
texts = st.sampled_from(["a", "b", "c"])
small = st.integers(-3, 3)
parts = st.builds(Part, texts, small, st.none() | texts, st.sets(small, max_size=2))

CHANGES: list[st.SearchStrategy[Change[Thing]]] = [
    st.builds(Thing.state.set, st.none() | st.sampled_from(State)),
    st.builds(Thing.state.set_if_missing, st.sampled_from(State)),
    st.builds(Thing.state.remove),
    st.builds(Thing.rank.set, small),
    st.builds(Thing.rank.add, small),
    st.builds(Thing.rank.remove),
    st.builds(Thing.rank.set_from, st.just(Thing.score)),
    st.builds(Thing.score.add, small, floor=st.none() | small),
    st.builds(Thing.score.set_from, st.just(Thing.rank), plus=small),
    st.builds(Thing.score.set, small),
    st.builds(Thing.owner.set, texts),
    st.just(Thing.owner.remove()),
    st.builds(Thing.price.add, small, ceiling=st.none() | small),
    st.builds(Thing.price.set_from, st.just(Thing.limit)),
    st.builds(Thing.tags.add, st.sets(texts, min_size=1)),
    st.builds(Thing.tags.discard, st.sets(texts, min_size=1)),
    st.builds(Thing.tags.set, st.sets(texts)),
    st.builds(Thing.names.append, texts, texts),
    st.builds(Thing.names.prepend, texts),
    st.builds(Thing.names.at(lambda n: n[0]).remove),
    st.builds(Thing.names.at(lambda n: n[1]).set, texts),
    st.builds(PART.set, parts),
    st.builds(PART.at(lambda p: p.note).set, st.none() | texts),
    st.builds(PART.at(lambda p: p.marks).set, st.sets(small, max_size=2)),
    st.builds(PART.at(lambda p: p.size).add, small),
    st.builds(Thing.more.at(lambda m: m["k"]).set, st.none() | parts),
    st.builds(Thing.more.at(lambda m: m["k"]).at(lambda p: p.name).set, texts),
    st.builds(Thing.more.at(lambda m: m["k"]).remove),
]
updates = st.lists(st.lists(st.one_of(CHANGES), min_size=1, max_size=4), min_size=1, max_size=6)
things = st.builds(Thing, id=st.just("1"), state=st.none() | st.sampled_from(State), names=st.lists(texts))
DEFAULTS = Thing.__definition__.encode(Thing(id="1"))


def stored(db: Database) -> dict[str, Any]:
    found: dict[str, Any] = db.run(Raw("GetItem", {"TableName": table.name, "Key": KEY.wire}))["Item"]
    return found


def normal(item: dict[str, Any]) -> dict[str, Any]:
    """With the attributes that are read as their defaults, and without the keys of indexes that it is not in."""
    whole = {name: item.get(name, DEFAULTS.get(name)) for name in item.keys() | {"rank", "score", "owner", "price"}}
    for names in ({"GSI1PK", "GSI1SK"}, {"GSI2PK", "score"}, {"GSI3PK", "GSI3SK"}):
        if not names <= item.keys():
            # Half a key is as good as none: the service keeps the item out of the index.
            whole = {name: value for name, value in whole.items() if name not in names or name == "score"}
    return _sorted(whole)  # type: ignore[no-any-return]


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: sorted(x) if name in ("SS", "NS") else _sorted(x) for name, x in value.items()}
    return [_sorted(x) for x in value] if isinstance(value, list) else value


@settings(max_examples=150, deadline=None)
@given(first=things, asked=updates)
def test_an_updated_item_is_what_a_put_of_the_entity_stores(first: Thing, asked: list[list[Change[Thing]]]) -> None:
    with Database("memory:") as db:
        db.create_tables(table)
        db.put(first)
        done = 0
        for changes in asked:
            try:
                after = db.update(KEY, *changes)
            except (InvalidValue, ConditionFailed, ValidationError):
                continue
            done += 1
            assert normal(stored(db)) == normal(Thing.__definition__.encode(after))
            assert db.get(KEY) == after
        assume(done)


def test_an_index_key_of_a_removed_attribute_is_that_of_its_default() -> None:
    with Database("memory:") as db:
        db.create_tables(table)
        db.put(Thing(id="1", owner="ada"))
        db.update(KEY, Thing.owner.remove())
        assert [thing.id for thing in db.query(Thing.by_owner("nobody"))] == ["1"]
        assert list(db.query(Thing.by_owner("ada"))) == []


@pytest.mark.parametrize(
    "change",
    [
        Thing.rank.add(1),
        Thing.rank.set_from(Thing.score),
        Thing.state.set_if_missing(State.new),
        Thing.state.set(State.new),
    ],
)
def test_an_index_key_that_would_be_half_known_is_refused(change: Change[Thing]) -> None:
    with Database("memory:") as db, pytest.raises(InvalidValue, match="half known"):
        db.update(KEY, change)


def test_an_index_key_with_a_default_is_set_and_not_removed() -> None:
    with Database("memory:") as db, pytest.raises(InvalidValue, match=r"Thing\.score is a key of index 'GSI2'"):
        db.update(KEY, Thing.score.remove())


class Entry(Entity, table=table):
    id: Attr[str] = attr()
    owner: Attr[str] = attr()
    key = primary(id, pk="ENTRY#{id}")
    by_owner = index("GSI1", owner, pk="ENTRIES OF {owner}", sk="ENTRY")


def test_an_upsert_gives_a_new_item_the_index_keys_that_have_one_text_for_all() -> None:
    with Database("memory:") as db:
        db.create_tables(table)
        made = db.update(Entry.key("1"), Entry.owner.set("ada"), upsert=True)
        answer = db.run(Raw("GetItem", {"TableName": table.name, "Key": made.key.wire}))
        assert answer["Item"] == Entry.__definition__.encode(made)
        assert list(db.query(Entry.by_owner("ada"))) == [made]
