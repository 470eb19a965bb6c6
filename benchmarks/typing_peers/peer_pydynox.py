"""The same in pydynox's, by its synchronous methods."""

from __future__ import annotations

from pydynox import Model, ModelConfig
from pydynox.attributes import NumberAttribute, StringAttribute, StringSetAttribute
from pydynox.indexes import GlobalSecondaryIndex


class User(Model):
    model_config = ModelConfig(table="app")
    org = StringAttribute(partition_key=True)
    id = StringAttribute(sort_key=True)
    email = StringAttribute(required=True)
    age = NumberAttribute(default=0)
    nick = StringAttribute()
    tags = StringSetAttribute()
    by_email = GlobalSecondaryIndex["User"](index_name="by-email", partition_key="email")


class Event(Model):
    model_config = ModelConfig(table="events")
    tenant = StringAttribute(partition_key=True)
    at = NumberAttribute(sort_key=True)
    total = NumberAttribute(default=0)


class Defaulted(Model):
    model_config = ModelConfig(table="defaulted")
    id = StringAttribute(partition_key=True)
    total = NumberAttribute(default="0")  # kind: a default of a wrong type


user = User(org="acme", id="u1", email="x")
found = User.sync_get(org="acme", id="u1")
if found is not None and found.age is not None and found.email is not None:
    print(found.age + 1, found.email.upper())
user.sync_update(atomic=[User.age.add(1)], condition=User.age >= 18)
list(User.sync_query("acme", sort_key_condition=User.id.begins_with("u"), filter_condition=User.age > 1))

User(org="a", id="b", email="x", age="no")  # kind: a value of a wrong type
User(org="a", id="b")  # kind: a required attribute is missing
User(org="a", id="b", email="x", nope=1)  # kind: an attribute that does not exist
User("a", "b", "x")  # kind: attributes given by place
User.sync_get(org="a")  # kind: half of a key
User.sync_get(org=1, id="b")  # kind: a key part of a wrong type
User.sync_get(org="a", id="b", more="c")  # kind: too many key parts
User.sync_batch_get(["u1"])  # kind: text in place of a key
User.sync_query()  # kind: a query without a partition
Event.sync_query("t", sort_key_condition=Event.at >= "x")  # kind: a sort bound of a wrong type
Event.sync_query("t", sort_key_condition=Event.at.begins_with("x"))  # kind: a number that begins with text
User.by_email.sync_query(partition_key=None)  # kind: an index asked for None
User.by_email.sync_query()  # kind: an index without a value
User.by_email.sync_query(
    partition_key="a", sort_key_condition=User.age.between(1, 2)
)  # kind: a sort condition on an index without a sort key
User.sync_query(User.age > 1)  # kind: a query without an access path
user.sync_update(age="no")  # kind: a change to a wrong type
user.sync_update(email=None)  # kind: None for a required attribute
user.sync_update(atomic=[User.email.add(1)])  # kind: a sum of text
user.sync_update(atomic=[User.age > 1])  # kind: a condition in place of a change
user.sync_update(atomic=[Event.total.add(1)])  # kind: a change of another entity
user.sync_update(tags={1})  # kind: elements of a wrong type
user.sync_save(condition=User.nope == 1)  # kind: a condition on what does not exist
user.sync_save(condition=User.age == "no")  # kind: a condition with a wrong type
user.sync_save(condition=Event.total == 1)  # kind: a condition on another entity
user.sync_save(condition=user.age == 1)  # kind: a truth value in place of a condition
User.sync_get(org="a", id="b").email  # kind: an item that may be missing
(user.nick).upper()  # kind: an attribute that may be missing
user.age = "no"  # kind: a wrong type assigned
user.tags.add(1)  # kind: an element of a wrong type
