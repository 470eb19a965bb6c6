"""Which writes may be made again after silence, and when two items are the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynalayer import (
    AccessDenied,
    Attr,
    Change,
    ConditionFailed,
    Create,
    Delete,
    Entity,
    OutcomeUnknown,
    Put,
    Table,
    Update,
    attr,
    primary,
    revision,
)
from dynalayer.statements import Raw, judged, may_repeat
from dynalayer.statements.writing.repeating import same_item

things = Table("things", pk="PK")


class Thing(Entity, table=things):
    id: Attr[str] = attr()
    count: Attr[int] = attr(default=0)
    other: Attr[int] = attr(default=0)
    tags: Attr[set[str]] = attr(factory=set)
    names: Attr[list[str]] = attr(factory=list)
    places: Attr[dict[str, str]] = attr(factory=dict)
    note: Attr[str | None] = attr(default=None)
    key = primary(id, pk="THING#{id}")


class Counted(Entity, table=things):
    id: Attr[str] = attr()
    count: Attr[int] = attr(default=0)
    revision: Attr[int] = revision()
    key = primary(id, pk="COUNTED#{id}")


SAME_TWICE = [
    (Thing.count.set(1), Thing.note.remove()),
    (Thing.note.set_if_missing("x"),),
    (Thing.tags.add({"a"}),),
    (Thing.tags.discard({"a"}),),
    (Thing.places.at(lambda places: places["home"]).set("here"),),
    (Thing.count.set_from(Thing.other),),
    (Thing.count.set_from(Thing.other, plus=1),),
]
OTHERWISE = [
    (Thing.count.add(1),),
    (Thing.note.set("x"), Thing.count.add(1)),
    (Thing.names.append("x"),),
    (Thing.names.prepend("x"),),
    (Thing.names.at(lambda names: names[3]).set("x"),),
    (Thing.names.at(lambda names: names[0]).remove(),),
    (Thing.count.set_from(Thing.other), Thing.other.set_from(Thing.count)),
    (Thing.count.set_from(Thing.count, plus=1),),
]


@pytest.mark.parametrize("changes", SAME_TWICE)
def test_an_update_that_leaves_the_same_twice_may_be_repeated(changes: tuple[Change[Thing], ...]) -> None:
    assert may_repeat(Update(Thing.key("1"), changes))


@pytest.mark.parametrize("changes", OTHERWISE)
def test_an_update_that_builds_on_what_is_there_may_not(changes: tuple[Change[Thing], ...]) -> None:
    assert not may_repeat(Update(Thing.key("1"), changes))


def test_a_revision_lets_any_update_be_repeated() -> None:
    assert may_repeat(Update(Counted(id="1"), (Counted.count.add(1),)))
    assert not may_repeat(Update(Counted.key("1"), (Counted.count.add(1),)))


def test_puts_and_deletions_may_be_repeated_and_unknown_calls_may_not() -> None:
    thing = Thing(id="1")
    assert may_repeat(Put(thing))
    assert may_repeat(Create(thing))
    assert may_repeat(Delete(thing))
    assert not may_repeat(Raw("PutItem", {}))
    assert may_repeat(Raw("PutItem", {}, repeatable=True))


def test_numbers_and_sets_are_the_same_however_they_are_written() -> None:
    ours = {"a": {"N": "1.50"}, "b": {"NS": ["1", "2.0"]}, "c": {"M": {"d": {"L": [{"SS": ["x", "y"]}]}}}}
    theirs = {"a": {"N": "1.5"}, "b": {"NS": ["2", "1"]}, "c": {"M": {"d": {"L": [{"SS": ["y", "x"]}]}}}}
    assert same_item(ours, theirs)


texts = st.text(max_size=3)
leaves = st.one_of(
    texts.map(lambda text: {"S": text}),
    st.integers(-9, 9).map(lambda number: {"N": str(number)}),
    st.booleans().map(lambda truth: {"BOOL": truth}),
    st.sets(texts, min_size=1, max_size=3).map(lambda members: {"SS": sorted(members)}),
)
values: st.SearchStrategy[dict[str, Any]] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda elements: {"L": elements}),
        st.dictionaries(texts, inner, max_size=3).map(lambda members: {"M": members}),
    ),
    max_leaves=6,
)
items = st.dictionaries(texts, values, max_size=4)


@given(items, items)
def test_items_are_the_same_only_if_they_are_equal(left: dict[str, Any], right: dict[str, Any]) -> None:
    assert same_item(left, right) == (left == right)
    assert same_item(left, dict(reversed(left.items())))


def test_a_refusal_whose_item_cannot_be_read_tells_nothing_of_the_first_attempt() -> None:
    create = Create(Thing(id="a"))
    steps = judged(create, create.body(0.0), ConditionFailed()).begin(lambda: 0.0)
    assert next(steps) == Raw("GetItem", {"TableName": "things", "Key": create.key.wire, "ConsistentRead": True}, True)
    with pytest.raises(OutcomeUnknown, match="what is stored could not be read"):
        steps.throw(AccessDenied("expired"))
