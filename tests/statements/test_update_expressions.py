"""Lists, parts of attributes, bounded sums and copies, as the service reads them, and what is refused beforehand."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from dynalayer import Attr, BoundPassed, ConditionFailed, Entity, InvalidValue, ItemNotFound, Table, attr, primary
from dynalayer.statements import Update
from dynalayer.statements.items.outcomes import explain_update
from dynalayer.statements.rendering import Placeholders, check_expression, render_condition


@dataclass
class Street:
    name: str
    number: int = 0
    note: str | None = None


@dataclass
class Address:
    city: str
    street: Street | None = None
    phones: list[str] = field(default_factory=list)
    floors: set[int] = field(default_factory=set)


houses = Table("houses", pk="id")


class House(Entity, table=houses):
    id: Attr[str] = attr()
    address: Attr[Address] = attr()
    second: Attr[Address | None] = attr(default=None)
    rooms: Attr[list[Street]] = attr(factory=list)
    names: Attr[list[str]] = attr(factory=list)
    tags: Attr[set[str]] = attr(factory=set)
    price: Attr[Decimal] = attr(default=Decimal(0))
    rent: Attr[Decimal] = attr(default=Decimal(0))
    count: Attr[int] = attr(default=0)
    by_name: Attr[dict[str, int | None]] = attr(factory=dict)
    pair: Attr[tuple[int, str] | None] = attr(default=None)
    extra: Attr[Any] = attr(default=None)
    key = primary(id)


KEY = House.key("1")
STREET = House.second.at(lambda a: a.street)
PHONES = House.address.at(lambda a: a.phones)
ROOM_NAME = House.rooms.at(lambda r: r[1].name)


def filled(text: str, to: Placeholders) -> str:
    for name, placeholder in to.names.items():
        text = text.replace(placeholder, name)
    for placeholder, wire in reversed(to.values.items()):
        text = text.replace(placeholder, str(next(iter(wire.values()))))
    return text


def update(*changes: Any) -> str:
    request = Update(KEY, changes).request(0)
    to = Placeholders()
    to.names = {name: placeholder for placeholder, name in request["ExpressionAttributeNames"].items()}
    to.values = request.get("ExpressionAttributeValues", {})
    return filled(request["UpdateExpression"], to)


def condition(given: Any) -> str:
    to = Placeholders()
    return filled(render_condition(given, to), to)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (House.names.append("a", "b"), "SET names = list_append(if_not_exists(names, []), [{'S': 'a'}, {'S': 'b'}])"),
        (House.names.prepend("a"), "SET names = list_append([{'S': 'a'}], if_not_exists(names, []))"),
        (House.names.at(lambda n: n[2]).remove(), "REMOVE names[2]"),
        (House.names.at(lambda n: n[0]).set("x"), "SET names[0] = x"),
        (House.address.at(lambda a: a.city).set("Rome"), "SET address.city = Rome"),
        (STREET.set(Street("x")), "SET second.street = {'name': {'S': 'x'}, 'number': {'N': '0'}}"),
        (STREET.at(lambda s: s.number).add(2), "SET second.street.number = if_not_exists(second.street.number, 0) + 2"),
        (House.address.at(lambda a: a.street).set(None), "REMOVE address.street"),
        (House.address.at(lambda a: a.floors).set(set()), "REMOVE address.floors"),
        (PHONES.append("1"), "SET address.phones = list_append(if_not_exists(address.phones, []), [{'S': '1'}])"),
        (ROOM_NAME.set_if_missing("x"), "SET rooms[1].name = if_not_exists(rooms[1].name, x)"),
        (House.by_name.at(lambda m: m["ada"]).set(3), "SET by_name.ada = 3"),
        (House.by_name.at(lambda m: m["ada"]).set(None), "SET by_name.ada = True"),
        (House.by_name.at(lambda m: m["ada"]).remove(), "REMOVE by_name.ada"),
        (House.extra.at(lambda x: x["a"][0]).set([1]), "SET extra.a[0] = [{'N': '1'}]"),
        (House.price.set_from(House.rent), "SET price = rent"),
        (House.price.set_from(House.rent, plus=Decimal("1.5")), "SET price = rent + 1.5"),
        (House.count.add(1), "ADD count 1"),
        (House.tags.discard({"a"}), "DELETE tags ['a']"),
        (House.tags.set(set()), "REMOVE tags"),
    ],
)  # fmt: skip
def test_a_change_is_written_as_the_service_reads_it(change: Any, text: str) -> None:
    assert update(change) == text


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (House.address.at(lambda a: a.city) == "Rome", "address.city = Rome"),
        (House.second.at(lambda a: a.street) == None, "attribute_not_exists(second.street)"),  # noqa: E711
        (House.by_name.at(lambda m: m["a"]) == None, "attribute_type(by_name.a, NULL)"),  # noqa: E711
        (House.by_name.at(lambda m: m["a"]) != None, "NOT attribute_type(by_name.a, NULL)"),  # noqa: E711
        (House.rooms.at(lambda r: r[0].number).between(1, 2), "rooms[0].number BETWEEN 1 AND 2"),
        (House.pair.at(lambda p: p[1]).begins_with("x"), "begins_with(pair[1], x)"),
        (House.names.size() > 3, "size(names) > 3"),
        (House.address.at(lambda a: a.phones).size().between(1, 2), "size(address.phones) BETWEEN 1 AND 2"),
        (House.extra.has_type("L"), "attribute_type(extra, L)"),
        (House.rooms.contains(Street("x")), "contains(rooms, {'name': {'S': 'x'}, 'number': {'N': '0'}})"),
        (House.price < House.rent, "price < rent"),
        (~((House.count > 1) | (House.count < 0)) & (House.count != 5), "NOT (count > 1 OR count < 0) AND count <> 5"),
        (((House.count > 1) | (House.price > 1)) & (House.rent > 1), "(count > 1 OR price > 1) AND rent > 1"),
    ],
)
def test_a_condition_is_written_as_the_service_reads_it(given: Any, text: str) -> None:
    assert condition(given) == text


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: House.address.at(lambda a: a.town), r"House\.address: Address has no such field; it has city, street"),  # type: ignore[attr-defined]
        (lambda: House.address.at(lambda a: "x"), r"House\.address\.at takes a function that gives a part"),
        (lambda: House.address.at(lambda a: a), r"House\.address\.at takes a function that gives a part"),
        (lambda: House.count.at(lambda c: c.real), r"House\.count: a int has no parts"),
        (lambda: House.names.at(lambda n: n[-1]), r"House\.names: .*position from 0"),
        (lambda: House.address.at(lambda a: a.city).set(3), r"House\.address\.city: expected str, got int"),  # type: ignore[arg-type]
        (lambda: House.address.at(lambda a: a.city).remove(), r"House\.address\.city is required"),
        (lambda: House.pair.at(lambda p: p[0]).remove(), r"House\.pair\[0\] is required"),
        (lambda: House.address.at(lambda a: a.floors).add({1}), r"House\.address\.floors: only a set that is an"),
        (lambda: House.names.append(), r"House\.names\.append takes at least one"),
        (lambda: House.names.append("a", 1), r"House\.names: expected str, got int"),  # type: ignore[arg-type]
        (lambda: House.tags.add(set()), r"House\.tags\.add takes at least one"),
        (lambda: House.tags.set_if_missing(set()), "not None or an empty set"),
        (lambda: House.price.set(None), r"House\.price: expected Decimal, got NoneType"),  # type: ignore[arg-type]
        (lambda: House.count.between(3, 1), r"House\.count\.between: the lower bound is above"),
        (lambda: House.names < ["a"], r"House\.names: < is for text, numbers and binary"),
        (lambda: House.by_name.contains("a"), r"House\.by_name: a map contains no elements"),  # type: ignore[misc]
        (lambda: House.price.add(Decimal("0.1"), floor=10**38 - 1), r"House\.price\.add: .*no number to compare with"),
        (lambda: House.price.set_from(House.count), r"House\.price is Decimal, but House\.count is int"),  # type: ignore[misc]
        (lambda: House.names.size() > "3", "compared with an int, got str"),  # type: ignore[operator]
    ],
)  # fmt: skip
def test_a_wrong_change_or_condition_is_refused_when_it_is_built(build: Any, words: str) -> None:
    with pytest.raises(InvalidValue, match=words):
        build()


def test_the_error_of_a_nested_value_leads_to_it_and_does_not_show_it() -> None:
    house = House(id="1", address=Address("x"), rooms=[Street("a"), Street("b", number="secret")])  # type: ignore[arg-type]
    with pytest.raises(InvalidValue, match=r"^House\.rooms\[1\]\.number: expected int, got str$"):
        House.__definition__.encode(house)


@pytest.mark.parametrize(
    "changes",
    [
        (House.address.set(Address("x")), House.address.at(lambda a: a.city).set("y")),
        (STREET.set(None), STREET.at(lambda s: s.name).set("y")),
        (House.names.append("a"), House.names.at(lambda n: n[0]).remove()),
        (House.names.append("a"), House.names.prepend("b")),
        (House.count.add(1), House.count.set(2)),
    ],
)  # fmt: skip
def test_changes_that_overlap_are_refused_before_anything_is_sent(changes: Any) -> None:
    with pytest.raises(InvalidValue, match=r"a part of|changed twice"):
        Update(KEY, changes).request(0)


def test_changes_of_different_parts_go_into_one_update() -> None:
    both = House.address.at(lambda a: a.city).set("x"), House.address.at(lambda a: a.phones).append("1")
    assert update(*both).startswith("SET address.city = x, address.phones = list_append(")


@pytest.mark.parametrize("change", [House.address.at(lambda a: a.city).set("x"), House.price.set_from(House.rent)])
def test_an_upsert_takes_no_change_that_needs_an_item(change: Any) -> None:
    given = (House.address.set(Address("x")), change) if not change.path.steps else (change,)
    with pytest.raises(InvalidValue, match="needs an item that is there"):
        Update(KEY, given, upsert=True).request(0)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (House.count.add(-2, floor=0), "count >= 2"),
        (House.count.add(2, floor=0), "(count >= -2 OR attribute_not_exists(count))"),
        (House.count.add(2, ceiling=5), "(count <= 3 OR attribute_not_exists(count))"),
        (House.count.add(7, ceiling=5), "count <= -2"),
        (House.price.add(Decimal("0.1"), ceiling=Decimal("0.3")), "(price <= 0.2 OR attribute_not_exists(price))"),
    ],
)
def test_a_bounded_sum_is_a_condition(change: Any, text: str) -> None:
    request = Update(KEY, (change,)).request(0)
    to = Placeholders()
    to.names = {name: placeholder for placeholder, name in request["ExpressionAttributeNames"].items()}
    to.values = request["ExpressionAttributeValues"]
    assert filled(request["ConditionExpression"], to) == f"attribute_exists(id) AND {text}"


def test_a_passed_bound_is_an_error_of_its_own_that_names_attribute_and_bound() -> None:
    changes = (House.count.add(-2, floor=0), House.price.add(1, ceiling=Decimal("2.5")))
    item = {"id": {"S": "1"}, "count": {"N": "5"}, "price": {"N": "1.6"}}
    error = explain_update(ConditionFailed(item=item), KEY, changes, upsert=False)
    assert isinstance(error, BoundPassed)
    assert (error.attribute, error.bound, error.limit) == ("House.price", "ceiling", Decimal("2.5"))
    assert error.message == "House in houses: House.price would pass its ceiling of 2.5, nothing was written"


def test_a_bound_that_is_kept_does_not_hide_why_an_update_failed() -> None:
    change = (House.count.add(-2, floor=0),)
    missing = ItemNotFound("House in houses: there is no item")
    assert explain_update(missing, KEY, change, upsert=False) is missing
    other = ConditionFailed(item={"count": {"N": "2"}})
    assert explain_update(other, KEY, change, upsert=False) is other


@pytest.mark.parametrize(
    ("count", "words"), [(151, "has 303 operators and functions"), (600, r"characters long, the service takes 4,096")]
)
def test_an_expression_over_the_limits_is_refused_before_it_is_sent(count: int, words: str) -> None:
    many = House.count == 0
    for number in range(1, count):
        many = many & (House.count != number)
    with pytest.raises(InvalidValue, match=words):
        Update(KEY, (House.count.add(1),), many).request(0)


def test_300_operators_are_taken() -> None:
    check_expression("ConditionExpression", " AND ".join(f"#0 = :{n}" for n in range(150)) + " " * 700)
    between = " AND ".join("#0 BETWEEN :9 AND :9" for _ in range(150))
    check_expression("ConditionExpression", between)


def test_hundreds_of_conditions_are_joined_without_depth() -> None:
    many = House.count == 0
    for number in range(140):
        many = many | (House.count == number)
    assert "(" not in condition(many)
