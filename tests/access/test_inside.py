"""Access patterns of entities whose attributes are kept inside a map."""

from __future__ import annotations

from typing import Any

import pytest

from dynalayer import AccessPattern, Attr, Database, Entity, Get, Index, Table, Update, any_, attr, index, primary
from dynalayer.access import undeclared
from dynalayer.access.sizes import item_size_of
from dynalayer.access.takings import Amount, Sizes
from dynalayer.access.uses import uses
from dynalayer.protocol import item_size
from dynalayer.testing import Faults

from .modules import checked, found

table = Table(
    "access-inside",
    pk="PK",
    sk="SK",
    indexes=[
        Index("carried", pk="GSI1PK", sk="GSI1SK", projection=["Data", "kind"]),
        Index("keys", pk="GSI2PK", sk="GSI2SK", projection="KEYS_ONLY"),
    ],
)


class Review(Entity, table=table, inside="Data"):
    agent: Attr[str] = attr(max_bytes=10)
    id: Attr[str] = attr(max_bytes=10)
    rating: Attr[int] = attr(default=0)
    note: Attr[str] = attr(default="", max_bytes=100)
    kind: Attr[str] = attr(default="", max_bytes=10, outside=True)
    key = primary(agent, id, pk="REVIEW#{agent}", sk="REVIEW#{id}")
    by_id = index("carried", id, pk="REVIEW#{id}", sk="REVIEW")
    by_rating = index("keys", rating, id, pk="RATING#{rating}", sk="REVIEW#{id}")


KEY = Review.key(any_(str), any_(str))


def test_the_largest_item_counts_the_map_around_its_attributes() -> None:
    largest = Review(agent="#" * 10, id="#" * 10, rating=-(10**37 + 10**36), note="x" * 100, kind="x" * 10)
    made = item_size(Review.__definition__.encode(largest))
    bound = item_size_of(Review.__definition__)
    assert made <= bound.bytes
    assert bound.bytes - made < 70  # all that a number in a key or in a value may take besides


def test_an_index_that_carries_the_map_gives_whole_items() -> None:
    report = checked(AccessPattern("by id", Review.by_id(any_(str)).where(Review.rating > 1), items=1, keeps=1.0))
    assert found(report, "projection") == []


def test_an_index_without_the_map_lacks_what_is_in_it() -> None:
    whole, filtered = found(
        checked(
            AccessPattern("whole", Review.by_rating(any_(int)), items=1),
            AccessPattern("some", Review.by_rating(any_(int)).where(Review.note == "x").select(Review.id), items=1),
        ),
        "projection",
    )
    assert "does not carry agent, id, rating, note, kind, without which" in whole.reason
    assert "the filter names note, which index keys does not carry" in filtered.reason


def test_a_change_in_the_map_is_written_to_the_indexes_that_carry_it() -> None:
    def writes(*changes: Any) -> set[str | None]:
        return {use.index for use in uses(Update(KEY, changes), Amount(), Sizes()) if use.kind == "write"}

    assert writes(Review.note.set("x")) == {None, "carried"}
    assert writes(Review.rating.set(1)) == {None, "carried", "keys"}


@pytest.fixture
def faults() -> Faults:
    return Faults(Database("memory:").connection)


def told(faults: Faults, *changes: Any, upsert: bool = False) -> list[str]:
    pattern = AccessPattern("change", Update(KEY, changes, upsert=upsert))
    return [str(each) for each in undeclared(faults.calls, [pattern])]


@pytest.mark.parametrize("exists", [True, False])
def test_an_update_is_covered_by_a_pattern_that_names_what_it_changes_in_the_map(faults: Faults, exists: bool) -> None:
    with Database(faults) as db:
        db.create_tables(table)
        if exists:
            db.put(Review(agent="a", id="1"))
        faults.calls.clear()
        db.update(Review.key("a", "1"), Review.note.set("x"), upsert=True)
    assert told(faults, Review.note.set(any_(str)), upsert=True) == []
    (other,) = told(faults, Review.kind.set(any_(str)))
    assert "Data.note" in other


def test_reading_some_attributes_is_declared_as_reading_the_item(faults: Faults) -> None:
    with Database(faults) as db:
        db.create_tables(table)
        faults.calls.clear()
        db.get(Review.key("a", "1").select(Review.note))
    assert undeclared(faults.calls, [AccessPattern("get", Get(KEY))]) == []
