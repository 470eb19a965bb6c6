"""The entities that the tests of reading use: three kinds in one table, an index that projects little, and expiry."""

from __future__ import annotations

from decimal import Decimal

from dynalayer import Attr, Entity, Index, Table, attr, index, number, primary

library = Table(
    "library",
    pk="PK",
    sk="SK",
    indexes=[
        Index("by-state", pk="GSI1PK", sk="GSI1SK", projection=["total", "expires"]),
        Index("by-day", pk="GSI2PK", sk="GSI2SK"),
    ],
    ttl="expires",
)


class Reader(Entity, table=library):
    id: Attr[str] = attr()
    name: Attr[str] = attr(default="x")
    day: Attr[str | None] = attr(default=None)
    key = primary(id, pk="READER#{id}", sk="PROFILE")
    by_day = index("by-day", day, id, pk="DAY#{day}", sk="READER#{id}")


class Loan(Entity, table=library):
    reader: Attr[str] = attr()
    id: Attr[str] = attr()
    total: Attr[Decimal] = attr(default=Decimal(0))
    lines: Attr[int] = attr(default=0)
    note: Attr[str | None] = attr(default=None)
    state: Attr[str | None] = attr(default=None)
    day: Attr[str | None] = attr(default=None)
    expires: Attr[int | None] = attr(default=None)
    key = primary(reader, id, pk="READER#{reader}", sk="LOAN#{id}")
    by_state = index("by-state", state, id, pk="STATE#{state}", sk="LOAN#{id}")
    by_day = index("by-day", day, id, pk="DAY#{day}", sk="LOAN#{id}")


class Visit(Entity, table=library):
    reader: Attr[str] = attr()
    at: Attr[str] = attr()
    key = primary(reader, at, pk="READER#{reader}", sk="VISIT#{at}")


shelves = Table("shelves", pk="shelf", sk=number("place"), ttl="expires")


class Book(Entity, table=shelves):
    shelf: Attr[str] = attr()
    place: Attr[int] = attr()
    title: Attr[str] = attr(default="x")
    expires: Attr[int | None] = attr(default=None)
    key = primary(shelf, place)
