"""The whole of it on DynamoDB Local: what is kept, listed, changed, taken along and deleted is the same there."""

import time
from collections.abc import AsyncIterator

import pytest
from coagent.api import create_app
from coagent.samples.storing import store
from coagent.settings import Settings
from coagent.tables import TABLES
from hosting.server import Server, running

from dynalayer import AsyncDatabase
from tests.coagent.api.conftest import KEYS, Client

pytestmark = pytest.mark.anyio


@pytest.fixture
async def local(dynamodb_local: str) -> AsyncIterator[str]:
    yield dynamodb_local
    async with AsyncDatabase(dynamodb_local) as database:
        await database.delete_tables(*TABLES)


async def test_a_user_comes_works_and_leaves_on_dynamodb_local(local: str) -> None:
    database = AsyncDatabase(local, cursor_key=KEYS.cursors)
    written = await store(database, 1, KEYS.sealer)
    assert [count for _, count in written] == [82, 54, 31]
    async with running(Server(create_app(database, Settings(), KEYS, time.time), "127.0.0.1", 0)) as address:
        june = Client(address)
        await june.enter("june")
        found = await june.get("/api/dashboard")
        assert (len(found["recentReviews"]), len(found["competitors"])) == (3, 6)
        seen: list[str] = []
        path = "/api/activity?limit=4"
        while path:
            page = await june.get(path)
            seen += [each["at"] for each in page["items"]]
            path = page["cursor"] and f"/api/activity?limit=4&cursor={page['cursor']}"
        assert seen == sorted(seen, reverse=True)
        made = await june.call("POST", "/api/content", {"type": "x", "content": "c"}, idempotency_key="key-00001")
        again = await june.call("POST", "/api/content", {"type": "x", "content": "c"}, idempotency_key="key-00001")
        assert made.json == again.json
        item = f"/api/content/{made.json['id']}"
        changed = await june.call("PATCH", item, {"name": "n"}, if_match=made.etag)
        late = await june.call("PATCH", item, {"name": "m"}, if_match=made.etag)
        assert late.json["current"] == changed.json
        total = (await june.get("/api/account/deletion"))["items"]
        assert (await june.call("GET", "/api/account/export")).lines[-1] == {"end": True, "items": total}
        *_, end = (await june.call("POST", "/api/account/deletion", {"confirm": "june"})).lines
        assert end == {"deleted": total, "isDone": True}
        assert await june.get("/api/account/deletion") == {"items": 0}
