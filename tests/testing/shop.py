"""The entity that the tests of the kit use."""

from __future__ import annotations

from dynalayer import Attr, Entity, Index, Table, attr, index, primary

shop = Table("shop", pk="PK", sk="SK", indexes=[Index("GSI1", pk="GSI1PK", sk="GSI1SK")], ttl="expires")


class Order(Entity, table=shop):
    customer: Attr[str] = attr()
    id: Attr[str] = attr()
    state: Attr[str] = attr(default="new")
    lines: Attr[int] = attr(default=0)
    note: Attr[str] = attr(default="")
    expires: Attr[int | None] = attr(default=None)
    key = primary(customer, id, pk="CUSTOMER#{customer}", sk="ORDER#{id}")
    by_state = index("GSI1", state, id, pk="STATE#{state}", sk="ORDER#{id}")
