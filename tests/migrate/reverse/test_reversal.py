"""What a contract's items tell of their rows, told before anything runs; no server is needed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from dynalayer.migrate import read_contract, reversals
from dynalayer.migrate.contract import Findings
from dynalayer.migrate.queries import EntityPlan, compile_contract
from dynalayer.migrate.reverse import Reversal
from dynalayer.migrate.reverse.reversal import recogniser
from dynalayer.migrate.source import ColumnInfo, ForeignKeyInfo, SourceSchema, TableInfo

ORDERS = TableInfo(
    "orders",
    (
        ColumnInfo("id", "integer", "INT", nullable=False),
        ColumnInfo("shop", "text", "VARCHAR(9)", nullable=False),
        ColumnInfo("day", "date", "DATE", nullable=False),
        ColumnInfo("at", "datetime", "DATETIME(3)", fraction=3),
        ColumnInfo("total", "decimal", "DECIMAL(10, 2)", precision=10, scale=2),
        ColumnInfo("data", "text", "TEXT"),
        ColumnInfo("buyer_id", "integer", "INT"),
        ColumnInfo("hash", "text", "TEXT", is_computed=True),
        ColumnInfo("note", "text", "TEXT", has_default=True),
    ),
    ("id",),
    (),
    (ForeignKeyInfo(("buyer_id",), "buyers", ("id",)),),
)
BUYERS = TableInfo(
    "buyers",
    (ColumnInfo("id", "integer", "INT", nullable=False), ColumnInfo("name", "text", "TEXT", nullable=False)),
    ("id",),
)
LINES = TableInfo(
    "order_lines",
    (
        ColumnInfo("order_id", "integer", "INT", nullable=False),
        ColumnInfo("number", "integer", "INT", nullable=False),
        ColumnInfo("what", "text", "TEXT", nullable=False),
    ),
    ("order_id", "number"),
)
SCHEMA = SourceSchema("mysql", (ORDERS, BUYERS, LINES))


def column(name: str, type_: str = "S", source: str | None = None, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": type_, "source_column": source or name, **more}


def entity(*attributes: dict[str, Any], name: str = "ORDER", source: str = "orders", **more: Any) -> dict[str, Any]:
    keys = {"pk_template": "O#{id}", "sk_template": "#META", **more}
    return {"entity_type": name, "source_table": source, **keys, "attributes": list(attributes)}


def plans(*entities: dict[str, Any]) -> tuple[EntityPlan, ...]:
    table = {"table": "Shop", "type": "multi-entity", "pk": "PK", "sk": "SK", "entities": list(entities)}
    findings = Findings()
    found = compile_contract(read_contract({"tables": [table]})[0], SCHEMA, findings)
    assert not findings.errors
    return found


def back(*attributes: dict[str, Any], **more: Any) -> Reversal:
    (found,) = reversals(plans(entity(*attributes, **more)))
    return found


def read(found: Reversal, name: str, **item: Any) -> Any:
    way = next(way for way in found.taken if way.column.name == name)
    return way.read({attribute: {"S": value} for attribute, value in item.items()})


WHOLE = (column("shop"), column("day"))


def test_parts_of_a_key_are_read_from_its_text() -> None:
    found = back(*WHOLE, pk_template="S#{shop}", sk_template="{day}#{id}")
    assert found.inserts
    assert read(found, "id", PK="S#a#b", SK="2024-02-03#-7") == -7
    assert str(found).splitlines()[1] == "  id: from the text in 'SK'"


@pytest.mark.parametrize("template", ["{id}{buyer_id}", "{shop}#{data}", "{id}-{day}"])
def test_a_text_that_can_be_taken_apart_in_two_ways_tells_nothing(template: str) -> None:
    found = back(*WHOLE, pk_template="O", sk_template=template)
    assert found.problems
    assert "can be taken apart in more than one way" in " ".join(reason for _, reason in found.lost)


def test_one_text_of_any_form_between_others_is_told() -> None:
    found = back(*WHOLE, pk_template="O", sk_template="{id}#{shop}#{day}")
    assert read(found, "id", SK="5#a#b#2024-01-01") == 5


def dated(pattern: str) -> dict[str, Any]:
    return {"transformation": {"type": "date-format", "format": pattern}}


def test_a_date_comes_back_from_a_pattern_that_leaves_nothing_out() -> None:
    found = back(*WHOLE, column("id", "N"), column("d", source="day", **dated("DD.MM.YYYY")))
    way = next(way for way in found.taken if way.column.name == "day")
    assert way.attribute == "day"
    found = back(column("shop"), column("id", "N"), column("d", source="day", **dated("DD.MM.YYYY")))
    assert read(found, "day", d="03.02.2024") == date(2024, 2, 3)
    found = back(*WHOLE, column("id", "N"), column("t", source="at", **dated("YYYYMMDDHHmmss.SSS")))
    assert read(found, "at", t="20240203040506.789") == datetime(2024, 2, 3, 4, 5, 6, 789_000)


def test_a_date_does_not_come_back_from_a_pattern_that_leaves_something_out() -> None:
    found = back(*WHOLE, column("id", "N"), column("t", source="at", **dated("YYYY-MM")))
    assert dict(found.lost)["at"] == "'t' is made of it, but its pattern leaves out DD, HH, SSS, mm, ss"


def test_a_number_comes_back_from_a_format_that_does_not_round() -> None:
    form = {"transformation": {"type": "number-format", "format": "010d"}}
    found = back(*WHOLE, column("n", source="id", **form))
    assert read(found, "id", n="0000000042") == 42
    form = {"transformation": {"type": "number-format", "format": ".1f"}}
    found = back(*WHOLE, column("id", "N"), column("t", source="total", **form))
    assert dict(found.lost)["total"] == "'t' is made of it, but the format '.1f' may round"


def test_a_date_that_was_moved_is_moved_back_unless_months_differ() -> None:
    moved = {"calculation": {"type": "date-math", "expr": "day", "unit": "day", "amount": 30}}
    found = back(column("shop"), column("id", "N"), column("due", source="day", **moved))
    assert read(found, "day", due="2024-03-01") == date(2024, 1, 31)
    moved = {"calculation": {"type": "date-math", "expr": "day", "unit": "month", "amount": 1}}
    found = back(*WHOLE, column("id", "N"), column("due", source="day", **moved))
    assert [way.attribute for way in found.taken if way.column.name == "day"] == ["day"]


def test_joins_calculations_and_columns_that_nothing_tells_are_named_with_what_becomes_of_them() -> None:
    buyer = {
        "join": {
            "type": "foreign-key",
            "target_table": "buyers",
            "join_condition": "buyers.id = orders.buyer_id",
            "select_column": "buyers.name",
        }
    }
    found = back(*WHOLE, column("id", "N"), column("buyer", source="buyer_id", **buyer))
    assert dict(found.lost) == {
        "at": "no attribute tells it; in new rows it is null",
        "total": "no attribute tells it; in new rows it is null",
        "data": "no attribute tells it; in new rows it is null",
        "buyer_id": "no attribute tells it; in new rows it is null",
        "note": "no attribute tells it; in new rows it is its default",
    }


def test_an_entity_whose_items_do_not_tell_their_row_is_refused() -> None:
    found = back(*WHOLE, pk_template="S#{shop}", sk_template="{day}")
    assert found.problems == ("no item tells the key column 'id' of 'orders'",)
    assert "refused: no item tells the key column" in str(found)


def test_an_entity_that_does_not_tell_all_of_a_new_row_is_refused_unless_another_does_or_values_are_given() -> None:
    part = entity(column("id", "N"), column("shop"), name="PART", pk_template="P#{id}")
    (found,) = reversals(plans(part))
    assert found.problems[0].startswith("new rows of 'orders' need 'day', which no item tells")
    whole = entity(*WHOLE, column("id", "N"))
    first, second = reversals(plans(part, whole))
    assert (first.problems, first.inserts, first.elsewhere) == ((), False, ("shop",))
    assert (second.problems, second.inserts, second.elsewhere) == ((), True, ())
    (found,) = reversals(plans(part), {"Shop/PART": {"day": date(2024, 1, 1)}})
    assert (found.problems, found.inserts) == ((), True)


def test_values_for_what_is_not_there_are_refused() -> None:
    with pytest.raises(KeyError, match="no entity of the contract"):
        reversals(plans(entity(*WHOLE)), {"Shop/ORDRE": {}})
    with pytest.raises(KeyError, match="no column of 'orders'"):
        reversals(plans(entity(*WHOLE)), {"Shop/ORDER": {"dya": 1}})


def lines(**more: Any) -> dict[str, Any]:
    construction = {"type": "array", "select_columns": {"n": "order_lines.number", "what": "order_lines.what"}, **more}
    join = {
        "type": "json-construction",
        "target_table": "order_lines",
        "join_condition": "order_lines.order_id = orders.id",
        "construction": construction,
    }
    return column("lines", "L", "id", join=join)


def test_a_list_of_whole_rows_is_rows_again() -> None:
    (child,) = back(*WHOLE, column("id", "N"), lines()).children
    assert (child.table.name, [name for name, _ in child.members]) == ("order_lines", ["n", "what"])
    assert [(link.name, own) for link, own in child.links] == [("order_id", "id")]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"limit": 3}, "it does not hold all rows"),
        ({"select_columns": {"what": "order_lines.what"}}, "its elements do not tell the key of 'order_lines'"),
        ({"select_columns": {"n": "order_lines.number"}}, "its elements do not tell 'what' of 'order_lines'"),
    ],
)
def test_a_list_that_leaves_something_out_is_not_brought_back(more: dict[str, Any], reason: str) -> None:
    found = back(*WHOLE, column("id", "N"), lines(**more))
    assert (found.children, found.lists, found.inserts) == ((), (("lines", reason),), True)


def test_a_list_of_rows_that_are_items_themselves_is_left_to_those() -> None:
    line = entity(
        column("what"), name="LINE", source="order_lines", pk_template="O#{order_id}", sk_template="L#{number}"
    )
    order, _ = reversals(plans(entity(*WHOLE, column("id", "N"), lines()), line))
    assert order.lists == (("lines", "rows of 'order_lines' are items of their own"),)


def test_entities_are_told_apart_by_their_keys_and_by_values_that_are_always_the_same() -> None:
    kind = {"name": "kind", "type": "S", "source_column": "id", "transformation": {"type": "static", "value": "order"}}
    first, second = plans(entity(*WHOLE, kind), entity(*WHOLE, name="OTHER", pk_template="P#{id}"))
    key = {"PK": {"S": "O#1"}, "SK": {"S": "#META"}}
    assert (recogniser(first)(key, None), recogniser(second)(key, None)) == (True, False)
    assert recogniser(first)(key, {**key, "kind": {"S": "order"}})
    assert not recogniser(first)(key, {**key, "kind": {"S": "bill"}})
    assert not recogniser(first)({"PK": {"S": "O#x"}, "SK": {"S": "#META"}}, None)
