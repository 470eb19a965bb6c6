"""An entity whose attributes are kept inside a map does what the same entity with attributes of their own does."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from dynalayer import (
    Attr,
    Check,
    Database,
    DynalayerError,
    Entity,
    Index,
    Key,
    Put,
    Table,
    Update,
    attr,
    created,
    index,
    primary,
    revision,
    scan,
    updated,
    write_shard,
)
from dynalayer.schema import Query, Selected
from dynalayer.statements import Raw
from dynalayer.testing import FrozenClock


def table(name: str) -> Table:
    return Table(
        name,
        pk="PK",
        sk="SK",
        indexes=[
            Index("GSI1", pk="GSI1PK", sk="GSI1SK"),
            Index("GSI2", pk="GSI2PK", sk="GSI2SK", projection="KEYS_ONLY"),
        ],
        ttl="TTL",
        discriminator="EntityType",
        stream="NEW_AND_OLD_IMAGES",
    )


@dataclass
class Author:
    name: str
    stars: int = 0
    marks: list[str] = field(default_factory=list)


class Fields(Entity):
    agent: Attr[str] = attr(name="agentId")
    id: Attr[str] = attr()
    rank: Attr[int] = attr(default=0)
    owner: Attr[str] = attr(default="nobody")
    state: Attr[str | None] = attr(default=None, name="a state.of#it")
    names: Attr[list[str]] = attr(factory=list)
    tags: Attr[set[str]] = attr(factory=set)
    author: Attr[Author] = attr(factory=lambda: Author("x"))
    more: Attr[dict[str, int]] = attr(factory=dict, name="Data")
    at: Attr[datetime | None] = attr(default=None)
    expires: Attr[int | None] = attr(default=None, name="TTL")
    shelf: Attr[int] = write_shard(3, of=agent)
    key = primary(agent, id, pk="A#{agent}", sk="T#{id}")
    by_state = index("GSI1", state, rank, pk="STATE#{state}", sk="RANK#{rank}")
    by_owner = index("GSI2", owner, id, pk="OWNER#{owner}", sk="T#{id}")


class Plain(Fields, table=table("plain"), name="Thing"): ...


class Kept(Fields):
    agent: Attr[str] = attr(name="agentId", outside=True)
    id: Attr[str] = attr(outside=True)
    created: Attr[int] = created(name="CreatedAt", outside=True)
    updated: Attr[datetime] = updated()
    revision: Attr[int] = revision()


class PlainKept(Kept, table=table("plain-kept"), name="Thing", version=1): ...


class InnerKept(Kept, table=table("inner-kept"), name="Thing", version=1, inside="Data"): ...


Made = Callable[[Any], Any]
"""What is made of either class."""

texts = st.sampled_from(["", "a", "b#%"])
names = st.sampled_from(["a", "b#%"])
small = st.integers(-2, 2)
authors = st.builds(Author, names, small, st.lists(names, max_size=2))
moments = st.none() | st.sampled_from([datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2)])


def of(make: Callable[..., Any], *given: st.SearchStrategy[Any]) -> st.SearchStrategy[Made]:
    return st.builds(lambda *values: lambda cls: make(cls, *values), *given)


CHANGES: list[st.SearchStrategy[Made]] = [
    of(lambda c, v: c.rank.set(v), small),
    of(lambda c, v: c.rank.add(v), small),
    of(lambda c, v: c.rank.add(v, floor=-1, ceiling=1), small),
    of(lambda c: c.rank.remove()),
    of(lambda c, v: c.owner.set(v), names),
    of(lambda c: c.owner.remove()),
    of(lambda c, v: c.owner.set_if_missing(v), names),
    of(lambda c, v: c.state.set(v), st.none() | texts),
    of(lambda c: c.state.remove()),
    of(lambda c, v: c.names.append(v), names),
    of(lambda c, v: c.names.prepend(v, v), names),
    of(lambda c, v: c.names.at(lambda n: n[0]).set(v), names),
    of(lambda c: c.names.at(lambda n: n[0]).remove()),
    of(lambda c, v: c.tags.set(v), st.sets(names)),
    of(lambda c, v: c.author.set(v), authors),
    of(lambda c, v: c.author.at(lambda a: a.stars).add(v), small),
    of(lambda c, v: c.author.at(lambda a: a.marks).append(v), names),
    of(lambda c, v: c.more.at(lambda m: m["Data"]).set(v), small),
    of(lambda c: c.more.at(lambda m: m["Data"]).remove()),
    of(lambda c, v: c.at.set(v), moments),
    of(lambda c, v: c.rank.set_from(c.author.at(lambda a: a.stars), plus=v), small),
    of(lambda c, v: c.expires.set(v), st.none() | st.just(2_000_000_000)),
]
CONDITIONS: list[st.SearchStrategy[Made]] = [
    of(lambda c, v: c.rank > v, small),
    of(lambda c, v: (c.rank < v) | c.state.missing(), small),
    of(lambda c, v: ~(c.author.at(lambda a: a.stars) == v), small),
    of(lambda c, v: c.owner.is_in(v), st.lists(names, min_size=1, max_size=2)),
    of(lambda c: c.names.size() > 0),
    of(lambda c, v: c.tags.contains(v), names),
    of(lambda c, v: c.more.at(lambda m: m["Data"]).exists() & (c.rank == c.rank), small),
    of(lambda c, v: c.at == v, moments),
]
keys = st.tuples(st.sampled_from(["1", "2#"]), st.sampled_from(["x", "y"]))
changes = st.lists(st.one_of(CHANGES), min_size=1, max_size=4)
conditions = st.none() | st.one_of(CONDITIONS)
values = st.fixed_dictionaries(
    {},
    optional={
        "rank": small,
        "owner": names,
        "state": st.none() | texts,
        "names": st.lists(names, max_size=2),
        "tags": st.sets(names),
        "author": authors,
        "more": st.dictionaries(st.sampled_from(["Data", "k.k"]), small),
        "at": moments,
    },
)
ACTS = st.tuples(
    st.sampled_from(
        ["create", "put", "update", "upsert", "delete", "transact", "transact upsert", "write again", "bare", "more"]
    ),
    keys,
    changes,
    conditions,
    values,
)


def act(db: Database, cls: Any, inside: set[str], asked: Any) -> Any:
    kind, key, made, condition, given = asked
    if_ = None if condition is None else condition(cls)
    changed = [make(cls) for make in made]
    entity = cls(agent=key[0], id=key[1], **given)
    match kind:
        case "create":
            return db.create(entity)
        case "put":
            return db.put(entity, if_=if_)
        case "update":
            return shown(db.update(cls.key(*key), *changed, if_=if_))
        case "upsert":
            return shown(db.update(cls.key(*key), *changed, if_=if_, upsert=True))
        case "delete":
            return shown(db.delete(cls.key(*key), if_=if_))
        case "transact" | "transact upsert":
            other = cls(agent="2#" if key[0] == "1" else "1", id=key[1], **given)
            update = Update(cls.key(*key), tuple(changed), if_, upsert=kind.endswith("upsert"))
            actions = (
                [update, Check(other.key, if_)] if if_ is not None and kind == "transact" else [update, Put(other)]
            )
            return db.transact(*actions)
        case "write again":
            found = db.get(cls.key(*key))
            if found is not None:
                found.rank += 1
                db.put(found)
            return None
        case "bare":
            return elsewhere(db, cls, key, lambda item: bare(cls, inside, item))
        case _:
            return elsewhere(db, cls, key, lambda item: more(cls, item))


def elsewhere(db: Database, cls: Any, key: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Another program changes an item in its own way."""
    table = cls.__definition__.table.name
    item = db.run(Raw("GetItem", {"TableName": table, "Key": cls.key(*key).wire})).get("Item")
    if item is not None:
        db.run(Raw("PutItem", {"TableName": table, "Item": change(item)}))


