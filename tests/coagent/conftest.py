import base64
from collections.abc import AsyncIterator

import pytest
from coagent import access_patterns
from coagent.entities import OAuthToken, UserProfile
from coagent.tables import TABLES
from coagent.workspace import Workspace, Workspaces

from dynalayer import AccessPattern, AsyncDatabase, Put
from dynalayer.sealing import KeyRing, Sealer
from dynalayer.testing import AsyncFaults, FrozenClock, Undeclared, undeclared

OTHERS = [
    AccessPattern(
        "a token of before", Put(OAuthToken(user_id="any", access_token="a", refresh_token="r", expiry_date=0))
    ),
    AccessPattern("an account is brought over", Put(UserProfile(id="any", email="any@example.org", created_at=1))),
]
"""What tests do themselves in the place of a migration or of the service of before."""
PATTERNS = [
    *access_patterns.ACCOUNTS, *access_patterns.ADOPTED, *access_patterns.CONTENTS, *access_patterns.FEED,
    *access_patterns.GUARDS, *access_patterns.REPUTATION, *access_patterns.TOKENS, *access_patterns.WORK,
]  # fmt: skip
WHOLE = {"account", "adopting", "leaving", "exporting", "values"}
"""What the modules are about that read or delete items whatever they are."""
MISPLACED = [each for each in access_patterns.WHOLE_ACCOUNTS if each.name == "tokens that lie where nobody looks"]
"""What signing in looks for."""

SEALER = Sealer(KeyRing({"k1": base64.b64encode(bytes(range(32))).decode()}))
START = 1_800_000_000.0


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(START)


@pytest.fixture
async def faults(clock: FrozenClock) -> AsyncFaults:
    return AsyncFaults(AsyncDatabase("memory:", clock=clock).connection, clock=clock)


@pytest.fixture
async def database(
    faults: AsyncFaults, clock: FrozenClock, request: pytest.FixtureRequest
) -> AsyncIterator[AsyncDatabase]:
    async with AsyncDatabase(faults, clock=clock, sleep=clock.async_sleep) as database:
        await database.create_tables(*TABLES)
        yield database
    assert not_declared(faults, request) == []


def not_declared(faults: AsyncFaults, request: pytest.FixtureRequest) -> list[Undeclared]:
    """The calls of a test that no access pattern declares."""
    # Of whole accounts items are read and deleted whatever they are, so these patterns would cover any call.
    whole = access_patterns.WHOLE_ACCOUNTS if request.module.__name__.rpartition("_")[2] in WHOLE else ()
    entering = MISPLACED if request.path.parent.name == "api" else ()
    return undeclared(faults.calls, [*PATTERNS, *whole, *entering, *OTHERS])


@pytest.fixture
def workspaces(database: AsyncDatabase, clock: FrozenClock) -> Workspaces:
    return Workspaces(database, clock=clock, sleep=clock.async_sleep, cursor_key=b"k" * 32, sealer=SEALER)


@pytest.fixture
def ada(workspaces: Workspaces) -> Workspace:
    return workspaces.of("ada")


@pytest.fixture
def raw(database: AsyncDatabase, faults: AsyncFaults) -> AsyncDatabase:
    """What a test does itself, beside the application."""
    return AsyncDatabase(faults.connection)
