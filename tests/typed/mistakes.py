"""Mistakes that both type checkers must find: each line marked `# error` and no other."""

from typing import Any

from dynalayer import (
    Accepted,
    AccessPattern,
    AsyncDatabase,
    Attr,
    Credentials,
    Entity,
    Get,
    Index,
    Inserted,
    LocalIndex,
    Modified,
    RemoteConnection,
    RemoteOptions,
    Removed,
    Table,
    any_,
    attr,
    collection,
    created,
    decode_stream,
    handle_batch,
    index,
    primary,
    scan,
    shards,
)

from .valid import Draft, Event, Note, Reading, User, db, in_europe, k, meters, monday, note, now, on_change, on_user, user

table = Table("other", pk="id")


class Order(Entity, table=table):
    id: Attr[str] = attr()
    total: Attr[int] = attr(default="0")  # error: default of a wrong type
    key = primary(id)


class Memo(Entity, table=table):
    id: Attr[str] = attr()
    at: Attr[str] = created()  # error: a moment is a datetime or an int
    key = primary(id)


Note(slug="a", revision=3)  # error: the layer fills the revision in
Note(slug="a", shard=1)  # error: the layer fills the shard in
Note(id="a")  # error: the unique attribute is missing
note.last_written = now  # error: whole seconds, not a datetime
db.update(note, Draft.reviewer.set("x"))  # error: a change of a derived entity
db.get_by(Note, Note.slug, 1)  # error: a value of a wrong type
db.get_by(User, Note.slug, "a")  # error: an attribute of another entity
shards(Note.slug)  # error: text has no shards
db.delete("n1")  # error: text is neither key nor entity
User(org="a", id="b", email="x", age="no")  # error: value of a wrong type
User(org="a", id="b")  # error: a required attribute is missing
User(org="a", id="b", email="x", nope=1)  # error: no such attribute
User("a", "b", "x")  # error: attributes are given by name
User.key("a")  # error: a key part is missing
User.key(1, "b")  # error: a key part of a wrong type
User.key("a", "b", "c")  # error: too many key parts
User.key.partition()  # error: the partition is missing
User.key.partition("a", "b")  # error: the sort key is not part of the partition
Event.key.partition("t")  # error: half of a two-part partition
Event.key.partition("t", 1).at_least("x")  # error: a sort bound of a wrong type
Event.key.partition("t", 1).begins_with("x")  # error: a date does not begin with text
Event.by_kind(None)  # error: an index is asked for a value
User.by_email()  # error: the index needs its value
User.by_email("a").between("a", "b")  # error: this index has no sort attribute
db.update(k, User.age.set("no"))  # error: a change to a wrong type
db.update(k, User.email.set(None))  # error: a required attribute cannot be None
db.update(k, User.email.add(1))  # error: text does not add
db.update(k, User.age.begins_with("x"))  # error: a number does not begin with text, and a condition is no change
db.update(k, Order.total.add(1))  # error: a change of another entity
db.put(user, if_=User.nope == 1)  # error: no such attribute
db.put(user, if_=User.age == "no")  # error: compared with a wrong type
db.put(user, if_=Order.total == 1)  # error: a condition on another entity
db.put(user, if_=user.age == 1)  # error: the value of an instance is no condition
db.get(k).email  # error: the item may be missing
db.get("u1")  # error: text is no key
user.age = "no"  # error: assigned a wrong type
user.tags.add(1)  # error: an element of a wrong type
db.update(k, User.tags.add({1}))  # error: elements of a wrong type
db.query(User)  # error: a query names an access path
Reading.by_region("t")  # error: half of a partition of two attributes
in_europe.equals(3)  # error: the first sort attribute is a date
in_europe.at_least(3)  # error: a range skips the first sort attribute
in_europe.begins_with("2")  # error: a date does not begin with text
in_europe.equals(monday).at_least(monday)  # error: the second sort attribute is a number
in_europe.equals(monday).begins_with("x")  # error: a number does not begin with text
in_europe.equals(monday).between(1, "2")  # error: one end of the range is text
Reading.key.partition("t").equals(monday).after("3")  # error: the second attribute of the template is a number
Reading.by_level(1)  # error: the partitions of a local index are the table's, by text
Reading.by_level("t", 3)  # error: the sort attribute is not part of the partition
Reading.by_level("t").equals("x")  # error: a level is a number
index("by-level", Reading.level, Reading.n)  # error: keys are declared of attributes in the class body
Table("streams", pk="id", stream="NEW")  # error: no such view of a stream
Table("indexes", pk="id", indexes=["by-x"])  # error: an index is a value
Index("by-x", pk="x", projection="SOME")  # error: no such projection
LocalIndex("by-x", pk="id", sk="x")  # error: a local index has no partition key of its own
LocalIndex("by-x")  # error: a local index needs a sort key
db.create_tables("meters")  # error: a table is a value
db.add_index(meters)  # error: which index
db.add_index(meters, "by-x", progress=lambda: None)  # error: progress is told something

