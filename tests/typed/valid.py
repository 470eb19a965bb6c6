"""Code that must be free of type errors; held to by tests/typed/test_typing.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, assert_never, assert_type
from uuid import UUID

from dynalayer import (
    Accepted,
    AccessPattern,
    AsyncDatabase,
    AsyncRemoteConnection,
    Attr,
    BatchGet,
    BatchRead,
    BatchWrite,
    BatchWritten,
    Check,
    Checkpoint,
    Collection,
    Create,
    Credentials,
    Database,
    Delete,
    Difference,
    Entity,
    Failures,
    Get,
    Index,
    IndexProgress,
    Inserted,
    Key,
    LocalIndex,
    Modified,
    NotUnique,
    Page,
    Path,
    Position,
    Query,
    RemoteConnection,
    RemoteOptions,
    Removed,
    Scan,
    StaleRevision,
    StreamRecord,
    Table,
    Then,
    Transaction,
    Unknown,
    UnknownItem,
    Update,
    any_,
    attr,
    collection,
    created,
    decode_stream,
    handle_batch,
    handle_batch_async,
    index,
    moment_of_id,
    number,
    primary,
    revision,
    scan,
    shards,
    sortable_id,
    updated,
    upgrade,
    write_shard,
)
from dynalayer.testing import Faults, Undeclared, assert_access_patterns, undeclared

app = Table("app", pk="PK", sk="SK", indexes=[Index("GSI1", pk="GSI1PK", sk="GSI1SK")])


class Role(Enum):
    reader = "reader"
    writer = "writer"


@dataclass
class Street:
    name: str
    number: int = 0


@dataclass
class Address:
    city: str
    zip: str | None = None
    street: Street | None = None
    lines: list[Street] = field(default_factory=list[Street])


class User(Entity, table=app):
    org: Attr[str] = attr()
    id: Attr[str] = attr()
    email: Attr[str] = attr()
    age: Attr[int] = attr(default=0)
    balance: Attr[Decimal] = attr(default=Decimal(0))
    role: Attr[Role] = attr(default=Role.reader)
    tags: Attr[set[str]] = attr(factory=set)
    notes: Attr[list[str]] = attr(factory=list)
    address: Attr[Address | None] = attr(default=None)
    home: Attr[Address] = attr(factory=lambda: Address("?"))
    pair: Attr[tuple[int, str]] = attr(default=(0, ""))
    steps: Attr[tuple[str, ...]] = attr(default=())
    rights: Attr[frozenset[Role]] = attr(default=frozenset())
    by_role: Attr[dict[Role, Address]] = attr(factory=dict[Role, Address])
    score: Attr[int | None] = attr(default=None)
    nick: Attr[str | None] = attr(default=None)
    token: Attr[UUID | None] = attr(default=None)
    created: Attr[datetime] = attr(factory=lambda: datetime.now(UTC))
    key = primary(org, id, pk="ORG#{org}", sk="USER#{id}")
    by_email = index("GSI1", email, pk="EMAIL#{email}")


class Event(Entity, table=app):
    tenant: Attr[str] = attr()
    device: Attr[int] = attr()
    at: Attr[datetime] = attr()
    kind: Attr[str | None] = attr(default=None)
    key = primary((tenant, device), at, pk="EVENTS#{tenant}#{device}", sk="AT#{at}")
    by_kind = index("GSI1", kind, at, pk="KIND#{kind}", sk="KINDAT#{at}")


meters = Table(
    "meters",
    pk="PK",
    sk="SK",
    indexes=[
        Index("by-region", pk=("tenant", "region"), sk=("day", number("n")), projection=["level"]),
        Index("by-label", pk=("tenant", "K2"), sk=("K3", "region", number("n"), "K4")),
        LocalIndex("by-level", sk=number("level"), projection="KEYS_ONLY"),
    ],
    stream="NEW_AND_OLD_IMAGES",
    point_in_time_recovery=True,
    deletion_protection=True,
    tags={"team": "meters"},
)


class Reading(Entity, table=meters):
    tenant: Attr[str] = attr()
    region: Attr[str | None] = attr(default=None)
    day: Attr[date] = attr()
    n: Attr[int] = attr()
    level: Attr[int | None] = attr(default=None)
    key = primary(tenant, day, n, pk="T#{tenant}", sk="R#{day}#{n}")
    by_region = index("by-region", (tenant, region), day, n)
    by_label = index("by-label", (tenant, n), day, region, n, day, pk=(None, "{n}"), sk=("{day}", None, None, "{day}"))
    by_level = index("by-level", key, level)


class Note(Entity, table=app, version=2):
    id: Attr[str] = attr(factory=sortable_id)
    slug: Attr[str] = attr(unique=True)
    first_written: Attr[datetime] = created()
    last_written: Attr[int] = updated(unit="s")
    revision: Attr[int] = revision()
    shard: Attr[int] = write_shard(8, of=slug)
    key = primary(id, pk="NOTE#{id}")
    by_shard = index("GSI1", shard, slug, pk="SHARD#{shard}", sk="NOTE#{slug}")

    @upgrade(1)
    @staticmethod
    def _slug_of_title(item: dict[str, Any]) -> dict[str, Any]:
        return {**item, "slug": item["title"]}


class Draft(Note):
    reviewer: Attr[str | None] = attr(default=None)


note = Note(slug="first")
assert_type(note.first_written, datetime)
assert_type(note.last_written, int)
assert_type(Note.revision, Path[Note, int])
note.first_written = datetime.now(UTC)
draft = Draft(slug="second", reviewer="ada")
assert_type(moment_of_id(draft.id), datetime)


def notes(db: Database) -> None:
    db.create(note)
    assert_type(db.update(note, Note.slug.set("other")), Note)
    assert_type(db.delete(draft), Draft | None)
    assert_type(db.get_by(Note, Note.slug, "first"), Note | None)
    for shard in shards(Note.shard):
        for each in db.query(Note.by_shard(shard)):
            assert_type(each, Note)
    db.transact(Update(note, (Note.slug.set("x"),)), Delete(draft))
    try:
        db.put(note)
    except StaleRevision:
        pass
    except NotUnique as error:
        assert_type(error.attribute, str)


db = Database("memory:")
k = User.key("acme", "u1")
assert_type(k, Key[User])
user = User(org="acme", id="u1", email="x")
assert_type(user.email, str)
assert_type(user.nick, str | None)
assert_type(user.key, Key[User])
assert_type(User.age, Path[User, int])
user.age = 3
db.put(user, if_=User.id.missing())
db.create(User(org="acme", id="u2", email="x", age=3, nick="me", tags={"a"}))
found = db.get(k)
assert_type(found, User | None)
if found is not None:
    assert_type(found.age + 1, int)
assert_type(db.update(k, User.age.add(1), User.email.set("y"), if_=User.age >= 18), User)
db.update(k, User.tags.add({"a"}), User.tags.discard({"b"}), User.nick.set(None), User.nick.remove())
db.update(k, User.balance.add(Decimal("1.5")), if_=(User.age < 5) & ~User.nick.exists() | (User.role == Role.writer))
db.put(user, if_=User.tags.contains("a") & User.notes.contains("b") & User.email.contains("@"))
db.put(user, if_=User.age.is_in([1, 2]) & User.age.between(1, 2) & (User.nick == None))  # noqa: E711
db.update(k, User.balance.add(1), if_=(User.balance > 5) & (User.balance == 1) & User.balance.between(1, Decimal(2)))
assert_type(db.delete(k), User | None)
for each in db.query(User.by_email("a@x").where(User.age >= 18).limit(5)):
    assert_type(each, User)
for each in db.query(User.key.partition("acme").begins_with("u").descending()):
    print(each.id.upper())
now = datetime.now(UTC)
for event in db.query(Event.key.partition("t", 7).between(now, now)):
    assert_type(event.device, int)
for event in db.query(Event.by_kind("door").at_least(now)):
    assert_type(event.kind, str | None)
assert_type(db.page(User.by_email("a"), size=5), Page[User])
assert_type(db.batch_get([k, k]), list[User | None])
db.transact(Create(user), Update(k, (User.age.add(1),)), Delete(k), Check(k, User.age > 3))
assert_type(scan(User), Scan[User])
for each in db.scan(scan(User).where(User.age > 3).limit(5), parallel=8):
    assert_type(each, User)
for each in db.scan(scan(User.by_email).expired()):
    assert_type(each, User)
for anything in db.scan(scan(app)):
    assert_type(anything, Entity)
for either in db.scan(scan(User, Event)):
    assert_type(either, User | Event)
for raw in db.scan(scan(app).unknown()):
    assert_type(raw, Entity | UnknownItem)
for row in db.query(User.key.partition("acme").where(User.age > 3).select(User.id, User.nick, User.balance)):
    assert_type(row, tuple[str, str | None, Decimal])
for age in db.scan(scan(User).select(User.age)):
    assert_type(age, tuple[int])
assert_type(db.get(k.select(User.id, User.age)), tuple[str, int] | None)
assert_type(db.page(User.by_email("a").select(User.age), size=5), Page[tuple[int]])
assert_type(db.page(scan(User)), Page[User])
assert_type(db.page(scan(User)).cursor, str | None)
assert_type(db.count(User.by_email("a")) + db.count(scan(User)), int)
both = collection(User.key.partition("acme").begins_with("u"), Event.key.partition("t", 7))
assert_type(both, Collection[User | Event])
for each_of_both in db.query(both.descending().limit(3)):
    assert_type(each_of_both, User | Event)
for with_unknown in db.query(both.unknown()):
    assert_type(with_unknown, User | Event | UnknownItem)
assert_type(db.page(both), Page[User | Event])
assert_type(db.transact_get(k, Event.key("t", 7, now)), tuple[User | None, Event | None])
assert_type(db.transact_get(*[k, k]), tuple[User | None, ...])
mixed = db.batch_read([k, Event.key("t", 7, now)], partial=True)
assert_type(mixed[k], User | None)
assert_type(mixed[Event.key("t", 7, now)], Event | None)
assert_type(db.batch_read([k, k]), BatchRead[User])
assert_type(db.batch_read([k]).items, list[User | None])
assert_type(db.batch_write(put=[user, Event(tenant="t", device=1, at=now)], delete=[k]), BatchWritten)
signed = Database("memory:", cursor_key=[b"0123456789abcdef", b"fedcba9876543210"], cursor_age=3600)
monday, in_europe = date(2026, 11, 16), Reading.by_region("t", "eu")
assert_type(in_europe, Query[Reading, Then[date, int]])
assert_type(in_europe.equals(monday), Query[Reading, int])
assert_type(in_europe.equals(monday).between(1, 5).limit(2), Query[Reading, int])
since = in_europe
if user.age:
    since = since.at_least(monday).descending()
for reading in db.query(since.where(Reading.level > 3)):
    assert_type(reading.region, str | None)
assert_type(Reading.by_level("t").at_least(3).consistent(), Query[Reading, int])
assert_type(Reading.by_label("t", 1).equals(monday).begins_with("e"), Query[Reading, Then[str, Then[int, date]]])
assert_type(Reading.by_label("t", 1).equals(monday).equals("eu").equals(1).before(monday), Query[Reading, date])
assert_type(Reading.key.partition("t").equals(monday).after(3), Query[Reading, int])
db.create_tables(app, meters)
db.add_index(meters, "by-region", progress=lambda step: print(step.status, step.waited))
assert_type(db.table_differences(meters), list[Difference])


def told(step: IndexProgress) -> None:
    print(step.index, step.backfilling)


async def main(adb: AsyncDatabase) -> None:
    assert_type(await adb.get(User.key("acme", "u1")), User | None)
    async for each in adb.query(User.by_email("a")):
        assert_type(each.age, int)
    async for row in adb.scan(scan(User).select(User.id, User.age), parallel=2):
        assert_type(row, tuple[str, int])
    assert_type(await adb.transact_get(k), tuple[User | None])
    assert_type(await adb.count(collection(User.key.partition("a"), Event.key.partition("t", 7))), int)


def generic(keys: Sequence[Key[User]]) -> list[User | None]:
    return db.batch_get(keys)


def on_change(change: StreamRecord[User | Event]) -> None:
    if isinstance(change, Unknown):
        assert_type(change.reason, str)
        return
    assert_type(change.key, Key[User | Event])
    match change:
        case Inserted(new=User() as inserted):
            assert_type(inserted.email, str)
        case Modified(old=Event() as before, new=Event() as after):
            assert_type(before.kind, str | None)
            assert_type(after.device, int)
        case Removed() if change.expired:
            assert_type(change.old, User | Event)
        case Inserted() | Modified() | Removed():
            assert_type(change.at, datetime)
        case _:
            assert_never(change)


async def on_user(change: StreamRecord[User]) -> None:
    if isinstance(change, Modified):
        assert_type(change.new, User)
        assert_type(change.changed(User.age), bool)
        assert_type(change.changed_attributes, frozenset[str])
    elif isinstance(change, Inserted | Removed):
        await AsyncDatabase("memory:").get(change.key)


async def lambda_handlers(event: dict[str, Any], adb: AsyncDatabase) -> Failures:
    assert_type(decode_stream(event, User), list[StreamRecord[User]])
    assert_type(decode_stream(event, User, Event), list[StreamRecord[User | Event]])
    assert_type(decode_stream(event["Records"], app), list[StreamRecord[Entity]])
    assert_type(handle_batch(event, User, Event, handler=on_change), Failures)
    handle_batch(event, User, handler=on_change, tries=3, on_poison=lambda change, error: print(error))
    kept = Position.parse("...")
    checkpoint = Checkpoint(app, "index")
    for change in db.stream(User, Event, from_=kept, checkpoint=checkpoint, until_idle=True, on_gap=print):
        on_change(change)
        assert_type(change.position, Position)
    async for each in adb.stream(User, from_="start", page_size=100, limit=5, wait=2):
        assert_type(each, StreamRecord[User])
    async for anything in adb.stream(app):
        assert_type(anything, StreamRecord[Entity])
    return await handle_batch_async(event, User, handler=on_user, tries=2)


assert_type(User.home.at(lambda a: a.city), Path[User, str])
assert_type(User.address.at(lambda a: a.zip), Path[User, str | None])
assert_type(User.address.at(lambda a: a.street).at(lambda s: s.number), Path[User, int | None])
assert_type(User.home.at(lambda a: a.lines[0].name), Path[User, str])
assert_type(User.by_role.at(lambda m: m[Role.reader].city), Path[User, str])
assert_type(User.pair.at(lambda p: p[1]), Path[User, str])
db.update(k, User.home.at(lambda a: a.city).set("Rome"), User.address.at(lambda a: a.zip).set(None))
db.update(k, User.home.at(lambda a: a.lines).append(Street("x")), User.home.at(lambda a: a.street).remove())
db.update(k, User.notes.append("a", "b"), User.steps.prepend("c"), User.notes.at(lambda n: n[0]).remove())
db.update(k, User.age.add(1, ceiling=9), User.balance.add(-1, floor=Decimal("0.5")), User.score.add(2, floor=0))
db.update(k, User.email.set_from(User.id), User.age.set_from(User.home.at(lambda a: a.lines[0].number), plus=1))
db.update(k, User.rights.add(frozenset({Role.reader})), User.nick.set_if_missing("x"), User.created.set_if_missing(now))
db.put(user, if_=(User.home.at(lambda a: a.city) == "Rome") & (User.notes.size() > 3) & User.home.has_type("M"))
db.put(user, if_=User.steps.contains("a") & User.rights.contains(Role.reader) & User.notes.size().between(1, 2))
db.put(user, if_=User.home.at(lambda a: a.lines).contains(Street("x")) & (User.address.at(lambda a: a.zip) == None))  # noqa: E711
db.put(user, if_=User.home.at(lambda a: a.city).begins_with("R") & (User.home.at(lambda a: a.city) == User.email))
assert_type(db.get(k.select(User.home.at(lambda a: a.city), User.age)), tuple[str, int] | None)
bounded: Attr[str] = attr(max_bytes=40)
assert_type(any_(str), str)
assert_type(any_(Role), Role)
assert_type(any_(set[str]), set[str])
assert_type(any_(User), User)
patterns = [
    AccessPattern("a user", Get(User.key(any_(str), any_(str))), per_second=40, item_bytes=500),
    AccessPattern("users, last first", User.key.partition(any_(str)).descending(), items=25),
    AccessPattern("adults", User.by_email(any_(str)).where(User.age >= 18), items=10, keeps=0.5),
    AccessPattern("names", User.key.partition(any_(str)).select(User.id, User.age), items=10),
    AccessPattern("everything", scan(User), items=1000, scan="nightly export"),
    AccessPattern("both", collection(User.key.partition("o"), User.key.partition("o")), items=10),
    AccessPattern("sign up", Transaction((Create(any_(User)), Update(k, (User.age.add(1),)), Delete(k)))),
    AccessPattern("many", BatchGet((k, Event.key("t", 7, any_(datetime)))), items=250),
    AccessPattern("import", BatchWrite((any_(User), k)), items=25),
]
accepted = [Accepted("unused-index", "GSI1", "for reports"), Accepted("overlap", User, "told apart by hand")]


def checks() -> None:
    report = assert_access_patterns("program.patterns", max_waste=0.8)
    assert_type(report.ok, bool)
    assert_type(report.month, Decimal)
    assert_type(undeclared(Faults(db.connection).calls, patterns), list[Undeclared])


remote = RemoteConnection(
    region="eu-west-1", credentials=Credentials("AKIA0123456789ABCDEF", "s"), options=RemoteOptions(fips=True)
)
by_hand = Database(remote)
by_task = AsyncDatabase(AsyncRemoteConnection("http://localhost:8000", options=RemoteOptions(environment="test")))
