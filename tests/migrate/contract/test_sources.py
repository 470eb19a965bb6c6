from typing import Any

import pytest

from dynalayer.migrate.contract import ContractInvalid, read_contract
from dynalayer.migrate.contract.values import (
    Aggregate,
    Case,
    Chain,
    Concat,
    Conditional,
    DateFormat,
    DateMath,
    ForeignKey,
    Hop,
    JsonConstruction,
    LookupTable,
    MultiColumn,
    NumberFormat,
    SelfJoin,
    Static,
    When,
)
from tests.migrate.contract.documents import with_attribute

ON = {"target_table": "t", "join_condition": "t.id = users.t_id"}
SELECT = ON | {"select_column": "t.name"}
JOINS: list[tuple[dict[str, Any], Any]] = [
    (
        {"type": "self-join", "join_alias": "p", "join_condition": "p.id = users.boss", "select_column": "p.name"},
        SelfJoin("p", "p.id = users.boss", "p.name"),
    ),
    ({"type": "foreign-key"} | SELECT, ForeignKey("t", "t.id = users.t_id", "t.name")),
    ({"type": "lookup-table"} | SELECT, LookupTable("t", "t.id = users.t_id", "t.name")),
    (
        {"type": "multi-column", "target_table": "t", "join_conditions": ["t.a = users.a"], "select_column": "t.b"},
        MultiColumn("t", ("t.a = users.a",), "t.b"),
    ),
    (
        {"type": "conditional", "condition": "users.t_id IS NULL", "else_value": "Anonymous"} | SELECT,
        Conditional("users.t_id IS NULL", "t", "t.id = users.t_id", "t.name", "Anonymous"),
    ),
    ({"type": "chain", "joins": [SELECT]}, Chain((Hop("t", "t.id = users.t_id", "t.name"),))),
    (
        {
            "type": "json-construction",
            "construction": {"type": "array", "select_columns": {"n": "t.name"}, "limit": 3, "order_by": "t.id desc"},
        }
        | ON,
        JsonConstruction("t", "t.id = users.t_id", "array", {"n": "t.name"}, 3, "t.id desc"),
    ),
]
CALCULATIONS: list[tuple[dict[str, Any], Any]] = [
    (
        {"type": "aggregate", "operation": "sum", "select_column": "t.a * t.b"} | ON,
        Aggregate("t", "t.id = users.t_id", "SUM", "t.a * t.b"),
    ),
    ({"type": "aggregate", "operation": "COUNT"} | ON, Aggregate("t", "t.id = users.t_id", "COUNT")),
    (
        {"type": "case", "cases": [{"when": "users.a > 1", "then": "'x'"}], "else": "'y'"},
        Case((When("users.a > 1", "'x'"),), "'y'"),
    ),
    ({"type": "concat", "parts": ["users.a", "'b'"], "separator": "-"}, Concat(("users.a", "'b'"), "-")),
    ({"type": "date-math", "expr": "users.a", "unit": "DAY", "amount": -3}, DateMath("users.a", "day", -3)),
]


def read(**attribute: Any) -> Any:
    found = read_contract(with_attribute(**attribute))[0].tables[0].entities[0].attribute("extra")
    assert found is not None
    return found


@pytest.mark.parametrize(("join", "value"), JOINS, ids=[join["type"] for join, _ in JOINS])
def test_every_join_is_read(join: dict[str, Any], value: Any) -> None:
    assert read(join=join, source_column="name").value == value


@pytest.mark.parametrize(("calculation", "value"), CALCULATIONS, ids=[f"{c['type']}" for c, _ in CALCULATIONS])
def test_every_calculation_is_read(calculation: dict[str, Any], value: Any) -> None:
    assert read(calculation=calculation).value == value


@pytest.mark.parametrize("join", [join for join, _ in JOINS], ids=[join["type"] for join, _ in JOINS])
def test_a_join_without_one_of_its_members_is_refused_at_its_place(join: dict[str, Any]) -> None:
    for member in join:
        if member == "type":
            continue
        less = {name: value for name, value in join.items() if name != member}
        with pytest.raises(ContractInvalid) as caught:
            read_contract(with_attribute(join=less, source_column="name"))
        assert all(each.pointer.startswith("/tables/0/attributes/2/join") for each in caught.value.findings)


@pytest.mark.parametrize(
    ("member", "kind"), [("join", "foreignkey"), ("calculation", "sum"), ("transformation", "date-fmt")]
)
def test_an_invented_name_is_refused(member: str, kind: str) -> None:
    with pytest.raises(ContractInvalid, match=f"{member} '{kind}' is unknown"):
        read_contract(with_attribute(**{member: {"type": kind}, "source_column": "name"}))


def test_a_transformation_formats_what_a_join_gives() -> None:
    found = read(join=JOINS[1][0], source_column="d", transformation={"type": "date-format", "format": "YYYY-MM"})
    assert (found.value, found.transformation) == (JOINS[1][1], DateFormat("YYYY-MM"))


def test_a_static_value_needs_no_column() -> None:
    assert read(transformation={"type": "static", "value": "v1"}).value == Static("v1")


def test_a_join_beside_a_calculation_is_used_and_the_other_told() -> None:
    document = with_attribute(join=JOINS[1][0], calculation=CALCULATIONS[1][0], source_column="a")
    contract, findings = read_contract(document)
    attribute = contract.tables[0].entities[0].attribute("extra")
    assert attribute is not None
    assert attribute.value == JOINS[1][1]
    assert ["the join is used" in each.reason for each in findings] == [True]


def test_a_number_format_is_tried_before_it_is_taken() -> None:
    transformation = read(source_column="n", transformation={"type": "number-format", "format": "010d"}).transformation
    assert transformation == NumberFormat("010d")
    with pytest.raises(ContractInvalid, match="is not a number's format"):
        read(source_column="n", transformation={"type": "number-format", "format": "wide"})


@pytest.mark.parametrize("order", ["t.id sideways", "t.id desc nulls"])
def test_an_order_is_a_column_and_a_direction(order: str) -> None:
    join = JOINS[-1][0]
    wrong = join | {"construction": join["construction"] | {"order_by": order}}
    with pytest.raises(ContractInvalid, match="is not a column with ASC or DESC"):
        read(join=wrong, source_column="id")