def bare(cls: Any, inside: set[str], item: dict[str, Any]) -> dict[str, Any]:
    """Only the attributes that no map holds are left; `inside` names those that it holds."""
    inner = {attribute.top_name for attribute in cls.__definition__.attributes.values() if attribute.name in inside}
    return {name: wire for name, wire in item.items() if name not in inner}


def more(cls: Any, item: dict[str, Any]) -> dict[str, Any]:
    """With attributes that the class does not declare, beside the map and in it."""
    more = {"foreign inside": {"S": "x"}}
    if cls.__definition__.inside:
        more = {"Data": {"M": item.get("Data", {"M": {}})["M"] | more}}
    return {**item, "foreign outside": {"N": "1"}, **more}


def outcome(do: Callable[..., Any], *given: Any) -> Any:
    try:
        return do(*given)
    except DynalayerError as error:
        return type(error)


def shown(entity: Any) -> Any:
    return None if entity is None else {name: value for name, value in vars(entity).items() if name != "__unknown__"}


def everything(db: Database, cls: Any) -> list[Any]:
    """All that can be read, in all ways."""
    author = cls.author.at(lambda a: a.name)
    asked: list[Any] = [scan(cls), scan(cls).where(cls.author.at(lambda a: a.stars) >= 0).select(cls.id, cls.names)]
    for state in ("a", "b#%"):
        asked += [cls.by_state(state).descending(), cls.by_state(state).select(cls.rank, author, cls.tags)]
    for owner in ("a", "b#%", "nobody"):
        asked.append(cls.by_owner(owner).expired().select(cls.agent, cls.id))
    for agent in ("1", "2#"):
        asked += [cls.key.partition(agent), cls.key.partition(agent).where(cls.names.size() > 0)]
        asked.append(cls.key(agent, "x").select(cls.more, cls.state, cls.at))
        asked.append(cls.key(agent, "y"))
    found = [outcome(read, db, each) for each in asked]
    return [*found, *(db.count(cls.key.partition(agent).where(cls.rank > 0)) for agent in ("1", "2#"))]


