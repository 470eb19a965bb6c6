import logging
from collections.abc import AsyncIterator, Iterator

import pytest
from live_translation import access_patterns
from live_translation.settings import Settings
from live_translation.tables import TABLES, CachedTranslation, Connection

from dynalayer import AccessPattern, AsyncDatabase, BatchWrite, Delete, Update, any_
from dynalayer.testing import AsyncFaults, undeclared
from tests.live_translation.doubles import ManualClock
from tests.live_translation.policies import refused

OTHERS = [
    AccessPattern("a test fills the cache", BatchWrite((any_(CachedTranslation),))),
    AccessPattern("a test fills a session", BatchWrite((any_(Connection),))),
    AccessPattern("entries expire", BatchWrite((CachedTranslation.key(any_(str)),))),
    AccessPattern("an entry expires", Delete(CachedTranslation.key(any_(str)))),
    AccessPattern("texts collide", Update(CachedTranslation.key("a"), (CachedTranslation.source_text.set("b"),))),
]
"""What tests do themselves in the place of time, crowds and chance."""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def logger() -> Iterator[logging.Logger]:
    """The service's logger as a new process has it: a home that was started before may have taken it over."""
    found = logging.getLogger("live_translation")
    before = found.level, found.propagate, found.handlers[:]
    found.level, found.propagate, found.handlers[:] = logging.NOTSET, True, []
    yield found
    found.level, found.propagate, found.handlers[:] = before


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def database(clock: ManualClock) -> AsyncIterator[AsyncDatabase]:
    calls = AsyncFaults(AsyncDatabase("memory:", clock=clock).connection)
    async with AsyncDatabase(calls, clock=clock) as database:
        await database.create_tables(*TABLES)
        yield database
    assert undeclared(calls.calls, [access_patterns, *OTHERS]) == []
    assert refused(calls.calls, OTHERS) == []


@pytest.fixture
def settings() -> Settings:
    return Settings(
        limit_listener_join_per_minute=10_000,
        limit_connection_attempt_per_minute=10_000,
        limit_session_create_per_hour=10_000,
    )
