"""The entities that the behaviour suite of the executors uses."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from dynalayer import Attr, Entity, Index, Table, attr, index, number, primary

shop = Table("shop", pk="PK", sk="SK", indexes=[Index("GSI1", pk="GSI1PK", sk="GSI1SK")])


class Order(Entity, table=shop):
    customer: Attr[str] = attr()
    id: Attr[str] = attr()
    total: Attr[Decimal] = attr(default=Decimal(0))
    lines: Attr[int] = attr(default=0)
    tags: Attr[set[str]] = attr(factory=set)
    state: Attr[str | None] = attr(default=None)
    note: Attr[str | None] = attr(default=None)
    key = primary(customer, id, pk="CUSTOMER#{customer}", sk="ORDER#{id}")
    by_state = index("GSI1", state, id, pk="STATE#{state}", sk="ORDER#{id}")


class Visit(Entity, table=shop):
    customer: Attr[str] = attr()
    at: Attr[datetime] = attr()
    page: Attr[int] = attr()
    key = primary(customer, at, page, pk="CUSTOMER#{customer}", sk="VISIT#{at}#{page}")


sessions = Table(
    "sessions", pk="sessionId", indexes=[Index("by-language", pk="language", sk=number("startedAt"))], ttl="expiresAt"
)


class Session(Entity, table=sessions, camel_case=True):
    session_id: Attr[str] = attr()
    language: Attr[str | None] = attr(default=None)
    started_at: Attr[int] = attr(default=0)
    listeners: Attr[int] = attr(default=0)
    expires_at: Attr[int | None] = attr(default=None)
    key = primary(session_id)
    by_language = index("by-language", language, started_at)


def moment(second: int) -> datetime:
    return datetime(2026, 11, 20, 12, 0, second, tzinfo=UTC)
