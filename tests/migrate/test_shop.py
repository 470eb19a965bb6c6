"""The shop of the examples: generated, migrated, compared."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import ModuleType

import pytest

from dynalayer.migrate import Migration, check_contract, create_tables
from dynalayer.migrate.source import parse_source
from tests.migrate.conftest import SHOP
from tests.services.sql import in_database

pytestmark = pytest.mark.xdist_group("mariadb")


@pytest.fixture
def generate(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(SHOP))
    monkeypatch.delitem(sys.modules, "generate", raising=False)
    import generate  # type: ignore[import-not-found]

    return generate


@pytest.fixture
def url(mariadb: str) -> Iterator[str]:
    with closing(parse_source(in_database(mariadb, "mysql")).connect()) as connection:
        connection.cursor().execute("CREATE DATABASE generated")
        yield in_database(mariadb, "generated")
        connection.cursor().execute("DROP DATABASE generated")


def test_the_same_seed_makes_the_same_shop(generate: ModuleType) -> None:
    def everything(seed: int) -> list[object]:
        return [(table, list(rows)) for table, _, rows in generate.Shop(30, seed).rows()]

    assert everything(1) == everything(1)
    assert everything(1) != everything(2)


def test_a_generated_shop_is_migrated_whole(generate: ModuleType, url: str, tmp_path: Path) -> None:
    counts = generate.fill(url, 60, seed=3)
    contract, target = SHOP / "contract.json", f"embedded:{tmp_path / 'shop.db'}"
    assert not [finding for finding in check_contract(contract, url) if finding.severity == "error"]
    migration = Migration.open(contract, url)
    outlook = migration.plan()
    assert outlook.is_clean, str(outlook)
    create_tables(contract, target)
    summary = migration.backfill(target, tmp_path / "state")
    assert {name.rpartition("/")[2]: done.items for name, done in summary.entities.items()} == {
        "USER": counts["users"],
        "CART": counts["shopping_carts"],
        "ORDER": counts["orders"],
        "Products": counts["products"],
        "Categories": counts["categories"],
    }
    report = migration.verify(target, tmp_path / "state")
    assert report.is_clean
    assert report.stored == sum(done.items for done in summary.entities.values())


def test_two_categories_of_one_name_under_parents_of_one_name_are_told_before_anything_is_written(
    generate: ModuleType, url: str
) -> None:
    generate.fill(url, 10, seed=1)
    with closing(parse_source(url).connect()) as connection:
        connection.cursor().execute(
            "INSERT INTO categories (id, name, parent_id) VALUES"
            " (101, 'Laptops', 1), (102, 'Laptops', 2), (103, 'Accessories', 101), (104, 'Accessories', 102)"
        )
    found = Migration.open(SHOP / "contract.json", url).plan().entities["Categories/Categories"]
    assert found.colliding == 1
    assert found.examples == ["row 104 has the same key as row 103 of Categories/Categories"]
