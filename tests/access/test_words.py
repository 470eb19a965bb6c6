from __future__ import annotations

import pytest

from dynalayer import (
    Attr,
    BatchGet,
    BatchWrite,
    Create,
    Delete,
    Entity,
    Get,
    Index,
    Put,
    Table,
    Transaction,
    any_,
    attr,
    index,
    primary,
    scan,
)
from dynalayer.access.subjects import Asked, subject_of
from dynalayer.access.words import tell

from .shop import Order, Stock

table = Table("words", pk="PK", sk="SK", indexes=[Index("by-at", pk="kind", sk="at")])


class Event(Entity, table=table):
    tenant: Attr[str] = attr()
    day: Attr[str] = attr()
    n: Attr[int] = attr()
    kind: Attr[str] = attr()
    at: Attr[str] = attr()
    key = primary(tenant, day, n, pk="EVENTS#{tenant}", sk="DAY#{day}#{n}")
    by_at = index("by-at", kind, at)


EVENTS = Event.key.partition(any_(str))


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (EVENTS, "tenant = ?"),
        (EVENTS.descending(), "tenant = ?, descending"),
        (EVENTS.equals("d"), "tenant = ? and day = ?"),
        (EVENTS.equals("d").equals(1), "tenant = ? and day = ? and n = ?"),
        (EVENTS.equals("d").at_least(1), "tenant = ? and day = ? and n >= ?"),
        (EVENTS.begins_with("d"), "tenant = ? and day begins with ?"),
        (EVENTS.between("d", "e"), "tenant = ? and day from ? to ?"),
        (EVENTS.at_least("d"), "tenant = ? and day >= ?"),
        (EVENTS.at_most("d"), "tenant = ? and day <= ?"),
        (EVENTS.before("d"), "tenant = ? and day < ?"),
        (Event.by_at(any_(str)).after("x"), "kind = ? and at > ?"),
        (Event.by_at(any_(str)).between("x", "y"), "kind = ? and at from ? to ?"),
        (scan(Order, Stock), "all Order, Stock"),
        (Get(Event.key(any_(str), any_(str), 1)), "tenant = ? and day = ? and n = ?"),
        (Put(any_(Stock)), "item = ?"),
        (BatchGet((Stock.key("a"), Order.key("a", "b"), Stock.key("c"))), "get Stock, Order"),
        (BatchWrite((Stock.key("a"), any_(Order))), "delete and put Stock, Order"),
        (Transaction((Create(any_(Stock)), Delete(Order.key("a", "b")))), "create Stock; delete Order"),
    ],
)
def test_a_statement_is_told_in_words(asked: Asked, words: str) -> None:
    assert tell(subject_of(asked).asked).by == words
