from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from dynalayer import (
    AccessPattern,
    BatchGet,
    BatchWrite,
    Check,
    Create,
    Database,
    Delete,
    Get,
    Put,
    Transaction,
    Update,
    any_,
    scan,
)
from dynalayer.access import undeclared
from dynalayer.access.subjects import Asked
from dynalayer.testing import Faults

from .shop import Order, Person, Stock, people, shop

ORDER = Order.key(any_(str), any_(str))
STOCK = Stock.key(any_(str))
ORDERS = Order.key.partition(any_(str))


@pytest.fixture
def faults() -> Faults:
    return Faults(Database("memory:").connection)


@pytest.fixture
def db(faults: Faults) -> Iterator[Database]:
    with Database(faults) as database:
        database.create_tables(shop)
        database.put(Order(customer="ada", id="1", state="new", buyer="bob"))
        database.put(Stock(item="pen", count=5))
        faults.calls.clear()
        yield database


def told(faults: Faults, *asked: Asked) -> list[str]:
    return [str(each) for each in undeclared(faults.calls, [AccessPattern(f"{n}", a) for n, a in enumerate(asked)])]


COVERED: list[tuple[Asked, Callable[[Database], Any]]] = [
    (Get(ORDER), lambda db: db.get(Order.key("ada", "1"))),
    (Get(ORDER, True), lambda db: db.get(Order.key("ada", "1"))),
    (Create(any_(Order)), lambda db: db.create(Order(customer="ada", id="2", state=None))),
    (Put(any_(Stock)), lambda db: db.put(Stock(item="#"))),
    (Delete(STOCK), lambda db: db.delete(Stock.key("ink"))),
    (
        Update(ORDER, (Order.lines.add(1), Order.total.set(any_(Decimal)), Order.tags.add({"a"}))),
        lambda db: db.update(Order.key("ada", "1"), Order.lines.add(5), Order.tags.add({"x", "y"})),
    ),
    (
        Update(ORDER, (Order.state.set(any_(str)),)),
        lambda db: db.update(Order.key("ada", "1"), Order.state.set(None)),
    ),
    (ORDERS, lambda db: list(db.query(Order.key.partition("ada").descending().limit(1)))),
    (ORDERS.begins_with(any_(str)), lambda db: list(db.query(Order.key.partition("ada").begins_with("1")))),
    (ORDERS.between("a", "b"), lambda db: list(db.query(Order.key.partition("ada").between("1", "2")))),
    (ORDERS.where(Order.lines > 1), lambda db: list(db.query(Order.key.partition("ada").where(Order.lines > 3)))),
    (Order.by_state(any_(str)), lambda db: list(db.query(Order.by_state("new")))),
    (BatchGet((ORDER, STOCK)), lambda db: db.batch_get([Order.key("ada", "1"), Order.key("eve", "2")])),
    (BatchWrite((STOCK,)), lambda db: db.batch_write(delete=[Stock.key("pen"), Stock.key("ink")])),
    (
        Transaction((Create(any_(Order)), Update(STOCK, (Stock.count.add(-1),)), Check(STOCK, Stock.count > 0))),
        lambda db: db.transact(Create(Order(customer="a", id="1")), Update(Stock.key("pen"), (Stock.count.add(-1),))),
    ),
    (scan(Order), lambda db: list(db.scan(scan(Order)))),
]


@pytest.mark.parametrize(("asked", "call"), COVERED)
def test_a_call_of_a_declared_pattern_is_covered(
    faults: Faults, db: Database, asked: Asked, call: Callable[[Database], Any]
) -> None:
    call(db)
    assert faults.calls
    assert told(faults, asked, Get(STOCK)) == []


UNCOVERED: list[tuple[Asked, Callable[[Database], Any], str]] = [
    (Get(ORDER), lambda db: db.get(Order.key("ada", "1"), consistent=True), "GetItem on access of Order, consistent"),
    (Get(ORDER), lambda db: db.get(Stock.key("pen")), "GetItem on access of Stock"),
    (Put(any_(Order)), lambda db: db.put(Stock(item="pen")), "PutItem on access of Stock"),
    (Get(ORDER), lambda db: db.delete(Order.key("ada", "1")), "DeleteItem on access of Order"),
    (
        Update(ORDER, (Order.lines.add(1),)),
        lambda db: db.update(Order.key("ada", "1"), Order.lines.add(1), Order.note.set("x")),
        "UpdateItem on access of Order, changing lines, note",
    ),
    (
        ORDERS.equals(any_(str)),
        lambda db: list(db.query(Order.key.partition("ada"))),
        "Query on access of Order, sort key begins with",
    ),
    (
        ORDERS,
        lambda db: list(db.query(Order.key.partition("ada").where(Order.lines > 1))),
        "Query on access of Order, sort key begins with, filtered",
    ),
    (ORDERS, lambda db: list(db.query(Order.by_state("new"))), "Query on access by by-state of Order"),
    (ORDERS, lambda db: list(db.scan(scan(Order))), "Scan on access of Order or Stock"),
    (
        Transaction((Create(any_(Order)), Delete(STOCK))),
        lambda db: db.transact(Create(Order(customer="a", id="1")), Delete(Order.key("b", "1"))),
        "TransactWriteItems Delete on access of Order; TransactWriteItems Put on access of Order",
    ),
]


@pytest.mark.parametrize(("asked", "call", "what"), UNCOVERED)
def test_a_call_of_no_declared_pattern_is_told(
    faults: Faults, db: Database, asked: Asked, call: Callable[[Database], Any], what: str
) -> None:
    call(db)
    [found] = told(faults, asked, Get(STOCK, False) if "Stock" not in what else asked)
    assert found.startswith(what)


def test_calls_of_one_shape_are_told_once_with_their_number(faults: Faults, db: Database) -> None:
    for n in range(3):
        db.get(Order.key("ada", f"{n}"))
    db.get(Stock.key("pen"))
    assert told(faults, Delete(STOCK)) == [
        "GetItem on access of Order (3 calls)",
        "GetItem on access of Stock (1 call)",
    ]


def test_calls_about_tables_are_no_access(faults: Faults, db: Database) -> None:
    db.describe("access")
    db.create_tables(shop)
    assert faults.calls
    assert told(faults, Get(STOCK)) == []


def test_partiql_is_never_declared(faults: Faults, db: Database) -> None:
    db.connection.call("ExecuteStatement", b'{"Statement": "SELECT * FROM \\"access\\" WHERE PK = \'STOCK#pen\'"}')
    assert told(faults, Get(STOCK)) == ["ExecuteStatement, which no pattern can be of (1 call)"]


def test_the_calls_that_keep_values_unique_belong_to_their_write(faults: Faults) -> None:
    with Database(faults) as db:
        db.create_tables(people)
        ada = Person(org="o", id="1", email="a@x")
        db.create(ada)
        db.update(ada.key, Person.email.set("b@x"))
        db.update(ada.key, Person.age.add(1))
        db.delete(ada.key)
    key = Person.key(any_(str), any_(str))
    update = Update(key, (Person.email.set(any_(str)), Person.age.add(1)))
    assert told(faults, Create(any_(Person)), update, Delete(key)) == []
    assert told(faults, Create(any_(Person)), update) == ["TransactWriteItems Delete on people of Person (1 call)"]
