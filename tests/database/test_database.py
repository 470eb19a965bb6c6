"""Generated from `test_async_database.py` by `scripts/generate_sync.py`; change that file."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

import pytest

from dynalayer import (
    Check,
    ConditionFailed,
    Create,
    Database,
    DefinitionError,
    Delete,
    Index,
    InvalidValue,
    ItemNotFound,
    ItemTooLarge,
    Put,
    ResourceNotFound,
    Table,
    TransactionCanceled,
    Update,
)
from dynalayer.statements import Raw

from .conftest import NOW, Clock
from .shop import Order, Session, Visit, moment, sessions, shop

ADA = Order.key("ada", "1")


def fill(db: Database, count: int, customer: str = "ada") -> None:
    db.batch_write(put=[Order(customer=customer, id=f"{n:03d}", lines=n, state="new") for n in range(count)])


def test_an_item_that_is_not_there_is_none(database: Database) -> None:
    assert database.get(ADA) is None


def test_what_was_put_is_read_back(database: Database) -> None:
    order = Order(customer="ada", id="1", total=Decimal("9.90"), tags={"a", "b"}, note="x")
    database.put(order)
    assert database.get(ADA) == order
    assert database.get(ADA, consistent=True) == order


def test_put_replaces_and_create_does_not(database: Database) -> None:
    database.create(Order(customer="ada", id="1", note="first"))
    with pytest.raises(ConditionFailed, match=r"Order: an item with this key exists in shop"):
        database.create(Order(customer="ada", id="1", note="second"))
    database.put(Order(customer="ada", id="1", note="third"))
    found = database.get(ADA)
    assert found is not None
    assert found.note == "third"


def test_a_put_waits_for_its_condition(database: Database) -> None:
    order = Order(customer="ada", id="1")
    with pytest.raises(ConditionFailed):
        database.put(order, if_=Order.lines > 0)
    assert database.get(ADA) is None
    database.put(order, if_=Order.id.missing())
    assert database.get(ADA) == order


def test_an_update_changes_what_it_names_and_gives_the_new_item(database: Database) -> None:
    database.create(Order(customer="ada", id="1", note="x", tags={"a"}))
    order = database.update(
        ADA,
        Order.lines.add(2),
        Order.total.add(Decimal("0.1")),
        Order.note.remove(),
        Order.tags.add({"b"}),
        if_=(Order.lines < 100) & Order.note.begins_with("x"),
    )
    assert order == Order(customer="ada", id="1", lines=2, total=Decimal("0.1"), tags={"a", "b"})
    assert database.get(ADA) == order


def test_sums_of_decimals_are_exact(database: Database) -> None:
    database.create(Order(customer="ada", id="1"))
    for _ in range(10):
        database.update(ADA, Order.total.add(Decimal("0.1")))
    found = database.get(ADA)
    assert found is not None
    assert found.total == Decimal(1)


def test_an_update_of_a_missing_item_fails_and_makes_none(database: Database) -> None:
    with pytest.raises(ItemNotFound, match="there is no item with this key"):
        database.update(ADA, Order.lines.add(1))
    assert database.get(ADA) is None


def test_an_update_whose_condition_fails_changes_nothing(database: Database) -> None:
    database.create(Order(customer="ada", id="1", lines=5))
    with pytest.raises(ConditionFailed, match="meets the condition"):
        database.update(ADA, Order.lines.add(1), if_=Order.lines < 5)
    found = database.get(ADA)
    assert found is not None
    assert found.lines == 5


def test_an_upsert_makes_the_item_with_its_defaults_and_then_changes_it(database: Database) -> None:
    first = database.update(ADA, Order.lines.add(1), upsert=True)
    assert first == Order(customer="ada", id="1", lines=1)
    assert (database.update(ADA, Order.lines.add(1), upsert=True)).lines == 2
    assert database.get(ADA) == Order(customer="ada", id="1", lines=2)


def test_an_upsert_without_a_required_attribute_is_refused(database: Database) -> None:
    database.put(Visit(customer="ada", at=moment(0), page=1))
    key = Visit.key("ada", moment(0), 1)
    with pytest.raises(InvalidValue, match="part of the primary key"):
        database.update(key, Visit.page.add(1))


def test_a_deletion_gives_what_was_deleted_and_is_harmless_twice(database: Database) -> None:
    order = Order(customer="ada", id="1")
    database.put(order)
    assert database.delete(ADA) == order
    assert database.delete(ADA) is None
    assert database.get(ADA) is None


def test_a_deletion_waits_for_its_condition(database: Database) -> None:
    database.put(Order(customer="ada", id="1", lines=3))
    with pytest.raises(ConditionFailed):
        database.delete(ADA, if_=Order.lines == 0)
    assert database.get(ADA) is not None


def test_a_query_gives_one_partition_in_order_and_no_other_entity(database: Database) -> None:
    fill(database, 5)
    fill(database, 2, "bob")
    database.put(Visit(customer="ada", at=moment(1), page=1))
    found = [order.id for order in database.query(Order.key.partition("ada"))]
    assert found == ["000", "001", "002", "003", "004"]
    back = [order.id for order in database.query(Order.key.partition("ada").descending().limit(2))]
    assert back == ["004", "003"]


def test_a_query_by_range_holds_its_bounds(database: Database) -> None:
    fill(database, 10)
    orders = Order.key.partition("ada")
    queries = {
        "equals": (orders.equals("003"), [3]),
        "begins_with": (orders.begins_with("00"), list(range(10))),
        "between": (orders.between("003", "005"), [3, 4, 5]),
        "at_least": (orders.at_least("007"), [7, 8, 9]),
        "at_most": (orders.at_most("002"), [0, 1, 2]),
        "after": (orders.after("007"), [8, 9]),
        "before": (orders.before("002"), [0, 1]),
    }
    for name, (query, wanted) in queries.items():
        assert [order.lines for order in database.query(query)] == wanted, name


def test_a_range_over_the_first_of_two_sort_attributes_takes_all_of_the_second(
    database: Database,
) -> None:
    database.batch_write(
        put=[Visit(customer="ada", at=moment(second), page=page) for second in (1, 2, 3) for page in (1, 2)]
    )
    visits = Visit.key.partition("ada")
    queries = {
        "equals": (visits.equals(moment(2)), [2, 2]),
        "between": (visits.between(moment(2), moment(3)), [2, 2, 3, 3]),
        "at_most": (visits.at_most(moment(2)), [1, 1, 2, 2]),
        "after": (visits.after(moment(2)), [3, 3]),
        "before": (visits.before(moment(2)), [1, 1]),
    }
    for name, (query, wanted) in queries.items():
        assert [visit.at.second for visit in database.query(query)] == wanted, name


def test_a_filter_drops_items_and_the_limit_counts_those_left(database: Database) -> None:
    fill(database, 30)
    query = Order.key.partition("ada").where(Order.lines.is_in(list(range(0, 30, 2)))).where(Order.lines >= 4).limit(5)
    assert [order.lines for order in database.query(query)] == [4, 6, 8, 10, 12]


def test_pages_neither_repeat_nor_skip(database: Database) -> None:
    fill(database, 23)
    query, found, cursor = Order.key.partition("ada"), [], None
    while True:
        page = database.page(query, size=5, after=cursor)
        found += [order.lines for order in page.items]
        cursor = page.cursor
        if cursor is None:
            break
    assert found == list(range(23))


def test_a_cursor_serves_only_its_own_query(database: Database) -> None:
    fill(database, 10)
    page = database.page(Order.key.partition("ada"), size=5)
    assert page.cursor is not None
    with pytest.raises(InvalidValue, match="of another query"):
        database.page(Order.key.partition("bob"), size=5, after=page.cursor)
    for damaged in ("", "x", page.cursor[:-9], "éé"):
        with pytest.raises(InvalidValue, match="cursor is"):
            database.page(Order.key.partition("ada"), after=damaged)


def test_an_index_holds_the_items_that_have_its_attributes(database: Database) -> None:
    database.put(Order(customer="ada", id="1", state="new"))
    database.put(Order(customer="bob", id="2", state="new"))
    database.put(Order(customer="eve", id="3"))
    assert [order.customer for order in database.query(Order.by_state("new"))] == ["ada", "bob"]


def test_an_update_moves_the_item_in_the_index(database: Database) -> None:
    database.put(Order(customer="ada", id="1", state="new"))
    database.update(ADA, Order.state.set("sent"))
    assert [order.id for order in database.query(Order.by_state("new"))] == []
    assert [order.id for order in database.query(Order.by_state("sent"))] == ["1"]
    database.update(ADA, Order.state.set(None))
    assert [order.id for order in database.query(Order.by_state("sent"))] == []


def test_an_index_on_attributes_as_they_are_sorts_numbers_by_value(database: Database) -> None:
    for n in (10, 9, -1, 100):
        database.put(Session(session_id=f"s{n}", language="ca", started_at=n))
    database.put(Session(session_id="speaker"))
    found = [each.started_at for each in database.query(Session.by_language("ca"))]
    assert found == [-1, 9, 10, 100]
    found = [each.started_at for each in database.query(Session.by_language("ca").after(9))]
    assert found == [10, 100]


def test_an_index_cannot_be_read_consistently(database: Database) -> None:
    with pytest.raises(InvalidValue, match="cannot be read consistently"):
        Order.by_state("new").consistent()


def test_expired_items_are_hidden_and_count_as_gone(database: Database, clock: Clock) -> None:
    database.put(Session(session_id="a", language="ca", expires_at=int(NOW) + 10))
    key = Session.key("a")
    assert database.get(key) is not None
    clock.now = NOW + 10
    assert database.get(key) is None
    assert list(database.query(Session.by_language("ca"))) == []
    assert database.batch_get([key]) == [None]
    with pytest.raises(ItemNotFound):
        database.update(key, Session.listeners.add(1))
    database.create(Session(session_id="a", expires_at=int(NOW) + 100))
    assert database.get(key) is not None


def test_expired_items_are_shown_when_asked_for(database: Database, clock: Clock) -> None:
    database.put(Session(session_id="a", language="ca", expires_at=int(NOW) + 10))
    clock.now = NOW + 10
    assert database.get(Session.key("a"), expired=True) is not None
    assert len(list(database.query(Session.by_language("ca").expired()))) == 1


def test_a_transaction_does_all_of_it(database: Database) -> None:
    database.put(Session(session_id="s", listeners=1))
    database.put(Order(customer="bob", id="2"))
    database.put(Order(customer="eve", id="3", lines=7))
    database.transact(
        Create(Order(customer="ada", id="1")),
        Update(Session.key("s"), (Session.listeners.add(1),), if_=Session.listeners < 5),
        Delete(Order.key("bob", "2")),
        Check(Order.key("eve", "3"), Order.lines == 7),
    )
    assert database.get(ADA) is not None
    assert database.get(Order.key("bob", "2")) is None
    session = database.get(Session.key("s"))
    assert session is not None
    assert session.listeners == 2


def test_a_transaction_that_fails_does_nothing_and_says_which_part(database: Database) -> None:
    database.put(Session(session_id="s", listeners=5))
    with pytest.raises(TransactionCanceled, match=r"2: Session in sessions") as caught:
        database.transact(
            Create(Order(customer="ada", id="1")),
            Update(Session.key("s"), (Session.listeners.add(1),), if_=Session.listeners < 5),
        )
    assert [reason.code for reason in caught.value.reasons] == ["None", "ConditionalCheckFailed"]
    assert database.get(ADA) is None


def test_a_cancelled_transaction_names_the_statements_at_fault(database: Database) -> None:
    first, second = Update(ADA, (Order.lines.add(1),)), Create(Order(customer="bob", id="2"))
    with pytest.raises(TransactionCanceled) as caught:
        database.transact(second, first)
    [(statement, reason)] = caught.value.causes
    assert statement is first
    assert reason.code == "ConditionalCheckFailed"


def test_a_transaction_that_is_repeated_with_its_token_is_done_once(database: Database) -> None:
    database.create(Order(customer="ada", id="1"))
    once = uuid4().hex
    for _ in range(2):
        database.transact(Update(ADA, (Order.lines.add(1),)), token=once)
    found = database.get(ADA, consistent=True)
    assert found is not None
    assert found.lines == 1
    for token in ("", "x" * 37):
        with pytest.raises(InvalidValue, match="1 to 36 characters"):
            database.transact(Delete(ADA), token=token)


def test_two_statements_of_a_transaction_on_one_item_are_refused(database: Database) -> None:
    with pytest.raises(InvalidValue, match="touch an item once"):
        database.transact(Put(Order(customer="ada", id="1")), Delete(ADA))
    with pytest.raises(InvalidValue, match="1 to 100"):
        database.transact()


def test_batches_of_any_size_are_cut_and_kept_in_order(database: Database) -> None:
    fill(database, 130)
    keys = [Order.key("ada", f"{n:03d}") for n in (129, 0, 999, 5, 5)]
    found = database.batch_get(keys)
    assert [order and order.lines for order in found] == [129, 0, None, 5, 5]
    database.batch_write(delete=[Order.key("ada", f"{n:03d}") for n in range(129)])
    assert [order.lines for order in database.query(Order.key.partition("ada"))] == [129]


def test_a_batch_that_writes_an_item_twice_is_refused_before_anything_is_written(
    database: Database,
) -> None:
    with pytest.raises(InvalidValue, match="write an item once"):
        database.batch_write(put=[Order(customer="ada", id="1")], delete=[ADA])
    assert database.get(ADA) is None


def test_an_oversized_item_is_refused_by_name_before_it_is_sent(database: Database) -> None:
    order = Order(customer="ada", id="1", note="x" * 410_000)
    words = r"Order for shop\S*: the item has 410,\d+ bytes.*limit is 409,600.*'note'"
    with pytest.raises(ItemTooLarge, match=words):
        database.put(order)
    with pytest.raises(ItemTooLarge, match=words):
        database.transact(Create(order))
    with pytest.raises(ItemTooLarge, match=words):
        database.batch_write(put=[order])
    assert database.get(ADA) is None


def test_an_item_of_exactly_400_kb_is_kept(database: Database) -> None:
    order = Order(customer="ada", id="1", total=Decimal(12), lines=12, note="")
    size = 400 * 1024 - len("customeradaid1totallinesnotePKCUSTOMER#adaSKORDER#1") - 4
    order.note = "x" * size
    database.put(order)
    order.note += "x"
    with pytest.raises(ItemTooLarge):
        database.put(order)


def test_text_that_is_not_unicode_is_refused(database: Database) -> None:
    with pytest.raises(InvalidValue, match="lone surrogate"):
        database.put(Order(customer="ada", id="1", note="\ud800"))


def test_creating_tables_again_is_harmless_and_another_shape_is_refused(database: Database) -> None:
    database.create_tables(shop, sessions)
    with pytest.raises(DefinitionError, match="exists in another shape"):
        database.create_tables(Table(shop.name, pk="id"))
    with pytest.raises(DefinitionError, match=r"index 'other'.*found none"):
        database.create_tables(Table(shop.name, pk="PK", sk="SK", indexes=[Index("other", pk="x")]))


def test_tables_are_listed_and_described(database: Database) -> None:
    names = list(database.table_names())
    assert {shop.name, sessions.name} <= set(names)
    assert (database.describe(shop.name))["TableStatus"] == "ACTIVE"
    with pytest.raises(ResourceNotFound):
        database.describe("nothing-here")


def test_any_call_of_the_api_can_be_made_as_json(database: Database) -> None:
    database.put(Order(customer="ada", id="1"))
    answer = database.run(Raw("Scan", {"TableName": shop.name, "Select": "COUNT"}))
    assert answer["Count"] == 1
