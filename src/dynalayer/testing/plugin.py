"""The pytest plugin: fixtures of what `dynalayer.testing` has; nothing of it runs in tests that do not ask for it."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import pytest

from dynalayer.database import AsyncDatabase, Database
from dynalayer.schema import Table

from ._async import AsyncFaults
from ._sync import Faults
from .calls import Calls, Units
from .clock import FrozenClock
from .engines import ENGINES, Engine, Unavailable, from_environment, opened, reached
from .plan import FaultPlan
from .serving import serving

_MARKER = "dynalayer_engines"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what a project may set in its configuration file."""
    parser.addini(_MARKER, f"where tests of dynalayer_db run: {', '.join(ENGINES)}, or URLs", "args", ["memory"])
    parser.addini("dynalayer_tables", "the tables that dynalayer_db has, as module:name", "args", [])


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line(
        "markers", f"{_MARKER}(*names): run the test on each of these: {', '.join(ENGINES)}, or a database URL"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test on each engine that its marker, or else the configuration, names."""
    if "dynalayer_engine" not in metafunc.fixturenames:
        return
    marker = metafunc.definition.get_closest_marker(_MARKER)
    names = [str(name) for name in marker.args] if marker else metafunc.config.getini(_MARKER)
    for name in names:
        if name not in ENGINES and ":" not in name:
            raise pytest.UsageError(f"{_MARKER}: {name!r} is no engine; there are {', '.join(ENGINES)}, and URLs")
    if marker or names != ["memory"]:
        metafunc.parametrize("dynalayer_engine", names, indirect=True)


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Show the calls behind a number of capacity units that a test did not expect."""
    units = [value for value in (left, right) if isinstance(value, Units)]
    if not units:
        return None
    shown = " ".join(f"{value:g}" if isinstance(value, float) else repr(value) for value in (left, right)[:1])
    return [f"{shown} {op} {right!r} capacity units", *str(units[0].calls).splitlines()]


@pytest.fixture
def frozen_clock() -> FrozenClock:
    """The clock of this test's databases: it moves only by `advance`, `set`, and when they wait."""
    return FrozenClock()


@pytest.fixture
def dynalayer_tables(request: pytest.FixtureRequest) -> Sequence[Table]:
    """The tables of this test's databases; from the configuration, or overridden by the project."""
    return [_table(place) for place in request.config.getini("dynalayer_tables")]


@pytest.fixture(scope="session")
def dynalayer_served() -> Iterator[str]:
    """The URL of an embedded engine in memory behind HTTP, which the tests of this process share."""
    with _or_skip():
        started = serving()
        url = started.__enter__()
    try:
        yield url
    finally:
        started.__exit__(None, None, None)


@pytest.fixture
def dynalayer_engine(
    request: pytest.FixtureRequest, dynalayer_tables: Sequence[Table], frozen_clock: FrozenClock
) -> Iterator[Engine]:
    """The engine that this test runs on, with its tables."""
    url = _url(request, getattr(request, "param", "memory"))
    with opened(url, dynalayer_tables, frozen_clock) as engine:
        yield engine


@pytest.fixture
def dynalayer_faults(frozen_clock: FrozenClock) -> FaultPlan:
    """What is to go wrong at the seam below this test's databases."""
    return FaultPlan(clock=frozen_clock)


@pytest.fixture
def dynalayer_calls(dynalayer_faults: FaultPlan) -> Calls:
    """The calls that this test's databases make, with their cost."""
    return dynalayer_faults.calls


@pytest.fixture
def dynalayer_db(
    request: pytest.FixtureRequest, dynalayer_engine: Engine, frozen_clock: FrozenClock
) -> Iterator[Database]:
    """A fresh database with the test's tables, on the frozen clock."""
    connection = dynalayer_engine.connection()
    if plan := _plan(request):
        connection = Faults(connection, like=plan)
    with Database(connection, clock=frozen_clock, sleep=frozen_clock.sleep) as db:
        yield db


@pytest.fixture
def dynalayer_async_db(
    request: pytest.FixtureRequest, dynalayer_engine: Engine, frozen_clock: FrozenClock
) -> Iterator[AsyncDatabase]:
    """The awaited twin of `dynalayer_db`, for tests under anyio or pytest-asyncio."""
    # Neither plugin is needed by a fixture that awaits nothing.
    connection = dynalayer_engine.async_connection()
    if plan := _plan(request):
        connection = AsyncFaults(connection, like=plan)
    db = AsyncDatabase(connection, clock=frozen_clock, sleep=frozen_clock.async_sleep)
    try:
        yield db
    finally:
        _end(db)


def _plan(request: pytest.FixtureRequest) -> FaultPlan | None:
    """The test's faults, if it asks for them: calls are recorded only then."""
    if not {"dynalayer_faults", "dynalayer_calls"} & set(request.fixturenames):
        return None
    plan: FaultPlan = request.getfixturevalue("dynalayer_faults")
    return plan


def _end(db: AsyncDatabase) -> None:
    """Close it on a loop of its own: the test's may have ended, and another may be running."""
    import asyncio

    thread = threading.Thread(target=lambda: asyncio.run(db.close()), name="dynalayer-close")
    thread.start()
    thread.join()


def _url(request: pytest.FixtureRequest, name: str) -> str:
    if name == "memory":
        return "memory:"
    if name == "file":
        folder = request.getfixturevalue("tmp_path")
        return f"embedded:{folder / 'dynalayer.db'}?durability=relaxed"
    if name == "served":
        return str(request.getfixturevalue("dynalayer_served"))
    with _or_skip():
        return reached(from_environment() if name == "url" else name)


@contextmanager
def _or_skip() -> Generator[None]:
    """Skip a test whose engine is not there, with the reason; fail it where all must be there."""
    try:
        yield
    except (Unavailable, ImportError) as missing:
        if os.environ.get("DYNALAYER_REQUIRE_SERVICES") == "1":
            pytest.fail(str(missing))
        pytest.skip(str(missing))


def _table(place: str) -> Table:
    module, colon, name = place.partition(":")
    found: Any = None
    if colon:
        try:
            found = getattr(import_module(module), name, None)
        except ImportError as error:
            raise pytest.UsageError(f"dynalayer_tables: {place!r} cannot be imported: {error}") from error
    if not isinstance(found, Table):
        raise pytest.UsageError(f"dynalayer_tables: {place!r} is no table; write module:name of a dynalayer.Table")
    return found
