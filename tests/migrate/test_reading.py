from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from dynalayer.migrate import load_contract
from dynalayer.migrate.contract import Findings
from dynalayer.migrate.items import Maker
from dynalayer.migrate.queries import EntityPlan, compile_contract
from dynalayer.migrate.reading import Reader
from dynalayer.migrate.source import Source
from tests.migrate.conftest import SHOP

pytestmark = pytest.mark.xdist_group("mariadb")


@pytest.fixture
def plans(shop: Source) -> dict[str, EntityPlan]:
    findings = Findings()
    found = compile_contract(load_contract(SHOP / "contract.json")[0], shop.schema(), findings)
    assert not list(findings)
    return {plan.entity.name: plan for plan in found}


@pytest.fixture
def reader(shop: Source) -> Iterator[Reader]:
    with closing(Reader(shop)) as reader:
        yield reader


def items(reader: Reader, plan: EntityPlan, rows: int = 2) -> list[Any]:
    maker = Maker(plan)
    with reader.snapshot():
        return [maker.make(row) for page in reader.pages(plan, rows=rows) for row in page.rows]


def test_every_row_becomes_one_item(reader: Reader, plans: dict[str, EntityPlan]) -> None:
    counts = {name: len(items(reader, plan)) for name, plan in plans.items()}
    assert counts == {"USER": 3, "CART": 2, "ORDER": 3, "Products": 3, "Categories": 7}


def test_a_name_that_reads_null_and_an_empty_one_are_kept(reader: Reader, plans: dict[str, EntityPlan]) -> None:
    profiles = [item["profile_data"]["M"] for item in items(reader, plans["USER"])]
    assert profiles[0]["last_name"] == {"S": "null"}
    assert profiles[1] == {"last_name": {"S": ""}}


def test_an_order_without_lines_has_an_empty_list(reader: Reader, plans: dict[str, EntityPlan]) -> None:
    lists = [item["order_items"]["L"] for item in items(reader, plans["ORDER"])]
    assert [[line["M"]["id"]["N"] for line in lines] for lines in lists] == [["1", "2"], ["3"], []]


def test_counts_are_of_the_right_rows(reader: Reader, plans: dict[str, EntityPlan]) -> None:
    found = {item["id"]["N"]: item for item in items(reader, plans["Categories"])}
    assert {key: item["children_count"]["N"] for key, item in found.items() if item["children_count"]["N"] != "0"} == {
        "1": "2",
        "3": "2",
        "4": "1",
    }
    assert {key: item["product_count"]["N"] for key, item in found.items() if item["product_count"]["N"] != "0"} == {
        "1": "1",
        "3": "2",
    }


def test_a_parent_is_the_row_above_and_the_root_where_there_is_none(
    reader: Reader, plans: dict[str, EntityPlan]
) -> None:
    keys = [(item["PK"]["S"], item["SK"]["S"]) for item in items(reader, plans["Categories"])]
    assert keys[0] == ("ROOT", "Electronics")
    assert {("Laptops", "Accessories"), ("Phones", "Accessories")} <= set(keys)


def test_a_path_holds_every_row_on_the_way(reader: Reader, plans: dict[str, EntityPlan]) -> None:
    paths = [item["category_path"]["S"] for item in items(reader, plans["Products"])]
    assert paths == ["Laptops < Electronics", "Laptops < Electronics", "Electronics"]


def test_decimals_are_exact(reader: Reader, plans: dict[str, EntityPlan]) -> None:
    assert [item["price"]["N"] for item in items(reader, plans["Products"])] == ["0.1", "12345678.99", "5"]


def test_the_zone_of_the_server_changes_nothing(shop: Source, reader: Reader, plans: dict[str, EntityPlan]) -> None:
    before = items(reader, plans["ORDER"])
    with closing(shop.connect()) as other:
        other.cursor().execute("SET GLOBAL time_zone = '+09:00'")
        try:
            with closing(Reader(shop)) as again:
                assert items(again, plans["ORDER"]) == before
        finally:
            other.cursor().execute("SET GLOBAL time_zone = 'SYSTEM'")
    assert before[0]["SK"] == {"S": "ORDER#2024-04-01T04:22:00Z#1"}


@pytest.mark.parametrize("rows", [1, 2, 3, 100])
def test_the_size_of_pages_changes_nothing(reader: Reader, plans: dict[str, EntityPlan], rows: int) -> None:
    for plan in plans.values():
        assert items(reader, plan, rows) == items(reader, plan, 7)


def test_one_row_read_by_its_key_is_the_item_of_its_page(reader: Reader, plans: dict[str, EntityPlan]) -> None:
    plan = plans["ORDER"]
    row = reader.row(plan, (1,))
    assert row is not None
    assert Maker(plan).make(row) == items(reader, plan)[0]
    assert reader.row(plan, (99,)) is None


def test_what_is_written_meanwhile_is_not_seen(shop: Source, reader: Reader, plans: dict[str, EntityPlan]) -> None:
    plan = plans["ORDER"]
    with reader.snapshot():
        pages = reader.pages(plan, rows=1)
        next(pages)
        with closing(shop.connect()) as other:
            other.cursor().execute("INSERT INTO orders (id, user_id, total_amount) VALUES (9, 2, 1)")
        assert len(list(pages)) == 2
    assert reader.count(plan) == 4
    with closing(shop.connect()) as other:
        other.cursor().execute("DELETE FROM orders WHERE id = 9")
