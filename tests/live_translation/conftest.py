from collections.abc import AsyncIterator

import pytest
from live_translation.settings import Settings
from live_translation.tables import TABLES

from dynalayer import AsyncDatabase
from tests.live_translation.doubles import ManualClock


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def database(clock: ManualClock) -> AsyncIterator[AsyncDatabase]:
    async with AsyncDatabase("memory:", clock=clock) as database:
        await database.create_tables(*TABLES)
        yield database


@pytest.fixture
def settings() -> Settings:
    return Settings(
        limit_listener_join_per_minute=10_000,
        limit_connection_attempt_per_minute=10_000,
        limit_session_create_per_hour=10_000,
    )
