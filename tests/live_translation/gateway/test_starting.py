from pathlib import Path

import pytest
from live_translation.gateway.starting import beside_keys
from live_translation.identity.opening import open_identity
from live_translation.settings import Settings

from tests.live_translation.doubles import ManualClock

pytestmark = pytest.mark.anyio


async def test_processes_on_a_database_over_the_network_take_each_others_tokens(
    tmp_path: Path, clock: ManualClock
) -> None:
    url = beside_keys("http://localhost:8000", tmp_path)
    first, second = (open_identity(Settings(), url, clock) for _ in range(2))
    assert first.issuer is not None
    given = first.issuer.token_for("Ada")
    assert await second.authorizer.user(given["token"])


def test_the_key_of_a_file_lies_beside_it_and_that_of_memory_nowhere(tmp_path: Path) -> None:
    assert beside_keys("embedded:live.db", tmp_path) == "embedded:live.db"
    assert beside_keys("memory:", None) == "memory:"
