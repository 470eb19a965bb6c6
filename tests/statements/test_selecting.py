"""Scans and selected attributes as requests, and what is refused before anything is sent."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from dynalayer import Attr, Entity, Index, InvalidValue, LocalIndex, Table, attr, index, primary, scan, upgrade
from dynalayer.statements import GetRow, counted, first_page
from dynalayer.statements.reading.scan import scan_page, segments

from .shop import ADA, Listed, Note, Order, plain, shop

narrow = Table(
    "narrow",
    pk="PK",
    sk="SK",
    indexes=[
        Index("keys", pk="GSI1PK", sk="GSI1SK", projection="KEYS_ONLY"),
        Index("some", pk="GSI2PK", projection=["total", "expires"]),
        LocalIndex("near", sk="total", projection="KEYS_ONLY"),
    ],
    ttl="expires",
)


class Sale(Entity, table=narrow):
    shop: Attr[str] = attr()
    id: Attr[int] = attr()
    total: Attr[str] = attr(default="0")
    note: Attr[str] = attr(default="")
    state: Attr[str] = attr(default="new")
    expires: Attr[int | None] = attr(default=None)
    key = primary(shop, id, pk="SHOP#{shop}", sk="SALE#{id:04d}")
    by_keys = index("keys", state, id, pk="STATE#{state}", sk="SALE#{id:04d}")
    by_some = index("some", state, pk="STATE#{state}")
    near = index("near", key, total)


def test_a_scan_asks_for_the_items_of_its_entity() -> None:
    request = first_page(scan(Order).where(Order.lines > 3)).request(0.0)
    assert request["FilterExpression"] == "(begins_with(#0, :0) AND begins_with(#1, :1)) AND (#2 > :2)"
    assert request["ExpressionAttributeNames"] == {"#0": "PK", "#1": "SK", "#2": "lines"}
    assert first_page(scan(shop)).request(0.0) == {"TableName": "statements"}
    assert first_page(scan(Note)).request(0.0) == {"TableName": "plain"}
    both = first_page(scan(Order, Listed)).request(0.0)["FilterExpression"]
    assert both == "(begins_with(#0, :0) AND begins_with(#1, :1)) OR (begins_with(#0, :2) AND #1 = :3)"


def test_a_scan_is_cut_into_segments() -> None:
    requests = [page.request(0.0) for page in segments(scan_page(scan(Note)), 3)]
    assert [(each["Segment"], each["TotalSegments"]) for each in requests] == [(0, 3), (1, 3), (2, 3)]


def test_the_limit_of_a_scan_is_sent_only_where_every_item_counts() -> None:
    assert first_page(scan(Note).limit(3)).request(0.0)["Limit"] == 3
    assert "Limit" not in first_page(scan(Order).limit(3)).request(0.0)
    with pytest.raises(InvalidValue, match="at least 1"):
        scan(Note).limit(0)


def test_entities_of_different_tables_are_not_one_scan() -> None:
    with pytest.raises(InvalidValue, match="Order in statements, Note in plain"):
        scan(Order, Note)
    with pytest.raises(InvalidValue, match="has no index 'nope'"):
        scan(plain, index="nope")
    with pytest.raises(InvalidValue, match="cannot be read consistently"):
        scan(Order.by_state).consistent()


def test_a_selection_asks_for_its_attributes_and_what_tells_expiry() -> None:
    request = first_page(Order.key.partition("ada").select(Order.id, Order.total)).request(0.0)
    assert request["ProjectionExpression"] == "#2, #3, #4"
    assert list(request["ExpressionAttributeNames"].values())[2:] == ["id", "total", "expires"]
    answer = msgspec.json.encode({"Items": [{"id": {"S": "1"}}, {"id": {"S": "2"}, "expires": {"N": "9"}}]})
    assert first_page(Order.key.partition("ada").select(Order.id, Order.total)).read(answer, 9.0).items == [
        ("1", Decimal(0))
    ]


def test_an_attribute_that_an_item_must_have_is_missed_by_name() -> None:
    page = first_page(Note.key.partition("n").select(Note.text))
    with pytest.raises(InvalidValue, match=r"Note\.text: an item in plain has no attribute 'text'"):
        page.read(b'{"Items":[{"id":{"S":"n"}}]}', 0.0)


def test_attributes_that_an_index_does_not_carry_are_refused_with_the_way_out() -> None:
    with pytest.raises(InvalidValue, match=r"Sale\.note is not carried by index 'keys' .*batch_get"):
        Sale.by_keys("new").select(Sale.note)
    with pytest.raises(InvalidValue, match=r"Sale\.note is not carried by index 'some'"):
        scan(Sale.by_some).select(Sale.id, Sale.note)
    for source in (Sale.by_keys("new"), Sale.by_some("new"), scan(Sale.by_keys)):
        with pytest.raises(InvalidValue, match=r"cannot give whole items: select\(\.\.\.\)"):
            first_page(source)


def test_expired_items_that_could_not_be_hidden_are_refused_unless_asked_for() -> None:
    with pytest.raises(InvalidValue, match=r"expired items could not be hidden: .*expired\(\)"):
        first_page(Sale.by_keys("new").select(Sale.id))
    with pytest.raises(InvalidValue, match="could not be hidden"):
        counted(Sale.by_keys("new"))
    assert first_page(Sale.by_keys("new").expired().select(Sale.id)).request(0.0)["ProjectionExpression"] == "#2"


def test_what_an_index_has_in_its_keys_alone_is_read_from_them() -> None:
    page = first_page(Sale.by_keys("new").expired().select(Sale.shop, Sale.id, Sale.state))
    item = {"PK": {"S": "SHOP#a"}, "SK": {"S": "SALE#0007"}, "GSI1PK": {"S": "STATE#new"}}
    assert page.read(msgspec.json.encode({"Items": [item]}), 0.0).items == [("a", 7, "new")]


def test_a_local_index_gives_whole_items_because_the_service_fetches_them() -> None:
    assert first_page(Sale.near("a")).request(0.0)["Select"] == "ALL_ATTRIBUTES"
    assert "Select" not in first_page(Sale.near("a").select(Sale.note)).request(0.0)


def test_a_selection_is_of_attributes_of_its_own_entity() -> None:
    with pytest.raises(InvalidValue, match=r"Note\.text is not an attribute of Order"):
        ADA.select(Note.text)  # type: ignore[call-overload]
    with pytest.raises(InvalidValue, match="at least one attribute"):
        ADA.select()  # type: ignore[call-overload]
    with pytest.raises(InvalidValue, match="attributes are selected of one entity"):
        scan(Order, Listed).select(Order.id)  # type: ignore[call-overload]


def test_a_count_counts_at_the_service_where_it_can() -> None:
    query = Order.key.partition("ada").where(Order.lines > 3)
    request = counted(query).about.request(9.0)
    assert request["Select"] == "COUNT"
    assert request["FilterExpression"] == "(attribute_not_exists(#2) OR #2 > :2) AND (#3 > :3)"
    assert "Select" not in counted(Order.key.partition("ada").before("5")).about.request(9.0)
    assert "Select" not in counted(scan(Order)).about.request(9.0)
    assert counted(scan(Note)).about.request(9.0)["Select"] == "COUNT"


aged = Table("aged", pk="id", indexes=[Index("by-name", pk="name", projection="KEYS_ONLY")])


class Person(Entity, table=aged, version=2):
    id: Attr[str] = attr()
    name: Attr[str] = attr(default="")
    key = primary(id)
    by_name = index("by-name", name)

    @upgrade(1)
    def _first(item: dict[str, Any]) -> dict[str, Any]:  # noqa: N805
        return {**item, "name": item["called"]}


def test_an_item_of_an_older_version_is_upgraded_before_its_attributes_are_taken() -> None:
    selected = Person.key("1").select(Person.name)
    assert "ProjectionExpression" not in GetRow(selected).request(0.0)
    assert GetRow(selected).read(b'{"Item":{"id":{"S":"1"},"called":{"S":"Ada"}}}', 0.0) == ("Ada",)
    page = first_page(scan(Person).select(Person.name))
    assert "ProjectionExpression" not in page.request(0.0)
    assert page.read(b'{"Items":[{"id":{"S":"1"},"called":{"S":"Ada"}}]}', 0.0).items == [("Ada",)]
    with pytest.raises(InvalidValue, match="older versions cannot be upgraded"):
        Person.by_name("Ada").select(Person.id)
