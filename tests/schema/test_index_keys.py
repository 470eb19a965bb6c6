"""Indexes of several attributes, local ones, and those that share key attributes, as entities fill them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from dynalayer import (
    Attr,
    DefinitionError,
    Entity,
    Index,
    InvalidValue,
    LocalIndex,
    Table,
    Update,
    attr,
    index,
    number,
    primary,
)
from dynalayer.statements import QueryPage, explain, first_page

readings = Table(
    "readings",
    pk="PK",
    sk="SK",
    indexes=[
        Index("by-region", pk=("tenant", "region"), sk=("day", number("n"))),
        Index("by-kind", pk=("K1", "K2"), sk=("K3", "unit", "K4")),
        Index("inverted", pk="SK", sk="PK"),
        Index("same-partition", pk="PK", sk="G1"),
        LocalIndex("by-value", sk=number("value")),
        LocalIndex("by-place", sk="L1"),
    ],
)


class Reading(Entity, table=readings):
    tenant: Attr[str] = attr()
    region: Attr[str | None] = attr(default=None)
    day: Attr[date] = attr()
    n: Attr[int] = attr()
    unit: Attr[str] = attr(default="K")
    kind: Attr[str | None] = attr(default=None)
    value: Attr[int | None] = attr(default=None)
    place: Attr[str] = attr(default="roof")
    shelf: Attr[int] = attr(default=0)
    key = primary(tenant, day, n, pk="T#{tenant}", sk="R#{day}#{n}")
    by_region = index("by-region", (tenant, region), day, n)
    by_kind = index(
        "by-kind",
        (kind, place),
        n,
        unit,
        shelf,
        pk=("KIND#{kind}", "{place}"),
        sk=("N#{n}", None, "SHELF#{shelf}"),
    )
    inverted = index("inverted", (day, n), tenant, pk="R#{day}#{n}", sk="T#{tenant}")
    by_value = index("by-value", key, value)
    by_place = index("by-place", key, place, shelf, sk="PLACE#{place}#{shelf}")
    of_tenant = index("same-partition", key, kind, n, sk="KIND#{kind}#{n}")


DAY = date(2026, 11, 20)
KEY = Reading.key("t", DAY, 7)
REGION = Reading.by_region("t", "eu")
KIND = Reading.by_kind("door", "roof")


def sent(query: Any) -> str:
    """The key condition as it would be read without placeholders."""
    request = QueryPage(query).request(0)
    text = str(request["KeyConditionExpression"])
    for name, attribute in request["ExpressionAttributeNames"].items():
        text = text.replace(name, attribute)
    for name, value in request["ExpressionAttributeValues"].items():
        text = text.replace(name, next(iter(value.values())))
    return text


def test_attributes_are_stored_as_they_are_and_templates_fill_key_attributes_of_their_own() -> None:
    item = Reading.__definition__.encode(Reading(tenant="t", region="eu", day=DAY, n=7, kind="door", value=3))
    assert {name: next(iter(value.values())) for name, value in item.items()} == {
        "tenant": "t",
        "region": "eu",
        "day": "2026-11-20",
        "n": "7",
        "unit": "K",
        "kind": "door",
        "value": "3",
        "place": "roof",
        "shelf": "0",
        "PK": "T#t",
        "SK": "R#2026-11-20#12007+",
        "K1": "KIND#door",
        "K2": "roof",
        "K3": "N#12007+",
        "K4": "SHELF#1000",
        "L1": "PLACE#roof#1000",
        "G1": "KIND#door#12007+",
    }


def test_an_item_that_lacks_an_attribute_is_not_in_the_indexes_made_of_it() -> None:
    item = Reading.__definition__.encode(Reading(tenant="t", day=DAY, n=7))
    assert not {"region", "value", "K1", "K2", "K3", "K4", "G1"} & item.keys()
    assert {"PK", "SK", "L1"} <= item.keys()


@pytest.mark.parametrize(
    ("query", "condition"),
    [
        (REGION, "tenant = t AND region = eu"),
        (REGION.equals(DAY), "tenant = t AND region = eu AND day = 2026-11-20"),
        (REGION.at_least(DAY), "tenant = t AND region = eu AND day >= 2026-11-20"),
        (REGION.equals(DAY).equals(3), "tenant = t AND region = eu AND day = 2026-11-20 AND n = 3"),
        (REGION.equals(DAY).between(3, 5), "tenant = t AND region = eu AND day = 2026-11-20 AND n BETWEEN 3 AND 5"),
        (KIND, "K1 = KIND#door AND K2 = roof AND begins_with(K3, N#)"),
        (KIND.equals(1), "K1 = KIND#door AND K2 = roof AND K3 = N#12001+"),
        (KIND.equals(1).begins_with("K"), "K1 = KIND#door AND K2 = roof AND K3 = N#12001+ AND begins_with(unit, K)"),
        (
            KIND.equals(1).equals("K"),
            "K1 = KIND#door AND K2 = roof AND K3 = N#12001+ AND unit = K AND begins_with(K4, SHELF#)",
        ),
        (Reading.by_value("t").after(4), "PK = T#t AND value > 4"),
        (Reading.by_place("t").equals("roof"), "PK = T#t AND begins_with(L1, PLACE#roof#)"),
        (Reading.by_place("t").equals("roof").equals(0), "PK = T#t AND L1 = PLACE#roof#1000"),
        (
            Reading.by_place("t").equals("roof").at_most(0),
            "PK = T#t AND L1 BETWEEN PLACE#roof# AND PLACE#roof#1000",
        ),
        (Reading.inverted(DAY, 7), "SK = R#2026-11-20#12007+ AND begins_with(PK, T#)"),
        (
            Reading.key.partition("t").equals(DAY).before(3),
            "PK = T#t AND SK BETWEEN R#2026-11-20# AND R#2026-11-20#12003+",
        ),
    ],
)
def test_sort_attributes_are_named_from_the_left_and_a_range_closes(query: Any, condition: str) -> None:
    assert sent(query) == condition


def test_nothing_can_be_named_behind_a_range_or_behind_the_last_attribute() -> None:
    with pytest.raises(InvalidValue, match="has a range already"):
        REGION.at_least(DAY).equals(DAY)
    with pytest.raises(InvalidValue, match="all attributes in the sort key of 'by-region' have their values"):
        REGION.equals(DAY).equals(3).equals(3)


def test_only_local_indexes_can_be_read_consistently() -> None:
    assert QueryPage(Reading.by_value("t").consistent()).request(0)["ConsistentRead"] is True
    with pytest.raises(InvalidValue, match="global index 'by-region' cannot be read consistently"):
        REGION.consistent()


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (REGION, "one partition, all of it"),
        (REGION.equals(DAY), "one partition, a prefix of the sort key"),
        (REGION.equals(DAY).at_least(3), "one partition, an open range of sort keys"),
        (REGION.equals(DAY).equals(3), "one partition, one sort key"),
        (KIND.equals(1).equals("K"), "one partition, a prefix of the sort key"),
    ],
)
def test_the_path_is_explained_by_what_is_named_of_the_sort_key(query: Any, words: str) -> None:
    assert explain(query).path == words


def changed(*changes: Any, key: Any = KEY) -> str:
    request = Update(key, changes).request(0)
    text = str(request["UpdateExpression"])
    for name, attribute in sorted(request["ExpressionAttributeNames"].items(), reverse=True):
        text = text.replace(name, attribute)
    for name, value in sorted(request.get("ExpressionAttributeValues", {}).items(), reverse=True):
        text = text.replace(name, next(iter(value.values())))
    return text


def test_an_update_of_attributes_that_are_keys_as_they_are_changes_nothing_else() -> None:
    assert changed(Reading.region.set("us"), Reading.value.add(1)) == "SET region = us ADD value 1"
    assert changed(Reading.region.remove()) == "REMOVE region"


def test_an_update_moves_the_item_in_each_index_that_it_touches() -> None:
    assert changed(Reading.kind.set("lamp"), Reading.place.set("door"), Reading.shelf.set(1)) == (
        "SET kind = lamp, place = door, shelf = 1, K1 = KIND#lamp, K2 = door, K3 = N#12007+, K4 = SHELF#121+"
        ", L1 = PLACE#door#121+, G1 = KIND#lamp#12007+"
    ).replace("#121+", "#12001+")


def test_an_update_that_takes_an_attribute_away_takes_the_item_out() -> None:
    assert changed(Reading.kind.remove()) == "REMOVE kind, K1, K2, K3, K4, G1"


def test_an_update_that_would_leave_a_key_half_known_is_refused() -> None:
    with pytest.raises(InvalidValue, match="'L1' is made of place, shelf; this update does not set shelf"):
        Update(KEY, (Reading.place.set("door"),)).request(0)
    with pytest.raises(InvalidValue, match="this update does not set place"):
        Update(KEY, (Reading.kind.set("lamp"),)).request(0)


def refused(message: str) -> Any:
    return pytest.raises(DefinitionError, match=message)


def test_declarations_that_do_not_fit_the_index_are_refused() -> None:
    with refused(r"Wrong\.of: 'by-value' is a local index.* as index\('by-value', key, \.\.\.\)"):

        class Wrong(Entity, table=readings):
            id: Attr[str] = attr()
            value: Attr[int] = attr()
            key = primary(id, pk="A#{id}")
            of = index("by-value", value)

    with refused("the key 'region' needs a template, or one attribute stored under its name; given: none"):

        class Half(Entity, table=readings):
            tenant: Attr[str] = attr()
            key = primary(tenant, pk="B#{tenant}")
            of = index("by-region", tenant)

    with refused("the key 'n' needs a template, or one attribute .* given: none"):

        class Short(Entity, table=readings):
            tenant: Attr[str] = attr()
            region: Attr[str] = attr()
            day: Attr[str] = attr()
            key = primary(tenant, pk="C#{tenant}")
            of = index("by-region", (tenant, region), day)

    with refused("the index has the key attributes tenant, region; give a tuple of as many templates"):

        class OneTemplate(Entity, table=readings):
            tenant: Attr[str] = attr()
            key = primary(tenant, pk="D#{tenant}")
            of = index("by-region", tenant, pk="X#{tenant}")

    with refused(r"the partitions of Index\('by-kind', .*\) are not those of the table"):

        class OtherPartition(Entity, table=readings):
            id: Attr[str] = attr()
            key = primary(id, pk="E#{id}")
            of = index("by-kind", key, id)

    with refused("the key attribute 'SK' is filled in two ways"):

        class TwoWays(Entity, table=readings):
            id: Attr[str] = attr()
            n: Attr[str] = attr()
            key = primary(id, n, pk="F#{id}", sk="F#{n}")
            of = index("inverted", n, id, pk="G#{n}", sk="F#{id}")

    with refused("give this entity's own primary key, and no template"):

        class OtherKey(Entity, table=readings):
            id: Attr[str] = attr()
            n: Attr[int] = attr(name="value")
            key = primary(id, pk="H#{id}")
            of = index("by-value", Reading.__dict__["key"], n)


def test_entities_that_share_an_index_need_keys_that_do_not_meet() -> None:
    shared = Table("shared", pk="PK", sk="SK", indexes=[Index("both", pk=("A", "B"), sk=("C", "D"))])

    class First(Entity, table=shared):
        a: Attr[str] = attr()
        b: Attr[str] = attr()
        key = primary(a, b, pk="ONE#{a}", sk="{b}")
        both = index("both", (a, b), a, b, pk=("{a}", "ONE#{b}"), sk=("{a}", "{b}"))

    class Second(Entity, table=shared):
        a: Attr[str] = attr()
        b: Attr[str] = attr()
        key = primary(a, b, pk="TWO#{a}", sk="{b}")
        both = index("both", (a, b), a, b, pk=("{a}", "TWO#{b}"), sk=("{a}", "{b}"))

    with refused(r"Third and First overlap in index 'both': \(\{a\}, ONE#\{b\}, \{a\}, X#\{b\}\)"):

        class Third(Entity, table=shared):
            a: Attr[str] = attr()
            b: Attr[str] = attr()
            key = primary(a, b, pk="THREE#{a}", sk="{b}")
            both = index("both", (a, b), a, b, pk=("{a}", "ONE#{b}"), sk=("{a}", "X#{b}"))


def test_whole_items_are_not_read_from_an_index_that_does_not_carry_them() -> None:
    narrow = Table(
        "narrow", pk="id", indexes=[Index("some", pk="state", projection=["note"]), Index("full", pk="state")]
    )

    class Note(Entity, table=narrow):
        id: Attr[str] = attr()
        state: Attr[str] = attr()
        note: Attr[str] = attr()
        text: Attr[str] = attr()
        stars: Attr[int] = attr(default=0)
        some = index("some", state)
        full = index("full", state)
        key = primary(id)

    assert Note.some.path.lacking == ("text", "stars")
    with pytest.raises(
        InvalidValue, match=r"Note: index 'some' of narrow does not carry text, stars, so it cannot give whole items"
    ):
        first_page(Note.some("new"))
    assert QueryPage(Note.full("new")).request(0)["IndexName"] == "full"


def test_the_version_and_the_kind_of_an_item_must_be_carried_as_well() -> None:
    indexes = [Index("some", pk="state", projection=["note"])]
    narrow = Table("versions", pk="id", indexes=indexes, discriminator="type")

    class Note(Entity, table=narrow, version=1):
        id: Attr[str] = attr()
        state: Attr[str] = attr()
        note: Attr[str] = attr()
        some = index("some", state)
        key = primary(id)

    assert Note.some.path.lacking == ("type", "_v")


def test_a_key_attribute_that_two_indexes_share_stays_while_one_of_them_needs_it() -> None:
    indexes = [Index("ranked", pk="G1", sk="GR"), Index("noted", pk="G1", sk="GN")]
    pair = Table("pairs", pk="id", indexes=indexes)

    class Pair(Entity, table=pair):
        id: Attr[str] = attr()
        kind: Attr[str | None] = attr(default=None)
        rank: Attr[int] = attr(default=0)
        note: Attr[str | None] = attr(default=None)
        key = primary(id)
        ranked = index("ranked", kind, rank, pk="KIND#{kind}", sk="R#{rank}")
        noted = index("noted", kind, note, pk="KIND#{kind}", sk="N#{note}")

    def keys(pair: Pair) -> set[str]:
        return Pair.__definition__.encode(pair).keys() & {"G1", "GR", "GN"}

    assert keys(Pair(id="1", kind="a")) == {"G1", "GR"}
    assert keys(Pair(id="1", kind="a", note="b")) == {"G1", "GR", "GN"}
    assert keys(Pair(id="1", note="b")) == set()
    assert changed(Pair.note.remove(), key=Pair.key("1")) == "REMOVE note, GN"
    assert changed(Pair.kind.remove(), key=Pair.key("1")) == "REMOVE kind, G1, GR, GN"
    all_set = changed(Pair.kind.set("a"), Pair.rank.set(2), Pair.note.remove(), key=Pair.key("1"))
    assert all_set == "SET kind = a, rank = 2, G1 = KIND#a, GR = R#12002+ REMOVE note, GN"

    with refused("the key attribute 'G1' is filled in two ways"):

        class Odd(Entity, table=pair):
            id: Attr[str] = attr()
            kind: Attr[str] = attr()
            key = primary(id)
            ranked = index("ranked", kind, pk="KIND#{kind}")
            noted = index("noted", kind, pk="SORT#{kind}")
