"""The same in PynamoDB's: `absent:` names kinds that its interface gives no occasion for."""

from __future__ import annotations

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model


class ByEmail(GlobalSecondaryIndex["User"]):
    class Meta:
        projection = AllProjection()

    email = UnicodeAttribute(hash_key=True)


class User(Model):
    class Meta:
        table_name = "app"

    org = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    email = UnicodeAttribute()
    age = NumberAttribute(default=0)
    nick = UnicodeAttribute(null=True)
    tags = UnicodeSetAttribute(default_for_new=set)
    by_email = ByEmail()


class Event(Model):
    class Meta:
        table_name = "events"

    tenant = UnicodeAttribute(hash_key=True)
    at = NumberAttribute(range_key=True)
    total = NumberAttribute(default=0)


class Defaulted(Model):
    class Meta:
        table_name = "defaulted"

    id = UnicodeAttribute(hash_key=True)
    total = NumberAttribute(default="0")  # kind: a default of a wrong type


user = User("acme", "u1", email="x")
found = User.get("acme", "u1")
print(found.age + 1, found.email.upper())
user.update(actions=[User.age.add(1), User.tags.add({"a"})], condition=User.age >= 18)
list(User.query("acme", User.id.startswith("u"), User.age > 1))

User(org="a", id="b", email="x", age="no")  # kind: a value of a wrong type
User(org="a", id="b")  # kind: a required attribute is missing
User(org="a", id="b", email="x", nope=1)  # kind: an attribute that does not exist
User("a", "b", "x")  # kind: attributes given by place
User.get("a")  # kind: half of a key
User.get(1, "b")  # kind: a key part of a wrong type
User.get("a", "b", "c")  # kind: too many key parts
User.batch_get(["u1"])  # kind: text in place of a key
User.query()  # kind: a query without a partition
Event.query("t", Event.at >= "x")  # kind: a sort bound of a wrong type
Event.query("t", Event.at.startswith("x"))  # kind: a number that begins with text
User.by_email.query(None)  # kind: an index asked for None
User.by_email.query()  # kind: an index without a value
User.by_email.query("a", User.age.between(1, 2))  # kind: a sort condition on an index without a sort key
User.query(User.age > 1)  # kind: a query without an access path
user.update(actions=[User.age.set("no")])  # kind: a change to a wrong type
user.update(actions=[User.email.set(None)])  # kind: None for a required attribute
user.update(actions=[User.email.add(1)])  # kind: a sum of text
user.update(actions=[User.age > 1])  # kind: a condition in place of a change
user.update(actions=[Event.total.add(1)])  # kind: a change of another entity
user.update(actions=[User.tags.add({1})])  # kind: elements of a wrong type
user.save(condition=User.nope == 1)  # kind: a condition on what does not exist
user.save(condition=User.age == "no")  # kind: a condition with a wrong type
user.save(condition=Event.total == 1)  # kind: a condition on another entity
user.save(condition=user.age == 1)  # kind: a truth value in place of a condition
# absent: an item that may be missing
(user.nick).upper()  # kind: an attribute that may be missing
user.age = "no"  # kind: a wrong type assigned
user.tags.add(1)  # kind: an element of a wrong type
