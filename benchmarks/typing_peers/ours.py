"""One mistake of each kind in Dynalayer's code: `kind:` names what is wrong with a line; other lines are right."""

from __future__ import annotations

from datetime import UTC, datetime

from dynalayer import Attr, Database, Entity, Index, Table, attr, index, primary

app = Table("app", pk="PK", sk="SK", indexes=[Index("GSI1", pk="GSI1PK", sk="GSI1SK")])


class User(Entity, table=app):
    org: Attr[str] = attr()
    id: Attr[str] = attr()
    email: Attr[str] = attr()
    age: Attr[int] = attr(default=0)
    nick: Attr[str | None] = attr(default=None)
    tags: Attr[set[str]] = attr(factory=set)
    key = primary(org, id, pk="ORG#{org}", sk="USER#{id}")
    by_email = index("GSI1", email, pk="EMAIL#{email}")


class Event(Entity, table=app):
    tenant: Attr[str] = attr()
    at: Attr[int] = attr()
    total: Attr[int] = attr(default=0)
    key = primary(tenant, at, pk="EVENTS#{tenant}", sk="AT#{at}")


class Defaulted(Entity, table=Table("defaulted", pk="id")):
    id: Attr[str] = attr()
    total: Attr[int] = attr(default="0")  # kind: a default of a wrong type
    key = primary(id)


db = Database("memory:")
k = User.key("acme", "u1")
user = User(org="acme", id="u1", email="x")
found = db.get(k)
if found is not None:
    print(found.age + 1, found.email.upper())
db.update(k, User.age.add(1), User.tags.add({"a"}), if_=User.age >= 18)
list(db.query(User.key.partition("acme").begins_with("u").where(User.age > 1)))

User(org="a", id="b", email="x", age="no")  # kind: a value of a wrong type
User(org="a", id="b")  # kind: a required attribute is missing
User(org="a", id="b", email="x", nope=1)  # kind: an attribute that does not exist
User("a", "b", "x")  # kind: attributes given by place
User.key("a")  # kind: half of a key
User.key(1, "b")  # kind: a key part of a wrong type
User.key("a", "b", "c")  # kind: too many key parts
db.get("u1")  # kind: text in place of a key
db.query(User.key.partition())  # kind: a query without a partition
db.query(Event.key.partition("t").at_least("x"))  # kind: a sort bound of a wrong type
db.query(Event.key.partition("t").begins_with("x"))  # kind: a number that begins with text
db.query(User.by_email(None))  # kind: an index asked for None
db.query(User.by_email())  # kind: an index without a value
db.query(User.by_email("a").between("a", "b"))  # kind: a sort condition on an index without a sort key
db.query(User)  # kind: a query without an access path
db.update(k, User.age.set("no"))  # kind: a change to a wrong type
db.update(k, User.email.set(None))  # kind: None for a required attribute
db.update(k, User.email.add(1))  # kind: a sum of text
db.update(k, User.age > 1)  # kind: a condition in place of a change
db.update(k, Event.total.add(1))  # kind: a change of another entity
db.update(k, User.tags.add({1}))  # kind: elements of a wrong type
db.put(user, if_=User.nope == 1)  # kind: a condition on what does not exist
db.put(user, if_=User.age == "no")  # kind: a condition with a wrong type
db.put(user, if_=Event.total == 1)  # kind: a condition on another entity
db.put(user, if_=user.age == 1)  # kind: a truth value in place of a condition
db.get(k).email  # kind: an item that may be missing
(user.nick).upper()  # kind: an attribute that may be missing
user.age = "no"  # kind: a wrong type assigned
user.tags.add(1)  # kind: an element of a wrong type
print(datetime.now(UTC))
