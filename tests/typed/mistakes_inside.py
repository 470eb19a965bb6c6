"""Mistakes that both type checkers must find in what is kept inside a map."""

from __future__ import annotations

from dynalayer import Attr, Entity, attr, primary

from .valid_inside import Author, Review, agency, db, review


class Other(Entity, table=agency, inside=3):  # error: the name of the map is text
    id: Attr[str] = attr(outside="Data")  # error: outside is a bool
    key = primary(id, pk="OTHER#{id}")


Review(agent="a", id="1")  # error: the author is missing
Review(agent="a", id="1", author=Author("Bo"), created=1)  # error: the layer fills the moment in
review.rating = "5"  # error: text for an int
db.update(review, Review.rating.set("5"))  # error: text for an int
db.update(review, Review.author.at(lambda a: a.nick).set("x"))  # error: a part that there is not
db.query(Review.newest(1))  # error: an int for text
Review.rating.append(1)  # error: a number is no list
review.Data  # error: the map itself is no attribute
