from __future__ import annotations

import random
from collections import OrderedDict
from collections.abc import Iterator
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalayer import (
    Attr,
    ConnectionLost,
    Database,
    DefinitionError,
    Entity,
    Index,
    RetryPolicy,
    Table,
    Throttled,
    attr,
    index,
    number,
    primary,
)
from dynalayer.recipes import Lru
from dynalayer.statements import DeleteTable
from dynalayer.testing import Faults

from .conftest import NOW, Clock
from .interleaving import Running, start

PAGES = Table(f"pages-{uuid4().hex[:8]}", pk="id", indexes=[Index("by-use", pk="all", sk=number("used"))], ttl="until")
NUMBERS = Table(PAGES.name, pk="id")


class Page(Entity, table=PAGES):
    """A user's own entity, with a key that is all its own."""

    id: Attr[str] = attr()
    text: Attr[str] = attr()
    used: Attr[int] = attr(default=0)
    hits: Attr[int] = attr(default=1)
    until: Attr[int] = attr(ttl=True, default=int(NOW) + 3_600)
    all: Attr[str] = attr(default="all")
    key = primary(id)
    by_use = index("by-use", all, used)


def bounded(most: int = 3, touch_every: float = 0.0, recount_every: float = 60.0) -> Lru[Page]:
    return Lru(
        Page,
        Page.used,
        Page.by_use("all"),
        name="pages",
        most=most,
        hits=Page.hits,
        touch_every=touch_every,
        recount_every=recount_every,
        sizes=NUMBERS,
    )


@pytest.fixture
def pages_db(db: Database) -> Iterator[Database]:
    """On three engines, as `db` is."""
    db.create_tables(PAGES)
    yield db
    db.run(DeleteTable(PAGES.name))


@pytest.fixture
def memory_pages(memory: Database) -> Database:
    memory.create_tables(PAGES)
    return memory


def kept(db: Database) -> list[str]:
    return [page.id for page in db.query(Page.by_use("all").expired())]


def put(db: Database, pages: Lru[Page], *names: str) -> None:
    for name in names:
        assert db.run(pages.put(Page(id=name, text=name.upper())))


def test_the_least_recently_used_goes_first(memory_pages: Database) -> None:
    pages = bounded()
    put(memory_pages, pages, *"abc")
    found = memory_pages.run(pages.get(Page.key("a")))
    assert found is not None
    assert found.text == "A"
    assert pages.evicted == 0
    put(memory_pages, pages, "d")
    assert pages.evicted == 1
    assert kept(memory_pages) == ["c", "a", "d"]
    assert memory_pages.run(pages.size()) == 3


def test_each_use_is_counted(memory_pages: Database) -> None:
    pages = bounded()
    put(memory_pages, pages, "a")
    for _ in range(3):
        memory_pages.run(pages.get(Page.key("a")))
    page = memory_pages.get(Page.key("a"))
    assert page is not None
    assert page.hits == 4


def test_what_does_not_fit_is_not_there_and_not_used(memory_pages: Database) -> None:
    pages = bounded()
    put(memory_pages, pages, "a")
    assert memory_pages.run(pages.get(Page.key("a"), fits=lambda page: page.text == "B")) is None
    page = memory_pages.get(Page.key("a"))
    assert page is not None
    assert page.hits == 1


def test_what_is_not_there_or_expired_is_none(memory_pages: Database, clock: Clock) -> None:
    pages = bounded()
    put(memory_pages, pages, "a")
    assert memory_pages.run(pages.get(Page.key("b"))) is None
    clock.now += 3_600
    assert memory_pages.run(pages.get(Page.key("a"))) is None


def test_expired_items_give_their_places_back(pages_db: Database) -> None:
    pages = bounded(recount_every=10)
    put(pages_db, pages, *"abc")
    # As the service's expiry does it: without a word to the number.
    pages_db.batch_write(delete=[Page.key("b"), Page.key("c")])
    assert pages_db.run(pages.size()) == 3
    put(pages_db, pages, *"de")
    assert kept(pages_db) == ["a", "d", "e"]
    assert pages_db.run(pages.size()) == 3


def test_what_expires_while_one_is_swapped_for_another_is_noticed_in_time(memory_pages: Database, clock: Clock) -> None:
    pages = bounded(recount_every=10)
    put(memory_pages, pages, *"abcd")
    memory_pages.batch_write(delete=[Page.key("b"), Page.key("c")])
    clock.now += 9
    put(memory_pages, pages, "e")
    assert kept(memory_pages) == ["e"]
    clock.now += 1
    put(memory_pages, pages, *"fg")
    assert kept(memory_pages) == ["e", "f", "g"]