db.scan(User)  # error: a scan is said in words
db.scan(User.by_email("a"))  # error: a query is no scan
db.query(scan(User))  # error: a scan is no query
scan(User).where(Order.total > 1)  # error: a condition on another entity
scan(table, User)  # error: a table or entities, not both
User.by_email("a").select(Order.total)  # error: an attribute of another entity
User.by_email("a").select("age")  # error: text is no attribute
User.by_email("a").select()  # error: nothing is selected
k.select(User.age, User.age, User.age, User.age, User.age, User.age, User.age)  # error: seven attributes
db.get(User.by_email("a").select(User.age))  # error: a query is no key
for row in db.query(User.by_email("a").select(User.age)):
    row.age  # error: a row is a tuple
    row[0].upper()  # error: the attribute is a number
for each in db.query(collection(User.by_email("a"), User.key.partition("a"), Event.by_kind("a"))):
    each.email  # error: it may be the other entity
collection(User.by_email("a"), Event)  # error: a collection is made of queries
collection(k, User.by_email("a"))  # error: a key is no query
(first, second) = db.transact_get(k, k, k)  # error: three items
db.transact_get(k)[0].email  # error: the item may be missing
db.transact_get("u1")  # error: text is no key
db.batch_read([k])[k].email  # error: the item may be missing
db.batch_write(put=[k])  # error: a key cannot be put
db.count(User)  # error: a count names an access path
db.page(User.by_email("a"), after=3)  # error: a cursor is text

User.home.at(lambda a: a.town)  # error: no such field
User.home.at(lambda a: a.street.name)  # error: the street may be missing
User.home.at(lambda a: a.city).set(3)  # error: a part set to a wrong type
User.home.at(lambda a: a.city).set(None)  # error: a part that cannot be None
User.home.at(lambda a: a.city) > 3  # error: a part compared with a wrong type
User.home.at(lambda a: a.city).add(1)  # error: a part that is text does not add
User.notes.append(1)  # error: an element of a wrong type
User.age.append(1)  # error: a number is no list
User.age.add(1, floor="0")  # error: a bound of a wrong type
User.age.add(1.5)  # error: a float added to an int
User.tags.add({"a"}, floor=0)  # error: a set has no floor
User.age.set_from(User.email)  # error: copied from another type
User.age.set_from(Order.total)  # error: copied from another entity
User.notes.size() > "3"  # error: a size is a number
User.age.has_type("X")  # error: no such type of DynamoDB's
User.rights.contains("reader")  # error: an element of a wrong type
User.notes.discard("a")  # error: a list does not discard


async def forgotten(adb: AsyncDatabase) -> None:
    (await adb.get(k)).age  # error: the item may be missing
    adb.get(k).age  # error: not awaited
    for _ in adb.query(User.by_email("a")):  # error: not async for
        print(now)


def streams(event: dict[str, Any]) -> None:
    for change in db.stream(User, Event):
        change.new  # error: a removed item has no new image, and an unknown one no type
        if isinstance(change, Inserted):
            change.old  # error: an inserted item has no old image
            change.new.email  # error: it may be an Event
        if isinstance(change, Removed):
            change.new  # error: a removed item has no new image
    handle_batch(event, Order, handler=on_change)  # error: the handler does not take changes of Order
    handle_batch(event, User, handler=on_user)  # error: the handler is asynchronous
    handle_batch(event, handler=on_change)  # error: no entity is named
    db.stream(k)  # error: a key has no stream
    db.stream(User, from_="yesterday")  # error: no such place
    db.stream(User, checkpoint="index")  # error: a checkpoint is made for a table
    db.stream(User, batch=5)  # error: no such option
    for typed in decode_stream(event, User):
        if isinstance(typed, Modified):
            typed.changed("age")  # error: an attribute is named on its class
            typed.new.nope  # error: no such attribute


AccessPattern("a key", k)  # error: a key is no statement
AccessPattern("an entity", User)  # error: an entity is no statement
AccessPattern("a type", Get(User.key(any_(int), "b")))  # error: a placeholder of a wrong type
AccessPattern("a part", User.key.partition(any_(str), any_(str)))  # error: the sort key is not part of the partition
AccessPattern("a rate", Get(k), per_second="40")  # error: a rate is a number
AccessPattern("a scan", Get(k), scan=True)  # error: a scan gives its reason
AccessPattern("a place", Get(k), 25)  # error: numbers are given by name
Accepted("slow", User, "it is")  # error: no finding is of this code
any_("text")  # error: a placeholder is of a type
any_(str).nope  # error: text has no such attribute
bounded: Attr[str] = attr(max_bytes="40")  # error: a bound is a number

Credentials("AKIA0123456789ABCDEF")  # error: a key has a secret
RemoteConnection(region="eu-west-1", credentials=("AKIA0123456789ABCDEF", "s"))  # error: a pair is no credentials
RemoteOptions(fips="yes")  # error: a kind of endpoint is asked for or not
RemoteOptions(account=123456789012)  # error: an account may begin with zeros, so it is a text
