"""Databases behind a proxy that mistreats requests: what a call ends in is what became of its items."""

from __future__ import annotations

import math
from collections import Counter as Tally
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from dynalayer import (
    Attr,
    ConditionFailed,
    Create,
    Database,
    Delete,
    Entity,
    ItemNotFound,
    RetryBudget,
    Table,
    TransactionCanceled,
    Update,
    attr,
    primary,
    revision,
)
from dynalayer.recipes import Counter
from tests.patience import ends
from tests.services.faulty_proxy import KINDS, Fault, FaultyProxy

from .conftest import TABLE, Service, fresh
from .truth import Callers, done, faults

pieces = Table(TABLE, pk="id")
REFUSED = (ConditionFailed, ItemNotFound, TransactionCanceled)


class Piece(Entity, table=pieces):
    name: Attr[str] = attr()
    n: Attr[int] = attr(default=0)
    text: Attr[str] = attr(default="none")
    key = primary(name, pk="PIECE#{name}")


class Sheet(Entity, table=pieces):
    name: Attr[str] = attr()
    n: Attr[int] = attr(default=0)
    revision: Attr[int] = revision()
    key = primary(name, pk="SHEET#{name}")


class Person(Entity, table=pieces):
    name: Attr[str] = attr()
    email: Attr[str] = attr(unique=True)
    key = primary(name, pk="PERSON#{name}")


hits = Counter(pieces, "hits")


class State(NamedTuple):
    """What is stored: number and text of two pieces, None where there is none, a sheet, a person's email."""

    left: tuple[int, str] | None
    right: tuple[int, str] | None
    sheet: tuple[int, int] | None
    email: str


Calls = Callable[[], Any]


class Stand:
    """Four items, asked past the proxy, and the calls that change them through it."""

    def __init__(self, direct: Database) -> None:
        self._direct = direct
        self.left, self.right, self.sheet = (fresh(name) for name in ("left", "right", "sheet"))
        direct.create(Sheet(name=self.sheet))
        direct.create(Person(name=self.sheet, email=self.sheet))

    def state(self) -> State:
        left = self._direct.get(Piece.key(self.left), consistent=True)
        right = self._direct.get(Piece.key(self.right), consistent=True)
        sheet = self._direct.get(Sheet.key(self.sheet), consistent=True)
        person = self._direct.get(Person.key(self.sheet), consistent=True)
        assert person is not None
        assert self._direct.get_by(Person, Person.email, person.email) == person
        return State(
            left and (left.n, left.text),
            right and (right.n, right.text),
            sheet and (sheet.n, sheet.revision),
            person.email,
        )

    def call(self, db: Any, what: str, text: str) -> Calls:
        key = Piece.key(self.left)
        both = [Piece(name=name, text=text) for name in (self.left, self.right)]
        if what == "revise":
            return partial(db.update, self._direct.get(Sheet.key(self.sheet)), Sheet.n.add(1))
        counted = [Update(Piece.key(name), (Piece.n.add(1),)) for name in (self.left, self.right)]
        return {
            "create": partial(db.create, both[0]),
            "put": partial(db.put, both[0]),
            "add": partial(db.update, key, Piece.n.add(1)),
            "add once": partial(db.with_(exactly_once=True).update, key, Piece.n.add(1)),
            "set": partial(db.update, key, Piece.text.set(text)),
            "set if": partial(db.update, key, Piece.text.set(text), if_=Piece.n == 1),
            "delete": partial(db.delete, key),
            "delete once": partial(db.with_(exactly_once=True).delete, key),
            "rename": partial(db.update, Person.key(self.sheet), Person.email.set(self.sheet + text)),
            "both": partial(db.transact, *counted),
            "fresh": partial(db.transact, Create(both[1]), Delete(key)),
            "batch": partial(db.batch_write, put=both),
        }[what]


def effect(what: str, before: State, text: str) -> list[State] | None:
    """The states that a call makes of one; the last is that of all of it. None where the call is refused."""
    left, right, sheet, email = before
    new = (0, text)
    if what == "rename":
        return [before._replace(email=email.partition("text")[0] + text)]
    if what == "revise":
        assert sheet is not None
        return [before._replace(sheet=(sheet[0] + 1, sheet[1] + 1))]
    if what in ("create", "put"):
        return None if left and what == "create" else [before._replace(left=new)]
    if what == "batch":
        return [before._replace(left=new), before._replace(right=new), before._replace(left=new, right=new)]
    if what == "fresh":
        return None if right else [before._replace(right=new, left=None)]
    if what in ("delete", "delete once"):
        return [before._replace(left=None)]
    if left is None or (what == "both" and right is None) or (what == "set if" and left[0] != 1):
        return None
    more = (left[0] + 1, left[1])
    if what == "both":
        assert right is not None
        return [before._replace(left=more, right=(right[0] + 1, right[1]))]
    return [before._replace(left=more if what in ("add", "add once") else (left[0], text))]


WHATS = (
    "create",
    "put",
    "add",
    "add once",
    "set",
    "set if",
    "delete",
    "delete once",
    "both",
    "fresh",
    "batch",
    "revise",
)


def check(what: str, text: str, before: State, after: State, outcome: Any) -> None:
    after_all = effect(what, before, text)
    if isinstance(outcome, REFUSED) and done(outcome) == "not done":
        assert after_all is None, f"{what} is said to be refused, and nothing was in its way: {outcome!r}"
        assert after == before
        return
    told = done(outcome)
    if told == "done":
        assert after_all is not None
        assert after == after_all[-1]
        if what in ("add", "add once", "set", "set if"):
            assert (outcome.n, outcome.text) == after.left
        elif what in ("delete", "delete once"):
            assert (outcome and (outcome.n, outcome.text)) == before.left
    elif told == "not done":
        assert after == before, f"{what} is said not to be done, and it is: {outcome!r}"
    else:
        assert after in (before, *(after_all or ()))


