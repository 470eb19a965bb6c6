"""Changes of entities whose attributes are kept inside a map are told by attribute, not as a change of the map."""

from __future__ import annotations

from typing import Any

import pytest

from dynalayer import Attr, Entity, InvalidValue, Modified, Table, attr, decode_stream, index, primary
from dynalayer import Index as GlobalIndex

from .shop import Json, record

shop = Table("shop", pk="PK", sk="SK", indexes=[GlobalIndex("GSI1", pk="GSI1PK")])


class Review(Entity, table=shop, inside="Data"):
    agent: Attr[str] = attr(name="agentId")
    id: Attr[str] = attr()
    rating: Attr[int] = attr(default=0)
    tags: Attr[set[str]] = attr(factory=set)
    state: Attr[str | None] = attr(default=None, outside=True)
    key = primary(agent, id, pk="REVIEW#{agent}", sk="REVIEW#{id}")
    by_rating = index("GSI1", rating, pk="RATING#{rating}")


def item(outside: Json, **inside: Json) -> Json:
    inner = {"agentId": {"S": "a"}, "id": {"S": "1"}, **inside}
    return {"PK": {"S": "REVIEW#a"}, "SK": {"S": "REVIEW#1"}, "Data": {"M": inner}, **outside}


def modified(old: Json, new: Json) -> Modified[Review]:
    (change,) = decode_stream([record("MODIFY", new, old)], Review)
    assert isinstance(change, Modified)
    return change


def test_what_differs_in_the_map_is_told_by_its_name_in_the_class() -> None:
    change = modified(
        item({"GSI1PK": {"S": "RATING#1"}}, rating={"N": "1"}, tags={"SS": ["a", "b"]}, more={"S": "x"}),
        item({"GSI1PK": {"S": "RATING#2"}}, rating={"N": "2"}, tags={"SS": ["b", "a"]}),
    )
    assert change.changed_attributes == {"rating", "Data.more"}
    assert change.changed(Review.rating)
    assert not change.changed(Review.tags)
    assert dict(change.difference()) == {"rating": (1, 2), "Data.more": ("x", None)}


def test_an_attribute_outside_of_the_name_of_one_inside_is_another() -> None:
    change = modified(item({}), item({"state": {"S": "new"}, "rating": {"N": "1"}}))
    assert change.changed_attributes == {"state", "rating"}
    assert not change.changed(Review.rating)
    assert dict(change.difference())["state"] == (None, "new")


@pytest.mark.parametrize("lost", [None, {"M": {}}])
def test_a_map_that_goes_is_a_change_of_all_that_was_in_it(lost: Any) -> None:
    old, new = item({}, rating={"N": "1"}), item({})
    new = {name: wire for name, wire in new.items() if name != "Data"} | ({} if lost is None else {"Data": lost})
    assert modified(old, new).changed_attributes == {"agent", "id", "rating"}


def test_a_map_that_is_none_is_told_under_its_own_name() -> None:
    change = modified(item({}), item({"Data": {"S": "text"}}))
    assert change.changed_attributes == {"agent", "id", "Data"}
    with pytest.raises(InvalidValue, match="should be the map of its others"):
        change.difference()