def test_a_count_that_was_wrong_is_set_right_on_demand(memory_pages: Database) -> None:
    pages = bounded(9)
    assert memory_pages.run(pages.recount()) == 0
    put(memory_pages, pages, *"abc")
    memory_pages.put(Page(id="x", text="X"))
    memory_pages.delete(Page.key("a"))
    memory_pages.delete(Page.key("b"))
    assert memory_pages.run(pages.recount()) == memory_pages.run(pages.size()) == 2


def test_a_deleted_item_makes_room(memory_pages: Database) -> None:
    pages = bounded()
    put(memory_pages, pages, *"abc")
    assert memory_pages.run(pages.delete(Page.key("b")))
    assert not memory_pages.run(pages.delete(Page.key("b")))
    put(memory_pages, pages, "d")
    assert kept(memory_pages) == ["a", "c", "d"]


def test_uses_close_together_are_written_once_if_asked(memory_pages: Database, clock: Clock) -> None:
    pages = bounded(touch_every=10)
    put(memory_pages, pages, "a")
    for _ in range(3):
        memory_pages.run(pages.get(Page.key("a")))
    clock.now += 10
    memory_pages.run(pages.get(Page.key("a")))
    page = memory_pages.get(Page.key("a"))
    assert page is not None
    assert page.hits == 2


def test_a_hit_is_given_out_although_its_use_cannot_be_written(clock: Clock) -> None:
    faults = Faults(Database("memory:", clock=clock).connection)
    with Database(faults, clock=clock, retry=RetryPolicy(attempts=1)) as db:
        db.create_tables(PAGES)
        pages = bounded()
        put(db, pages, "a")
        faults.fail(Throttled("x"), operation="UpdateItem")
        assert db.run(pages.get(Page.key("a"))) is not None


def test_the_calls_can_be_declared(memory_pages: Database) -> None:
    calls = bounded().statements(Page(id="a", text=""), Page(id="b", text=""))
    assert {"looked up", "used", "added", "swapped for the least recently used", "number set right"} <= calls.keys()
    assert all("pages" in str(call) or "Page" in str(call) for call in calls.values())


def test_what_cannot_work_is_refused() -> None:
    with pytest.raises(DefinitionError, match="most is at least 1"):
        bounded(0)


@settings(max_examples=50, deadline=None)
@given(
    steps=st.lists(st.tuples(st.sampled_from("gsdx"), st.sampled_from("abcdef")), max_size=40),
    most=st.integers(1, 4),
)
def test_one_caller_sees_exactly_what_an_ordered_dictionary_would_keep(steps: list[tuple[str, str]], most: int) -> None:
    model, clock = OrderedDict[str, str](), Clock()
    with Database("memory:", clock=clock) as db:
        db.create_tables(PAGES)
        pages = bounded(most, recount_every=0)
        for position, (what, name) in enumerate(steps):
            if what == "s":
                model[name] = str(position)
                model.move_to_end(name)
                if len(model) > most:
                    model.popitem(last=False)
                assert db.run(pages.put(Page(id=name, text=str(position))))
            elif what == "d":
                assert db.run(pages.delete(Page.key(name))) is (model.pop(name, None) is not None)
            elif what == "x":
                # Expiry: the item goes, and the number does not hear of it.
                model.pop(name, None)
                db.delete(Page.key(name))
            else:
                if name in model:
                    model.move_to_end(name)
                page = db.run(pages.get(Page.key(name)))
                assert (page.text if page else None) == model.get(name)
            assert kept(db) == list(model)
            assert len(model) <= db.run(pages.size()) <= most


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32), most=st.integers(1, 4), plans=st.integers(2, 14), faulty=st.booleans())
def test_no_interleaving_passes_the_bound(seed: int, most: int, plans: int, faulty: bool) -> None:
    choose, clock = random.Random(seed), Clock()
    with Database("memory:", clock=clock) as db:
        db.create_tables(PAGES)
        bounds = [bounded(most, recount_every=choose.choice([0, 60])) for _ in range(2)]
        waiting: list[Running[object]] = []
        for _ in range(plans):
            pages, name = choose.choice(bounds), choose.choice("abcdefgh")
            plan = choose.choice(
                [
                    pages.put(Page(id=name, text="x")),
                    pages.put(Page(id=name, text="y")),
                    pages.get(Page.key(name)),
                    pages.delete(Page.key(name)),
                    pages.recount(),
                ]
            )
            running: Running[object] = start(plan, db, clock)
            if faulty:
                running.fault = lambda: ConnectionLost("x") if choose.random() < 0.1 else None
            waiting.append(running)
        while waiting:
            running = choose.choice(waiting)
            running.advance()
            if choose.random() < 0.1:
                db.delete(Page.key(choose.choice("abcdefgh")))
            assert len(kept(db)) <= db.run(bounds[0].size()) <= most
            if running.done:
                waiting.remove(running)
                assert running.error is None or isinstance(running.error, ConnectionLost)
