"""Each data set moved once for all tests: from MariaDB into an embedded engine, with the entities of its contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dynalayer import Database
from dynalayer.migrate import Migration, Report, Summary, check_contract, create_tables
from tests.migrate.datasets.loading import HERE, database, load_chinook, load_flights
from tests.migrate.entities.modules import imported


class Moved:
    """A data set on both sides; `sql` asks the source, `entities` are those that the contract gives."""

    def __init__(
        self, connection: Any, target: Database, entities: ModuleType, summary: Summary, report: Report
    ) -> None:
        self.db = target
        self.entities: Any = entities
        self.summary = summary
        self.report = report
        self._connection = connection

    def sql(self, query: str, *given: Any) -> list[tuple[Any, ...]]:
        cursor = self._connection.cursor()
        cursor.execute(query, given)
        return list(cursor.fetchall())

    def one(self, query: str, *given: Any) -> Any:
        """The only value of the only row."""
        ((value,),) = self.sql(query, *given)
        return value


def _moved(server: str, name: str, load: Callable[[Any], None], folder: Path) -> Iterator[Moved]:
    contract, target = HERE / f"{name}.json", f"embedded:{folder / 'target.db'}"
    with database(server, name) as (url, connection):
        load(connection)
        assert [str(each) for each in check_contract(contract, url) if each.severity == "error"] == []
        migration = Migration.open(contract, url)
        create_tables(contract, target)
        summary = migration.backfill(target, folder / "state")
        report = migration.verify(target, folder / "state")
        with Database(target) as opened:
            yield Moved(connection, opened, imported(migration.entities()), summary, report)


@pytest.fixture(scope="module")
def chinook(mariadb: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moved]:
    yield from _moved(mariadb, "chinook", load_chinook, tmp_path_factory.mktemp("chinook"))


@pytest.fixture(scope="module")
def flights(mariadb: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moved]:
    yield from _moved(mariadb, "flights", load_flights, tmp_path_factory.mktemp("flights"))
