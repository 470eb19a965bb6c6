"""The entities that the tests of statements use."""

from __future__ import annotations

from decimal import Decimal

from dynalayer import Attr, Entity, Index, Table, attr, index, primary

shop = Table("statements", pk="PK", sk="SK", indexes=[Index("GSI1", pk="GSI1PK", sk="GSI1SK")], ttl="expires")


class Order(Entity, table=shop):
    customer: Attr[str] = attr()
    id: Attr[str] = attr()
    total: Attr[Decimal] = attr(default=Decimal(0))
    lines: Attr[int] = attr(default=0)
    tags: Attr[set[str]] = attr(factory=set)
    names: Attr[list[str]] = attr(factory=list)
    state: Attr[str | None] = attr(default=None)
    rank: Attr[int] = attr(default=0)
    expires: Attr[int | None] = attr(default=None, ttl=True)
    key = primary(customer, id, pk="CUSTOMER#{customer}", sk="ORDER#{id}")
    by_state = index("GSI1", state, rank, pk="STATE#{state}", sk="RANK#{rank}")


plain = Table("plain", pk="id")


class Note(Entity, table=plain):
    id: Attr[str] = attr()
    text: Attr[str] = attr()
    stars: Attr[int | None] = attr(default=None)
    key = primary(id)


class Listed(Entity, table=shop):
    id: Attr[str] = attr()
    title: Attr[str] = attr()
    shelf: Attr[str] = attr(default="top")
    rank: Attr[int] = attr(default=0)
    key = primary(id, pk="LISTED#{id}")
    by_shelf = index("GSI1", shelf, rank, pk="SHELF#{shelf}", sk="RANK#{rank}")


LISTED = Listed.key("1")
ADA = Order.key("ada", "1")
NOTE = Note.key("n")
