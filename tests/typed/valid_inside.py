"""An entity whose attributes are kept inside a map is typed as any other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_type

from dynalayer import Attr, Database, Entity, Index, Table, attr, created, index, primary, revision, write_shard
from dynalayer import updated as written

agency = Table("agency", pk="PK", sk="SK", indexes=[Index("GSI1", pk="GSI1PK", sk="GSI1SK")])
db = Database("memory:")


@dataclass
class Author:
    name: str
    url: str | None = None


class Review(Entity, table=agency, inside="Data"):
    agent: Attr[str] = attr(name="agentId")
    id: Attr[str] = attr()
    author: Attr[Author] = attr()
    rating: Attr[int] = attr(default=0)
    date: Attr[str | None] = attr(default=None)
    words: Attr[list[str]] = attr(factory=list)
    helpful: Attr[int] = attr(default=0, outside=True)
    created: Attr[int] = created(name="CreatedAt", outside=True)
    updated: Attr[int] = written(name="UpdatedAt", outside=True)
    revision: Attr[int] = revision(outside=True)
    shard: Attr[int] = write_shard(3, of=id, outside=True)
    key = primary(agent, id, pk="REVIEW#{agent}", sk="REVIEW#{id}")
    newest = index("GSI1", agent, date, pk="REVIEW#{agent}", sk="DATE#{date}")


review = Review(agent="a", id="1", author=Author("Bo"), helpful=2)
assert_type(review.rating, int)
assert_type(review.created, int)
assert_type(db.get(Review.key("a", "1")), Review | None)
assert_type(
    db.update(
        review,
        Review.rating.add(1),
        Review.words.append("x"),
        Review.author.at(lambda a: a.url).set("u"),
        Review.date.remove(),
        if_=Review.author.at(lambda a: a.name) == "Bo",
    ),
    Review,
)
for row in db.query(Review.newest("a").at_least("2026").select(Review.rating, Review.author.at(lambda a: a.name))):
    assert_type(row, tuple[int, str])
