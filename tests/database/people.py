"""Entities whose items have a life: moments, revisions, unique values, versions, shards."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dynalayer import (
    Attr,
    Entity,
    Index,
    Table,
    attr,
    created,
    index,
    primary,
    revision,
    updated,
    upgrade,
    write_shard,
)

people = Table(
    "people",
    pk="PK",
    sk="SK",
    indexes=[Index("GSI1", pk="GSI1PK", sk="GSI1SK")],
    ttl="expires",
    discriminator="kind",
)


class Person(Entity, table=people):
    org: Attr[str] = attr()
    id: Attr[str] = attr()
    email: Attr[str] = attr(unique=True)
    phone: Attr[int | None] = attr(default=None, unique=True)
    name: Attr[str] = attr(default="-")
    expires: Attr[int | None] = attr(default=None)
    key = primary(org, id, pk="ORG#{org}", sk="PERSON#{id}")


class Document(Entity, table=people):
    id: Attr[str] = attr()
    text: Attr[str] = attr(default="-")
    words: Attr[int] = attr(default=0)
    created_at: Attr[datetime] = created()
    updated_at: Attr[datetime] = updated()
    revision: Attr[int] = revision()
    key = primary(id, pk="DOCUMENT#{id}")
    by_time = index("GSI1", id, updated_at, pk="DOCUMENT#{id}", sk="AT#{updated_at}")


class Reading(Entity, table=people):
    day: Attr[str] = attr()
    device: Attr[str] = attr()
    value: Attr[int] = attr(default=0)
    at: Attr[int] = updated(unit="s")
    shard: Attr[int] = write_shard(4, of=device)
    key = primary(device, day, pk="READING#{device}", sk="DAY#{day}")
    by_day = index("GSI1", (day, shard), device, pk="DAY#{day}#{shard}", sk="READING#{device}")


class Address(Entity, table=people, version=3):
    id: Attr[str] = attr()
    street: Attr[str] = attr()
    number: Attr[int] = attr()
    country: Attr[str] = attr(default="ch")
    key = primary(id, pk="ADDRESS#{id}")
    by_country = index("GSI1", country, id, pk="COUNTRY#{country}", sk="ADDRESS#{id}")

    @upgrade(1)
    @staticmethod
    def _split_line(item: dict[str, Any]) -> dict[str, Any]:
        street, _, number = item.pop("line").rpartition(" ")
        return {**item, "street": street, "number": number}

    @upgrade(2)
    @staticmethod
    def _count_houses(item: dict[str, Any]) -> dict[str, Any]:
        return {**item, "number": int(item["number"])}


class Leaflet(Entity, table=people, version=2):
    """Its items of version 1 counted no revisions."""

    id: Attr[str] = attr()
    text: Attr[str] = attr(default="-")
    revision: Attr[int] = revision()
    key = primary(id, pk="LEAFLET#{id}")

    @upgrade(1)
    @staticmethod
    def _same(item: dict[str, Any]) -> dict[str, Any]:
        return item
