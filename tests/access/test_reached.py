import pytest

from dynalayer import AccessPattern, BatchGet, Create, Get, Transaction, Update, any_
from dynalayer.access import definitions_of, first_statement, load, shapes_of
from dynalayer.access.loading import CannotCheck

from .shop import Order, Person, Stock

ORDER = Order.key(any_(str), any_(str))


def operations(asked) -> set[str]:
    return {shape.operation for shape in shapes_of(AccessPattern("it", asked))}


def test_a_query_comes_down_to_its_pages():
    assert operations(Order.key.partition(any_(str))) == {"Query"}


def test_selected_attributes_of_an_item_are_one_read_of_it():
    pattern = AccessPattern("its state", ORDER.select(Order.state))
    assert {shape.operation for shape in shapes_of(pattern)} == {"GetItem"}
    assert "ProjectionExpression" in first_statement(pattern).request(0)


def test_a_transaction_is_told_by_its_parts():
    update = Update(Stock.key(any_(str)), (Stock.count.add(1),))
    assert operations(Transaction((Create(any_(Order)), update))) == {
        "TransactWriteItems Put",
        "TransactWriteItems Update",
    }


def test_a_write_of_unique_values_may_be_a_read_and_a_transaction():
    assert operations(Create(any_(Person))) >= {"GetItem", "TransactWriteItems Put"}


def test_a_batch_reaches_the_entities_of_its_tables():
    pattern = AccessPattern("both", BatchGet((ORDER, Stock.key(any_(str)))))
    assert {Order.__definition__, Stock.__definition__} <= set(definitions_of(pattern))


def test_a_read_of_one_item_is_itself():
    read = Get(ORDER)
    assert first_statement(AccessPattern("one", read)) is read


def test_a_module_that_cannot_be_imported_is_told():
    with pytest.raises(CannotCheck, match="not_there_at_all cannot be imported: ModuleNotFoundError"):
        load("not_there_at_all")