def read(db: Database, asked: Any) -> Any:
    if isinstance(asked, Key) or (isinstance(asked, Selected) and isinstance(asked.source, Key)):
        found = db.get(asked)
        return found if isinstance(found, tuple) else shown(found)
    source = asked.source if isinstance(asked, Selected) else asked
    rows = [
        each if isinstance(each, tuple) else shown(each)
        for each in (db.query if isinstance(source, Query) else db.scan)(asked)
    ]
    return rows if isinstance(source, Query) else sorted(rows, key=repr)


def stored(db: Database, cls: Any) -> list[Any]:
    """All items as they would be with attributes of their own."""
    items = db.run(Raw("Scan", {"TableName": cls.__definition__.table.name}))["Items"]
    if cls.__definition__.inside:
        beside = [{name: wire for name, wire in item.items() if name != "Data"} for item in items]
        items = [{**own, **item.get("Data", {"M": {}})["M"]} for own, item in zip(beside, items, strict=True)]
    return sorted(items, key=lambda item: (item["PK"]["S"], item["SK"]["S"]))


def compare(plain: Any, inner: Any, asked: list[Any]) -> None:
    clock = FrozenClock()
    inside = {attribute.name for attribute in inner.__definition__.attributes.values() if attribute.inside}
    with Database("memory:", clock=clock) as db:
        db.create_tables(plain.__definition__.table, inner.__definition__.table)
        for each in asked:
            assert outcome(act, db, inner, inside, each) == outcome(act, db, plain, inside, each)
            assert everything(db, inner) == everything(db, plain)
            assert stored(db, inner) == stored(db, plain)
            clock.advance(1)


MOVABLE = ["agent", "id", "rank", "owner", "state", "names", "tags", "author", "at", "shelf"]


@functools.cache
def with_outside(outside: frozenset[str]) -> type[Any]:
    """The entity with some of its attributes beside the map."""
    declared = {name: vars(Fields)[name].options for name in outside}
    members: dict[str, Any] = {name: Attr(replace(options, outside=True)) for name, options in declared.items()}
    made: type[Any] = type("Inner", (Fields,), members, table=table("inner"), name="Thing", inside="Data")
    return made


@settings(max_examples=100, deadline=None)
@given(st.frozensets(st.sampled_from(MOVABLE)), st.lists(ACTS, max_size=6))
def test_it_gives_the_same_entities_errors_and_items(outside: frozenset[str], asked: list[Any]) -> None:
    compare(Plain, with_outside(outside), asked)


@settings(max_examples=60, deadline=None)
@given(st.lists(ACTS, max_size=6))
def test_it_does_so_with_moments_revisions_and_versions(asked: list[Any]) -> None:
    compare(PlainKept, InnerKept, asked)