step = st.tuples(st.sampled_from(WHATS), faults(5, slow=1))


@given(steps=st.lists(step, min_size=1, max_size=8), deadline=st.sampled_from([math.inf, 0.1]))
@settings(max_examples=15, deadline=None)
def test_every_write_ends_with_the_truth(
    service: Service, kind: str, steps: list[tuple[str, list[Fault]]], deadline: float
) -> None:
    """Under any faults, after any history, whatever is retried: done, not done, or unknown and saying so."""
    stand = Stand(Database(service.direct))
    before = stand.state()
    with FaultyProxy(service.endpoint) as proxy, Callers(kind) as callers, ends():
        db = callers.database(proxy.endpoint, deadline=deadline)
        for n, (what, planned) in enumerate(steps):
            call = stand.call(db, what, text := f"text {n}")
            proxy.plan(*planned)
            outcome = callers.one(call)
            # A request that its caller has given up may still be on its way.
            proxy.settle()
            after = stand.state()
            check(what, text, before, after, outcome)
            before = after


def together(kind: str, service: Service, planned: Iterable[Fault], calls: Callable[[Any], list[Calls]]) -> list[Any]:
    """The outcomes of calls at the same time through the proxy, once no request is on its way any more."""
    with FaultyProxy(service.endpoint, planned) as proxy, ends():
        with Callers(kind) as callers:
            outcomes = callers.together(calls(callers.database(proxy.endpoint, timeout=0.2)))
        proxy.settle()
    return outcomes


@given(planned=faults(60))
@settings(max_examples=4, deadline=None)
def test_of_several_creates_of_an_item_the_one_that_made_it_is_not_refused(
    service: Service, kind: str, planned: list[Fault]
) -> None:
    names = [fresh("contested") for _ in range(8)]
    wanted = [Piece(name=name, text=f"{who}") for who in range(3) for name in names]
    outcomes = together(kind, service, planned, lambda db: [partial(db.create, piece) for piece in wanted])
    direct = Database(service.direct)
    there = {name: direct.get(Piece.key(name), consistent=True) for name in names}
    for piece, outcome in zip(wanted, outcomes, strict=True):
        told, found = done(outcome), there[piece.name]
        assert (found == piece) or told != "done"
        assert (found != piece) or told != "not done"
        assert found is not None or not isinstance(outcome, ConditionFailed)


@given(planned=faults(60))
@settings(max_examples=4, deadline=None)
def test_additions_that_are_told_as_done_are_counted_once(service: Service, kind: str, planned: list[Fault]) -> None:
    direct = Database(service.direct)
    name, exact = fresh("sum"), fresh("exact sum")
    for each in (name, exact):
        direct.put(Piece(name=each))
    adds = 24

    def calls(db: Any) -> list[Calls]:
        once = db.with_(exactly_once=True)
        return [
            *[partial(db.update, Piece.key(name), Piece.n.add(1)) for _ in range(adds)],
            *[partial(once.update, Piece.key(exact), Piece.n.add(1)) for _ in range(adds)],
        ]

    outcomes = together(kind, service, planned, calls)
    for each, told in ((name, outcomes[:adds]), (exact, outcomes[adds:])):
        found = direct.get(Piece.key(each), consistent=True)
        tally = Tally(map(done, told))
        assert found is not None
        assert tally["done"] <= found.n <= tally["done"] + tally["unknown"]


@given(planned=faults(30, slow=1))
@settings(max_examples=3, deadline=None)
def test_a_counter_with_tokens_is_exact_once_each_has_returned(
    service: Service, kind: str, planned: list[Fault]
) -> None:
    name, tokens = fresh("clicks"), [fresh("token") for _ in range(10)]
    direct = Database(service.direct)
    with FaultyProxy(service.endpoint, planned) as proxy, Callers(kind) as callers, ends():
        db = callers.database(proxy.endpoint, timeout=0.2, budget=RetryBudget(math.inf))
        left = tokens
        while left:
            outcomes = callers.together([partial(db.run, hits.add(name, token=token)) for token in left])
            left = [token for token, outcome in zip(left, outcomes, strict=True) if done(outcome) != "done"]
        proxy.settle()
    assert direct.run(hits.value(name)) == len(tokens)


@given(planned=faults(40, KINDS, slow=1))
@settings(max_examples=3, deadline=None)
def test_reads_of_many_at_a_time_give_each_its_own_item(service: Service, kind: str, planned: list[Fault]) -> None:
    direct = Database(service.direct)
    names = [fresh("own") for _ in range(30)]
    direct.batch_write(put=[Piece(name=name, text=name) for name in names])

    def calls(db: Any) -> list[Calls]:
        single = [partial(db.get, Piece.key(name)) for name in names]
        return [*single, *[partial(db.batch_get, [Piece.key(n) for n in names[at : at + 5]]) for at in range(25)]]

    outcomes = together(kind, service, planned, calls)
    for name, outcome in zip(names, outcomes, strict=False):
        assert done(outcome) != "done" or outcome == Piece(name=name, text=name)
    for at, outcome in enumerate(outcomes[30:]):
        assert done(outcome) != "done" or [each.name for each in outcome] == names[at : at + 5]
