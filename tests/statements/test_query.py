import msgspec
import pytest

from dynalayer import Attr, Entity, InvalidValue, Table, attr, primary
from dynalayer.statements import explain, first_page

from .shop import ADA, Note, Order

PARTITION = Order.key.partition("ada")


def test_a_query_asks_for_one_partition_and_the_keys_of_one_entity() -> None:
    request = first_page(PARTITION).request(0.0)
    assert request["KeyConditionExpression"] == "#0 = :0 AND begins_with(#1, :1)"
    assert request["ExpressionAttributeValues"] == {":0": {"S": "CUSTOMER#ada"}, ":1": {"S": "ORDER#"}}
    assert "FilterExpression" not in request


def test_a_query_is_an_immutable_value() -> None:
    narrowed = PARTITION.at_least("5").descending().limit(3).consistent()
    assert PARTITION.sort != narrowed.sort
    request = first_page(narrowed).request(0.0)
    assert request["ScanIndexForward"] is False
    assert request["ConsistentRead"] is True


def test_a_query_by_index_names_it() -> None:
    request = first_page(Order.by_state("new").between(1, 5)).request(0.0)
    assert request["IndexName"] == "GSI1"
    assert [each["S"] for each in request["ExpressionAttributeValues"].values()] == [
        "STATE#new",
        "RANK#12001+",
        "RANK#12005+",
    ]


def test_a_range_on_the_partition_alone_is_refused() -> None:
    with pytest.raises(InvalidValue, match="no attribute in the sort key"):
        Note.key.partition("n").equals("x")  # type: ignore[arg-type]


def test_a_wrong_number_of_key_parts_is_named() -> None:
    with pytest.raises(TypeError, match=r"expected 2 key parts \(customer, id\), got 1"):
        Order.key("ada")  # type: ignore[call-arg]


@pytest.mark.parametrize("count", [0, -1])
def test_a_limit_below_one_is_refused(count: int) -> None:
    with pytest.raises(InvalidValue, match="at least 1"):
        PARTITION.limit(count)
    with pytest.raises(InvalidValue, match="at least 1"):
        first_page(PARTITION, size=count)


def test_the_limit_is_only_sent_where_nothing_is_dropped_after_reading() -> None:
    assert "Limit" not in first_page(PARTITION.limit(5)).request(0.0)
    assert first_page(Note.key.partition("n").limit(5)).request(0.0)["Limit"] == 5
    assert first_page(PARTITION.limit(5).expired()).request(0.0)["Limit"] == 5
    assert first_page(PARTITION.limit(5), size=100).request(0.0)["Limit"] == 100


def test_a_page_ends_the_query_when_enough_items_are_there() -> None:
    items = [{"id": {"S": "n"}, "text": {"S": str(n)}} for n in range(3)]
    answer = msgspec.json.encode({"Items": items, "LastEvaluatedKey": {"id": {"S": "n"}}, "ScannedCount": 3})
    assert first_page(Note.key.partition("n").limit(2)).read(answer, 0.0).next is None
    page = first_page(Note.key.partition("n").limit(5)).read(answer, 0.0)
    assert page.next is not None
    assert page.next.request(0.0)["Limit"] == 2
    assert page.next.request(0.0)["ExclusiveStartKey"] == {"id": {"S": "n"}}


def test_a_read_is_explained_before_it_is_made() -> None:
    text = str(explain(PARTITION.where(Order.lines > 3)))
    assert text.startswith("Query on statements, one partition, a prefix of the sort key, ~0.5 RCU a page")
    assert "no scan" in text
    assert "the filter drops items after they are read" in text
    assert "by index GSI1" in str(explain(Order.by_state("new")))
    assert str(explain(ADA)).startswith("GetItem on statements, one item by its key")


class Line(Entity, table=Table("raw-keys", pk="PK", sk="SK")):
    order: Attr[int] = attr()
    product: Attr[str] = attr()
    key = primary(order, product, pk="ORDER#{order:raw}", sk="LINE#{product:raw}")


class Numbered(Entity, table=Table("raw-numbers", pk="PK", sk="SK")):
    order: Attr[int] = attr()
    number: Attr[int] = attr()
    key = primary(order, number, pk="ORDER#{order:raw}", sk="LINE#{number:raw}")


def test_raw_key_parts_are_sent_as_they_are() -> None:
    query = Line.key.partition(12).begins_with("a#")
    assert query.partition == ({"S": "ORDER#12"},)
    assert query.sort is not None
    assert query.sort.operands == ({"S": "LINE#a#"},)
    assert Line.key(7, "x#$y").wire == {"PK": {"S": "ORDER#7"}, "SK": {"S": "LINE#x#$y"}}


def test_raw_numbers_have_no_ranges_because_their_texts_are_not_in_their_order() -> None:
    assert Numbered.key.partition(1).equals(-3).pinned == ({"S": "LINE#-3"},)
    with pytest.raises(InvalidValue, match="'number' stands raw in the key of Numbered"):
        Numbered.key.partition(1).at_least(9)
