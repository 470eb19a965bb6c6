"""Generated from `test_async_values.py` by `scripts/generate_sync.py`; change that file."""

from __future__ import annotations

from decimal import Decimal

import pytest

from dynalayer import BoundPassed, ConditionFailed, Database, ItemNotFound, ValidationError, scan
from dynalayer.statements import Raw

from .houses import FULL, KEY, Address, Colour, House, Room, houses

CITY = House.address.at(lambda a: a.city)
ROOMS = House.address.at(lambda a: a.rooms)


def test_every_kind_of_value_comes_back_equal(sync_houses: Database) -> None:
    sync_houses.put(FULL)
    assert sync_houses.get(KEY) == FULL
    assert list(sync_houses.scan(scan(House))) == [FULL]
    empty = House(id="2")
    sync_houses.put(empty)
    assert sync_houses.get(House.key("2")) == empty


def test_parts_of_values_are_changed_and_removed(sync_houses: Database) -> None:
    sync_houses.put(FULL)
    house = sync_houses.update(
        KEY,
        CITY.set("Paris"),
        House.address.at(lambda a: a.street).set("Rue"),
        ROOMS.append(Room("cellar")),
        House.second.at(lambda a: a.street).set(None),
        House.rooms.at(lambda r: r[1].area).add(Decimal("0.5"), ceiling=2),
        House.rooms.at(lambda r: r[0].doors).set({7}),
        House.by_colour.at(lambda m: m[Colour.red]).set(5),
        House.by_colour.at(lambda m: m[Colour.blue]).remove(),
        House.names.at(lambda n: n[0]).remove(),
    )
    assert house.address == Address("Paris", "Rue", [*FULL.address.rooms, Room("cellar")])
    assert house.second == Address("Oslo")
    assert house.rooms == [Room("a", doors={7}), Room("b", Decimal("1.5"), "dry")]
    assert house.by_colour == {Colour.red: 5}
    assert house.names == ["y"]
    assert sync_houses.get(KEY) == house


def test_a_part_of_what_is_not_there_cannot_be_changed(sync_houses: Database) -> None:
    sync_houses.put(House(id="1"))
    with pytest.raises(ValidationError, match=r"House in houses.*lacks what this builds on: House\.second\.city"):
        sync_houses.update(KEY, House.second.at(lambda a: a.city).set("Oslo"))


def test_lists_grow_at_both_ends_and_begin_when_they_are_missing(sync_houses: Database) -> None:
    sync_houses.run(Raw("PutItem", {"TableName": houses.name, "Item": KEY.wire}))
    assert (sync_houses.update(KEY, House.names.append("b", "c"))).names == ["b", "c"]
    assert (sync_houses.update(KEY, House.names.prepend("a"))).names == ["a", "b", "c"]
    assert (sync_houses.update(KEY, House.names.at(lambda n: n[1]).set("x"))).names == ["a", "x", "c"]


@pytest.fixture
def passed(request: pytest.FixtureRequest) -> type[ConditionFailed]:
    """The DynamoDB Local of 2020 does not give back the item of a failed condition, which tells a passed bound."""
    return ConditionFailed if request.node.name.endswith("[local]") else BoundPassed


def test_a_sum_stops_at_its_floor_and_ceiling(sync_houses: Database, passed: type[ConditionFailed]) -> None:
    sync_houses.put(FULL)
    assert (sync_houses.update(KEY, House.count.add(-3, floor=0))).count == 0
    with pytest.raises(passed) as failed:
        sync_houses.update(KEY, House.count.add(-1, floor=0))
    if isinstance(failed.value, BoundPassed):
        assert (failed.value.attribute, failed.value.bound, failed.value.limit) == ("House.count", "floor", 0)
    assert (sync_houses.update(KEY, House.price.add(Decimal("0.01"), ceiling=10))).price == 10
    with pytest.raises(passed):
        sync_houses.update(KEY, House.count.add(1), House.price.add(Decimal("0.01"), ceiling=10))
    found = sync_houses.get(KEY)
    assert found is not None
    assert (found.count, found.price) == (0, 10)


def test_a_missing_number_counts_as_zero_for_its_bounds(sync_houses: Database, passed: type[ConditionFailed]) -> None:
    sync_houses.run(Raw("PutItem", {"TableName": houses.name, "Item": KEY.wire}))
    with pytest.raises(passed):
        sync_houses.update(KEY, House.count.add(-1, floor=0))
    assert (sync_houses.update(KEY, House.count.add(5, floor=0, ceiling=5))).count == 5
    with pytest.raises(ItemNotFound):
        sync_houses.update(House.key("none"), House.count.add(5, floor=0))
    with pytest.raises(BoundPassed, match=r"House\.count would pass its floor of 0"):
        sync_houses.update(House.key("2"), House.count.add(-1, floor=0), upsert=True)
    assert (sync_houses.update(House.key("2"), House.count.add(1, floor=0), upsert=True)).count == 1


def test_an_attribute_is_set_from_another_as_it_was(sync_houses: Database) -> None:
    sync_houses.put(FULL)
    house = sync_houses.update(KEY, House.price.set_from(House.rent, plus=Decimal(1)), House.rent.set_from(House.price))
    assert (house.price, house.rent) == (Decimal("2.01"), Decimal("9.99"))


def test_conditions_look_into_values(sync_houses: Database) -> None:
    sync_houses.put(FULL)
    holds = [
        CITY == "Rome",
        CITY.begins_with("R"),
        ROOMS.size() == 2,
        House.rooms.contains(Room("a")),
        House.names.contains("x") & ~House.names.contains("q"),
        House.tags.contains(Colour.red),
        House.by_colour.at(lambda m: m[Colour.red]) == None,  # noqa: E711
        House.by_colour.at(lambda m: m[Colour.blue]) != None,  # noqa: E711
        House.address.at(lambda a: a.street) == None,  # noqa: E711
        House.size.at(lambda s: s.depth).between(4, 5),
        House.mixed.at(lambda m: m[1]).has_type("N"),
        House.free.at(lambda f: f["a"][2]["b"]) == "c",
        House.price > House.rent,
        (House.count == 1) | (House.count == 3) & (House.rent < 2),
        ~((House.count == 1) | (House.count == 2)) & ((House.rent < 2) | (House.rent > 5)),
    ]
    for condition in holds:
        sync_houses.put(FULL, if_=condition)
        with pytest.raises(ConditionFailed):
            sync_houses.put(FULL, if_=~condition)
    assert [house.id for house in sync_houses.scan(scan(House).where(CITY == "Rome"))] == ["1"]


def test_parts_are_selected(sync_houses: Database) -> None:
    sync_houses.put(FULL)
    sync_houses.put(House(id="2"))
    part = House.second.at(lambda a: a.city)
    rows = list(sync_houses.scan(scan(House).select(House.id, CITY, part)))
    assert sorted(rows, key=lambda row: row[0]) == [("1", "Rome", "Oslo"), ("2", "?", None)]
    assert sync_houses.get(KEY.select(ROOMS, House.names.at(lambda n: n[1]))) == (FULL.address.rooms, "y")
