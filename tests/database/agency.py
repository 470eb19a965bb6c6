"""Entities whose attributes are kept inside one map of their items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dynalayer import Attr, Entity, Index, Table, attr, created, index, primary, revision, updated, upgrade

agency = Table(
    "agency",
    pk="PK",
    sk="SK",
    indexes=[
        Index("GSI1", pk="GSI1PK", sk="GSI1SK"),
        Index("GSI2", pk="GSI2PK", sk="GSI2SK", projection=["Data"]),
        Index("GSI3", pk="GSI3PK", sk="GSI3SK", projection="KEYS_ONLY"),
    ],
    ttl="TTL",
    discriminator="EntityType",
)


@dataclass
class Author:
    name: str
    url: str | None = None
    likes: int = 0


class Review(Entity, table=agency, inside="Data"):
    agent: Attr[str] = attr(name="agentId")
    id: Attr[str] = attr()
    author: Attr[Author] = attr()
    rating: Attr[int] = attr(default=0)
    comment: Attr[str | None] = attr(default=None)
    words: Attr[list[str]] = attr(factory=list)
    date: Attr[str | None] = attr(default=None)
    helpful: Attr[int] = attr(default=0, outside=True)
    expires: Attr[int | None] = attr(default=None, name="TTL")
    key = primary(agent, id, pk="REVIEW#{agent}", sk="REVIEW#{id}")
    newest = index("GSI1", agent, date, pk="REVIEW#{agent}", sk="DATE#{date}")
    by_id = index("GSI2", id, pk="REVIEW#{id}", sk="REVIEW")
    by_rating = index("GSI3", rating, id, pk="RATING#{rating}", sk="REVIEW#{id}")


class Plan(Entity, table=agency, inside="Data"):
    user: Attr[str] = attr(outside=True)
    steps: Attr[list[str]] = attr(factory=list)
    title: Attr[str] = attr(default="-")
    count: Attr[int] = attr(default=0)
    created: Attr[int] = created(name="CreatedAt", outside=True)
    updated: Attr[int] = updated(name="UpdatedAt", outside=True)
    revision: Attr[int] = revision()
    key = primary(user, pk="USER#{user}", sk="PLAN")


class Profile(Entity, table=agency, inside="Data"):
    user: Attr[str] = attr(name="id")
    email: Attr[str] = attr(unique=True)
    role: Attr[str] = attr(default="user")
    key = primary(user, pk="USER#{user}", sk="PROFILE")


class Note(Entity, table=agency, inside="Data", version=2):
    """Its items of version 1 had no map."""

    id: Attr[str] = attr()
    text: Attr[str] = attr(default="")
    stars: Attr[int] = attr(default=0)
    key = primary(id, pk="NOTE#{id}", sk="NOTE")

    @upgrade(1)
    @staticmethod
    def _into_the_map(item: dict[str, Any]) -> dict[str, Any]:
        inner = {name: item.pop(name) for name in ("id", "text", "stars") if name in item}
        return {**item, "Data": inner}
