import http.client
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from anyio import to_thread
from live_translation.gateway.server import create_app, running
from live_translation.gateway.sockets import is_allowed
from live_translation.identity.opening import open_identity
from live_translation.settings import Settings
from starlette.applications import Starlette
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from dynalayer import AsyncDatabase
from tests.live_translation.clients import client
from tests.live_translation.doubles import EchoTranslator, ManualClock

pytestmark = pytest.mark.anyio
SETTINGS = Settings(speaker_passcode="open", limit_token_per_minute=4)


@pytest.fixture
def app(clock: ManualClock) -> Starlette:
    identity = open_identity(SETTINGS, "memory:", clock)
    return create_app(AsyncDatabase("memory:"), EchoTranslator(), SETTINGS, clock, identity=identity)


@pytest.fixture
async def address(app: Starlette) -> AsyncIterator[str]:
    async with running(app) as address:
        yield address


async def ask(address: str, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, Any]:
    def fetch() -> tuple[int, Any]:
        connection = http.client.HTTPConnection(address, timeout=10)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        finally:
            connection.close()

    return await to_thread.run_sync(fetch)


async def token(address: str, passcode: str = "open", **headers: str) -> Any:
    asked = json.dumps({"name": "Ada", "passcode": passcode}).encode()
    status, answer = await ask(address, "POST", "/auth/token", asked, **headers)
    assert status == 200
    return answer


async def test_a_speaker_with_a_token_may_speak(address: str) -> None:
    given = await token(address)
    async with client(address, "createSession", sourceLanguage="es", token=given["token"]) as speaking:
        assert await speaking.answer("sessionCreated")


@pytest.mark.parametrize("parameters", [{}, {"token": ""}, {"token": "x.y.z"}])
async def test_without_a_good_one_the_answer_is_401(address: str, parameters: dict[str, str]) -> None:
    async with client(address, "createSession", sourceLanguage="es", **parameters) as refused:
        problem = await refused.next()
        assert (problem["code"], problem["details"]["status"]) == ("UNAUTHORIZED", 401)
        assert await refused.closed() == 1008


async def test_an_expired_token_is_told_apart(address: str, clock: ManualClock) -> None:
    given = await token(address)
    clock.forward(13 * 3_600)
    async with client(address, "createSession", sourceLanguage="es", token=given["token"]) as refused:
        assert (await refused.next())["message"] == "Token expired."


async def test_a_listener_needs_none_and_a_bad_one_is_refused(address: str) -> None:
    given = await token(address)
    async with client(address, "createSession", sourceLanguage="es", token=given["token"]) as speaking:
        session_id = (await speaking.answer("sessionCreated"))["sessionId"]
        async with client(address, "joinSession", sessionId=session_id, targetLanguage="ca") as listening:
            assert await listening.answer("sessionJoined")
        joining = {"sessionId": session_id, "targetLanguage": "ca", "token": "x"}
        async with client(address, "joinSession", **joining) as refused:
            assert (await refused.next())["code"] == "UNAUTHORIZED"


async def test_a_token_shown_in_the_address_holds_for_a_message_too(address: str) -> None:
    given = await token(address)
    async with connect(f"ws://{address}/ws?token={given['token']}", proxy=None) as websocket:
        await websocket.send('{"action": "createSession", "sourceLanguage": "es"}')
        assert json.loads(await websocket.recv())["type"] == "sessionCreated"
    async with connect(f"ws://{address}/ws", proxy=None) as websocket:
        await websocket.send('{"action": "createSession", "sourceLanguage": "es"}')
        assert json.loads(await websocket.recv())["code"] == "UNAUTHORIZED"


async def test_a_wrong_passcode_gets_no_token_and_few_guesses(address: str) -> None:
    for expected in (401, 401, 401, 401, 429):
        status, problem = await ask(address, "POST", "/auth/token", b'{"name": "Ada", "passcode": "guess"}')
        assert (status, problem["details"]["status"]) == (expected, expected)


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"[]", 400), (b'{"name": 1}', 400), (b'{"passcode": "open"}', 400), (b"x" * 20_000, 413)],
)
async def test_what_is_no_wish_for_a_token_is_refused(address: str, body: bytes, status: int) -> None:
    assert (await ask(address, "POST", "/auth/token", body))[0] == status


async def test_who_renews_a_token_stays_the_same_speaker(app: Starlette, address: str) -> None:
    authorizer = app.state.service.identity.authorizer
    first = await token(address)
    renewed = await token(address, authorization=f"Bearer {first['token']}")
    other = await token(address)
    users = [await authorizer.user(each["token"]) for each in (first, renewed, other)]
    assert users[0] == users[1] != users[2]


async def test_the_keys_are_published(address: str) -> None:
    status, document = await ask(address, "GET", "/.well-known/jwks.json")
    assert status == 200
    assert [key["kty"] for key in document["keys"]] == ["RSA"]
    assert not {"d", "p", "q"} & set(document["keys"][0])


async def test_a_page_of_another_site_may_not_connect(address: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with connect(f"ws://{address}/ws", origin="https://evil.example", proxy=None):  # type: ignore[arg-type]
            pass
    assert refused.value.response.status_code == 403
    async with connect(f"ws://{address}/ws", origin=f"http://{address}", proxy=None):  # type: ignore[arg-type]
        pass


@pytest.mark.parametrize(
    ("origin", "allowed", "is_let_in"),
    [
        (None, "", True),
        ("https://live.example", "", True),
        ("https://other.example", "", False),
        ("null", "", False),
        ("https://other.example", "https://a.example, https://other.example/", True),
        ("https://other.example", "*", True),
        ("https://live.example.evil.example", "https://live.example", False),
    ],
)
def test_origins_are_compared_whole(origin: str | None, allowed: str, is_let_in: bool) -> None:
    headers = {"host": "live.example"} if origin is None else {"host": "live.example", "origin": origin}
    assert is_allowed(headers, allowed) is is_let_in
