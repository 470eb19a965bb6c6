"""MariaDB and PostgreSQL as the sources of migrations."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from .private import NotHere, in_database, mariadb_server, postgresql_server

__all__ = ["in_database"]

REQUIRED = os.environ.get("DYNALAYER_REQUIRE_SERVICES") == "1"


@pytest.fixture(scope="session")
def mariadb() -> Iterator[str]:
    """The URL of a MariaDB server that this worker has for itself, without a database's name."""
    yield from _served(mariadb_server)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL server that this worker has for itself, without a database's name."""
    yield from _served(postgresql_server)


def _served(server: Callable[[], AbstractContextManager[str]]) -> Iterator[str]:
    try:
        with server() as url:
            yield url
    except NotHere as error:
        if REQUIRED:
            pytest.fail(str(error))
        pytest.skip(str(error))
