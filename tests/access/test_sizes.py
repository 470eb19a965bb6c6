from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalayer import Attr, Database, Entity, Index, Table, attr, created, index, primary, revision, updated, upgrade
from dynalayer.access.sizes import item_size_of, key_size_of
from dynalayer.protocol import item_size

table = Table("sizes", pk="PK", sk="SK", indexes=[Index("by-n", pk="n-key", sk="rest")], discriminator="type")


class Size(Enum):
    small = "s"
    large = "large"


class Thing(Entity, table=table):
    owner: Attr[str] = attr(max_bytes=12)
    at: Attr[datetime] = attr()
    n: Attr[int] = attr()
    amount: Attr[Decimal] = attr()
    size: Attr[Size] = attr()
    uid: Attr[UUID] = attr()
    on: Attr[bool] = attr()
    blob: Attr[bytes] = attr(max_bytes=9)
    key = primary(owner, at, size, pk="THING#{owner}", sk="AT#{at}#{size}")
    by_n = index("by-n", n, amount, uid, pk="N#{n}", sk="{amount}#{uid}")


class Free(Entity, table=Table("free", pk="id")):
    id: Attr[str] = attr()
    notes: Attr[list[str]] = attr(factory=list)
    key = primary(id)


def small_texts(limit: int) -> st.SearchStrategy[str]:
    texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=limit)
    return texts.filter(lambda text: len(text.encode()) <= limit)


THINGS = st.builds(
    Thing,
    owner=small_texts(12) | st.text("#$0 ", min_size=12, max_size=12),
    at=st.datetimes(timezones=st.just(UTC)),
    n=st.integers(-(10**38) + 1, 10**38 - 1),
    amount=st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**30), max_value=10**30),
    size=st.sampled_from(Size),
    uid=st.uuids(),
    on=st.booleans(),
    blob=st.binary(min_size=1, max_size=9),
)


@settings(deadline=None)
@given(thing=THINGS)
def test_no_item_is_larger_than_its_entity_can_be(thing: Any) -> None:
    size = item_size_of(Thing.__definition__)
    assert not size.unbounded
    assert item_size(Thing.__definition__.encode(thing)) <= size.bytes


@settings(deadline=None)
@given(thing=THINGS)
def test_no_key_is_longer_than_its_template_can_make_it(thing: Any) -> None:
    item = Thing.__definition__.encode(thing)
    for path in (Thing.__definition__.primary, *Thing.__definition__.paths.values()):
        for part in path.parts:
            assert len(item[part.attribute.name]["S"].encode()) <= key_size_of(part).bytes


def test_a_bound_that_only_escaping_passes_is_reached() -> None:
    text = "#" * 12
    key = Thing.key(text, datetime.now(UTC), Size.large).wire["PK"]["S"]
    assert len(key.encode()) == key_size_of(Thing.__definition__.primary.partition[0]).bytes


class Versioned(Entity, table=table, version=2):
    id: Attr[str] = attr(max_bytes=5)
    made: Attr[datetime] = created()
    written: Attr[int] = updated()
    count: Attr[int] = revision()
    key = primary(id, pk="VERSIONED#{id}")

    @upgrade(1)
    def _same(item: dict[str, Any]) -> dict[str, Any]:  # noqa: N805
        return item


def test_what_writing_fills_in_counts_as_well() -> None:
    with Database("memory:") as db:
        db.create_tables(table)
        db.put(Versioned(id="#####"))
        request = msgspec.json.encode({"TableName": "sizes", "Key": Versioned.key("#####").wire})
        item = msgspec.json.decode(db.connection.call("GetItem", request))["Item"]
    assert {"_v", "made", "written", "count", "type"} < item.keys()
    assert item_size(item) <= item_size_of(Versioned.__definition__).bytes <= item_size(item) + 60


def test_what_has_no_bound_is_named() -> None:
    assert item_size_of(Free.__definition__).unbounded == ("id", "notes")
