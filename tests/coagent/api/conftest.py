"""The service over real sockets, with a client that keeps its cookie and says what a page would."""

from __future__ import annotations

import http.client
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from anyio import to_thread
from coagent.api import create_app
from coagent.api.keys import Keys
from coagent.settings import Settings
from hosting.server import Server, running

from dynalayer import AsyncDatabase
from dynalayer.testing import AsyncFaults, FrozenClock
from tests.coagent.conftest import not_declared

KEYS = Keys.of(b"a secret of at least 32 characters")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    raw: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.raw)

    @property
    def etag(self) -> str:
        return self.headers["etag"]

    @property
    def lines(self) -> list[Any]:
        return [msgspec.json.decode(line) for line in self.raw.splitlines()]


@dataclass
class Client:
    """One browser."""

    address: str
    cookie: str = ""
    csrf: str = ""
    heard: list[bytes] = field(default_factory=list)

    async def call(self, method: str, path: str, content: Any = None, **headers: str) -> Answer:
        sent = {"cookie": self.cookie, "x-csrf-token": self.csrf} if self.cookie else {}
        body = None
        if content is not None:
            body = content if isinstance(content, bytes) else msgspec.json.encode(content)
            sent["content-type"] = "application/json"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await to_thread.run_sync(self._send, method, path, body, sent)
        self.heard.append(answer.raw)
        return answer

    def _send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        connection = http.client.HTTPConnection(self.address, timeout=20)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, found, answer.read())
        finally:
            connection.close()

    async def get(self, path: str) -> Any:
        answer = await self.call("GET", path)
        assert answer.status == 200, answer.raw
        return answer.json

    async def enter(self, user: str, passcode: str = "") -> Answer:
        content = {"user": user, "passcode": passcode, "email": "someone@example.org"}
        answer = await self.call("POST", "/api/session", content)
        if answer.status == 200:
            self.cookie = answer.headers["set-cookie"].partition(";")[0]
            self.csrf = answer.json["csrf"]
        return answer


Enters = Callable[[str], Awaitable[Client]]


@pytest.fixture
def settings() -> Settings:
    return Settings(sign_ins_per_minute=1_000)


@pytest.fixture
async def address(
    faults: AsyncFaults, settings: Settings, clock: FrozenClock, request: pytest.FixtureRequest
) -> AsyncIterator[str]:
    database = AsyncDatabase(faults, clock=clock, sleep=clock.async_sleep, cursor_key=KEYS.cursors)
    async with running(Server(create_app(database, settings, KEYS, clock), "127.0.0.1", 0)) as address:
        yield address
    assert not_declared(faults, request) == []


@pytest.fixture
def anyone(address: str) -> Client:
    return Client(address)


@pytest.fixture
def enters(address: str) -> Enters:
    """Signs somebody in."""

    async def enter(user: str) -> Client:
        client = Client(address)
        assert (await client.enter(user)).status == 200
        return client

    return enter
