"""A talk through the functions, each held to the policy that the deployment gives it."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from live_translation.functions import container as containers
from live_translation.functions.container import Container
from live_translation.infrastructure import FUNCTIONS, GRANTS

from dynalayer import AsyncDatabase
from dynalayer.testing import AsyncFaults
from tests.live_translation.doubles import eventually
from tests.live_translation.functions.conftest import Deployed
from tests.live_translation.functions.test_two_homes import Script
from tests.live_translation.policies import policies, refused_by

pytestmark = pytest.mark.anyio


async def test_each_function_is_allowed_what_it_does(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    recorded: dict[AsyncDatabase, AsyncFaults] = {}

    def recording(url: str, **options: object) -> AsyncDatabase:
        faults = AsyncFaults(AsyncDatabase(url, **options).connection)  # type: ignore[arg-type]
        database = AsyncDatabase(faults, **options)  # type: ignore[arg-type]
        recorded[database] = faults
        return database

    monkeypatch.setattr(containers, "AsyncDatabase", recording)
    deployed.gateway.apart = True
    async with asyncio.timeout(60):
        async with AsyncExitStack() as stack:
            await Script(deployed.address, stack).play()
        await eventually(lambda: len(deployed.gateway) == 0)
        await deployed.gateway.invoke("jobs", {})
    made: dict[str, Container] = deployed.gateway._containers
    assert set(made) == set(FUNCTIONS)
    for name, function in made.items():
        calls = recorded[function.database].calls
        if name not in GRANTS:
            assert not calls, name
            continue
        assert refused_by([policies()[f"session-management-{GRANTS[name]}-dev"]], calls) == [], name
    for name in ("connect", "messages", "disconnect", "jobs"):
        assert recorded[made[name].database].calls, name
    assert refused_by([policies()["session-management-release-dev"]], recorded[made["messages"].database].calls)
