"""Entities whose attributes are kept inside one map attribute of their items."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

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
    revision,
    updated,
    write_shard,
)

table = Table(
    "agency",
    pk="PK",
    sk="SK",
    indexes=[
        Index("GSI1", pk="GSI1PK", sk="GSI1SK", projection=["Data"]),
        Index("by-time", pk="EntityOwner", sk=number("UpdatedAt"), projection="KEYS_ONLY"),
    ],
    ttl="TTL",
    discriminator="EntityType",
)


@dataclass
class Author:
    name: str
    url: str | None = None


class Review(Entity, table=table, inside="Data", version=1):
    agent_id: Attr[str] = attr(name="agentId")
    id: Attr[str] = attr()
    author: Attr[Author] = attr()
    rating: Attr[int] = attr(default=0)
    comment: Attr[str | None] = attr(default=None)
    tags: Attr[set[str]] = attr(factory=set)
    date: Attr[datetime | None] = attr(default=None)
    expires: Attr[int | None] = attr(default=None, name="TTL", ttl=True)
    updated: Attr[int] = updated(name="UpdatedAt", outside=True)
    revision: Attr[int] = revision()
    shard: Attr[int] = write_shard(2, of=id, outside=True)
    key = primary(agent_id, id, pk="REVIEW#{agent_id}", sk="REVIEW#{id}")
    newest = index("GSI1", agent_id, date, pk="REVIEW#{agent_id}", sk="DATE#{date}")


ITEM: dict[str, Any] = {
    "PK": {"S": "REVIEW#a"},
    "SK": {"S": "REVIEW#1"},
    "GSI1PK": {"S": "REVIEW#a"},
    "GSI1SK": {"S": "DATE#2026-11-20T00:00:00.000000Z"},
    "EntityType": {"S": "Review"},
    "_v": {"N": "1"},
    "TTL": {"N": "9"},
    "UpdatedAt": {"N": "5"},
    "shard": {"N": "0"},
    "Data": {
        "M": {
            "agentId": {"S": "a"},
            "id": {"S": "1"},
            "author": {"M": {"name": {"S": "Ada"}}},
            "rating": {"N": "3"},
            "tags": {"SS": ["x"]},
            "date": {"S": "2026-11-20T00:00:00.000000Z"},
            "revision": {"N": "0"},
        }
    },
}


def review(**values: Any) -> Review:
    return Review(
        agent_id="a",
        id="1",
        author=Author("Ada"),
        rating=3,
        tags={"x"},
        date=datetime(2026, 11, 20, tzinfo=UTC),
        expires=9,
        **values,
    )


def stamped() -> Review:
    made = review()
    made.updated = 5
    return made


def decode_fast(item: dict[str, Any]) -> Any:
    return Review.__definition__.decode_item(msgspec.Raw(msgspec.json.encode(item)))


def test_the_map_holds_the_attributes_and_the_envelope_stands_beside_it() -> None:
    assert Review.__definition__.encode(stamped()) == ITEM | {"shard": {"N": str(stamped().shard)}}


@pytest.mark.parametrize("decode", [decode_fast, Review.__definition__.decode])
def test_an_item_is_read_as_the_flat_instance_that_it_was(decode: Any) -> None:
    assert decode(ITEM | {"shard": {"N": str(stamped().shard)}}) == stamped()


@pytest.mark.parametrize("decode", [decode_fast, Review.__definition__.decode])
def test_attributes_that_the_map_lacks_are_read_as_their_defaults(decode: Any) -> None:
    inner = {name: ITEM["Data"]["M"][name] for name in ("agentId", "id", "author")}
    found = decode({**ITEM, "Data": {"M": inner}})
    assert (found.rating, found.comment, found.tags, found.date) == (0, None, set(), None)


@pytest.mark.parametrize("decode", [decode_fast, Review.__definition__.decode])
def test_unknown_attributes_are_kept_beside_the_map_and_in_it(decode: Any) -> None:
    inner = ITEM["Data"]["M"] | {"verified": {"BOOL": True}}
    item = ITEM | {"Data": {"M": inner}, "rating": {"S": "not ours"}}
    found = decode(item)
    found.rating = 4
    again = Review.__definition__.encode(found)
    assert again == item | {"Data": {"M": inner | {"rating": {"N": "4"}}}, "shard": again["shard"]}
    assert "verified" not in repr(found)


@pytest.mark.parametrize("decode", [decode_fast, Review.__definition__.decode])
def test_an_attribute_that_is_missing_or_wrong_is_told_with_its_place(decode: Any) -> None:
    inner = {name: wire for name, wire in ITEM["Data"]["M"].items() if name != "author"}
    with pytest.raises(InvalidValue, match=r"Review\.author: .* no attribute 'Data\.author'"):
        decode({**ITEM, "Data": {"M": inner}})
    with pytest.raises(InvalidValue, match=r"Review\.agent_id: .* no attribute 'Data\.agentId'"):
        decode({name: wire for name, wire in ITEM.items() if name != "Data"})
    with pytest.raises(InvalidValue, match="'Data', which should be the map of its others, is of type S"):
        decode({**ITEM, "Data": {"S": "{}"}})


def test_a_map_with_nothing_in_it_is_written_all_the_same() -> None:
    class Bare(Entity, table=Table("bare", pk="PK"), inside="Data"):
        id: Attr[str] = attr(outside=True)
        note: Attr[str | None] = attr(default=None)
        key = primary(id, pk="BARE#{id}")

    assert Bare.__definition__.encode(Bare(id="1"))["Data"] == {"M": {}}


def test_an_index_that_carries_the_map_carries_what_is_in_it() -> None:
    assert Review.__definition__.paths["newest"].lacking == ("expires", "updated", "shard", "EntityType", "_v")


def test_a_derived_entity_keeps_its_own_attributes_in_the_same_map() -> None:
    class Long(Review):
        words: Attr[int] = attr(default=0)

    made = Long(agent_id="a", id="2", author=Author("x"), words=7)
    item = Long.__definition__.encode(made)
    assert item["Data"]["M"]["words"] == {"N": "7"}
    assert decode_fast({**item, "UpdatedAt": {"N": "5"}}).words == 7
    with pytest.raises(DefinitionError, match="derived from Review, whose attributes are kept inside 'Data'"):
        type("Other", (Review,), {}, inside="Payload")


def test_names_in_camel_case_are_those_in_the_map() -> None:
    class Camel(Entity, table=Table("camel", pk="PK"), inside="Data", camel_case=True):
        person_id: Attr[str] = attr()
        key = primary(person_id, pk="CAMEL#{person_id}")

    assert Camel.__definition__.encode(Camel(person_id="1"))["Data"] == {"M": {"personId": {"S": "1"}}}


def declare(inside: str, other: Table = table, **members: Any) -> None:
    id_: Any = attr()
    body = {"__annotations__": {"id": Attr[str]}, "id": id_, "key": primary(id_, pk="DECLARED#{id}")} | members
    type("Declared", (Entity,), body, table=other, inside=inside)


@pytest.mark.parametrize(
    ("inside", "words"),
    [
        ("", "names a map"),
        ("PK", "'PK' is part of the table's key"),
        ("GSI1SK", "'GSI1SK' is part of the key of index 'GSI1'"),
        ("TTL", "'TTL' is the expiry"),
        ("EntityType", "'EntityType' is the name of the entity"),
        ("_v", "'_v' is the version of the schema"),
        ("x" * 256, "1 to 255 bytes"),
    ],
)
def test_a_map_is_not_what_another_attribute_is(inside: str, words: str) -> None:
    with pytest.raises(DefinitionError, match=words):
        declare(inside)


def test_an_attribute_outside_cannot_have_the_name_of_the_map() -> None:
    note: Any = attr(default="", outside=True, name="Data")
    with pytest.raises(DefinitionError, match="an attribute outside and the map of the others are stored as 'Data'"):
        declare("Data", note=note, __annotations__={"id": Attr[str], "note": Attr[str]})


def test_two_attributes_in_one_place_are_refused_and_in_two_places_are_not() -> None:
    inner: Any = attr(default="", name="note")
    beside: Any = attr(default="", name="note", outside=True)
    annotations = {"id": Attr[str], "inner": Attr[str], "beside": Attr[str]}
    declare("Data", inner=inner, beside=beside, __annotations__=annotations)
    with pytest.raises(DefinitionError, match=r"two attributes are stored as 'Data\.note'"):
        declare("Data", inner=inner, beside=attr(default="", name="note"), __annotations__=annotations)


def test_a_map_that_would_hold_nothing_is_refused() -> None:
    id_: Any = attr(outside=True)
    with pytest.raises(DefinitionError, match="no attribute is kept inside 'Data'"):
        declare("Data", id=id_, key=primary(id_, pk="DECLARED#{id}"))


def test_a_key_that_is_an_attribute_itself_is_not_in_the_map() -> None:
    owner: Any = attr(name="EntityOwner")
    at: Any = attr(name="UpdatedAt", default=0)
    annotations = {"id": Attr[str], "owner": Attr[str], "at": Attr[int]}
    with pytest.raises(
        DefinitionError, match=r"owner is kept inside 'Data', but a key .* declare it with outside=True"
    ):
        declare("Data", owner=owner, at=at, by_time=index("by-time", owner, at), __annotations__=annotations)
    plain = Table("plain", pk="id")
    id_: Any = attr()
    with pytest.raises(DefinitionError, match="or fill the key 'id' by a template"):
        declare("Data", plain, id=id_, key=primary(id_))


def test_a_class_without_a_table_has_no_map() -> None:
    with pytest.raises(DefinitionError, match="inside= is said where table= is"):
        type("Base", (Entity,), {}, inside="Data")


def test_a_set_in_the_map_is_changed_as_a_whole() -> None:
    with pytest.raises(InvalidValue, match=r"Review\.tags is kept inside 'Data', .* declare it with outside=True"):
        Review.tags.add({"x"})
    with pytest.raises(InvalidValue, match="set it whole"):
        Review.tags.discard({"x"})
    assert Review.tags.set({"x"}).operand == {"SS": ["x"]}
