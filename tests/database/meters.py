"""Tables with every kind of index, for the behaviour suite of tables."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

from dynalayer import Attr, Entity, Index, LocalIndex, Table, attr, index, number, primary

meters = Table(
    "meters",
    pk="PK",
    sk="SK",
    indexes=[
        Index("by-region", pk=("tenant", "region"), sk=("day", number("n"))),
        Index("by-label", pk=("tenant", "K2"), sk=("K3", number("n"), "K4")),
    ],
)


class Reading(Entity, table=meters):
    tenant: Attr[str] = attr()
    region: Attr[str | None] = attr(default=None)
    day: Attr[date] = attr()
    n: Attr[int] = attr()
    label: Attr[str] = attr(default="x")
    unit: Attr[str | None] = attr(default=None)
    value: Attr[int] = attr(default=0)
    key = primary(tenant, day, n, label, pk="T#{tenant}", sk="R#{day}#{n}#{label}")
    by_region = index("by-region", (tenant, region), day, n)
    by_label = index(
        "by-label", (tenant, unit), label, n, day, pk=(None, "UNIT#{unit}"), sk=("LABEL#{label}", None, "DAY#{day}")
    )


parcels = Table(
    "parcels",
    pk="customer",
    sk="id",
    indexes=[
        LocalIndex("by-weight", sk=number("weight"), projection="KEYS_ONLY"),
        LocalIndex("by-street", sk="L1"),
        Index("by-state", pk="state", sk=number("weight"), projection=["note"]),
    ],
)


class Parcel(Entity, table=parcels):
    customer: Attr[str] = attr()
    id: Attr[str] = attr()
    weight: Attr[int | None] = attr(default=None)
    street: Attr[str] = attr(default="main")
    house: Attr[int] = attr(default=1)
    state: Attr[str | None] = attr(default=None)
    note: Attr[str | None] = attr(default=None)
    key = primary(customer, id)
    by_weight = index("by-weight", key, weight)
    by_street = index("by-street", key, street, house, sk="STREET#{street}#{house}")
    by_state = index("by-state", state, weight)


def fresh(**members: Any) -> Table:
    """A table with a name of its own, because all tests on DynamoDB Local share one server."""
    return Table(f"fresh-{uuid4().hex[:12]}", pk="PK", sk="SK", **members)


def same(table: Table, **members: Any) -> Table:
    """Another declaration of the same table."""
    return Table(table.name, pk="PK", sk="SK", **members)
