"""The entities that the tests of access patterns use."""

from __future__ import annotations

from decimal import Decimal

from dynalayer import Attr, Entity, Index, LocalIndex, Table, attr, index, primary, revision

shop = Table(
    "access",
    pk="PK",
    sk="SK",
    indexes=[
        Index("by-state", pk="GSI1PK", sk="GSI1SK"),
        Index("by-buyer", pk="buyer", projection="KEYS_ONLY"),
        Index("by-kind", pk="kind", projection=["total"]),
        LocalIndex("by-total", sk="TOTAL"),
    ],
)


class Order(Entity, table=shop):
    customer: Attr[str] = attr(max_bytes=40)
    id: Attr[str] = attr(max_bytes=40)
    total: Attr[Decimal] = attr(default=Decimal(0))
    lines: Attr[int] = attr(default=0)
    note: Attr[str] = attr(default="", max_bytes=100_000)
    tags: Attr[set[str]] = attr(factory=set)
    state: Attr[str | None] = attr(default=None, max_bytes=10)
    buyer: Attr[str | None] = attr(default=None, max_bytes=40)
    kind: Attr[str | None] = attr(default=None, max_bytes=10)
    key = primary(customer, id, pk="CUSTOMER#{customer}", sk="ORDER#{id}")
    by_state = index("by-state", state, id, pk="STATE#{state}", sk="ORDER#{id}")
    by_buyer = index("by-buyer", buyer)
    by_kind = index("by-kind", kind)
    by_total = index("by-total", key, total, sk="TOTAL#{total}")


class Stock(Entity, table=shop):
    item: Attr[str] = attr(max_bytes=40)
    count: Attr[int] = attr(default=0)
    note: Attr[str] = attr(default="", max_bytes=100)
    key = primary(item, pk="STOCK#{item}")


people = Table("people", pk="PK", sk="SK", indexes=[Index("by-city", pk="city")])


class Person(Entity, table=people):
    org: Attr[str] = attr(max_bytes=20)
    id: Attr[str] = attr(max_bytes=20)
    email: Attr[str] = attr(unique=True, max_bytes=60)
    nick: Attr[str | None] = attr(default=None, unique=True, max_bytes=20)
    city: Attr[str | None] = attr(default=None, max_bytes=20)
    age: Attr[int] = attr(default=0)
    count: Attr[int] = revision()
    key = primary(org, id, pk="ORG#{org}", sk="PERSON#{id}")
    by_city = index("by-city", city)


class Team(Entity, table=people):
    org: Attr[str] = attr(max_bytes=20)
    name: Attr[str] = attr(max_bytes=20)
    key = primary(org, name, pk="ORG#{org}", sk="TEAM#{name}")
