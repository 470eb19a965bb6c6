import asyncio
import json
from collections.abc import AsyncIterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from live_translation.identity.keysets import KeySet, KeysUnavailable, UnknownKey, over_http, read_keys

from tests.live_translation.doubles import ManualClock
from tests.live_translation.identity.tokens_of import document, public

pytestmark = pytest.mark.anyio


class Issuer:
    def __init__(self, *names: str) -> None:
        self.names = names
        self.fetched = 0
        self.down = False
        self.gate = asyncio.Event()
        self.gate.set()

    async def fetch(self) -> bytes:
        self.fetched += 1
        await self.gate.wait()
        if self.down:
            raise OSError("no route")
        return document(*self.names)


@pytest.fixture
def issuer() -> Issuer:
    return Issuer("one")


@pytest.fixture
def keys(issuer: Issuer, clock: ManualClock) -> KeySet:
    return KeySet(issuer.fetch, clock)


async def test_keys_are_fetched_once_an_hour(keys: KeySet, issuer: Issuer, clock: ManualClock) -> None:
    for _ in range(3):
        assert (await keys.key("one")).key_id == "one"
    clock.forward(3_599)
    await keys.key("one")
    assert issuer.fetched == 1
    clock.forward(1)
    await keys.key("one")
    assert issuer.fetched == 2


async def test_callers_at_once_share_one_fetch(keys: KeySet, issuer: Issuer) -> None:
    issuer.gate.clear()
    waiting = [asyncio.create_task(keys.key("one")) for _ in range(20)]
    await asyncio.sleep(0)
    issuer.gate.set()
    await asyncio.gather(*waiting)
    assert issuer.fetched == 1


async def test_a_new_key_is_found_once_a_minute_has_passed(keys: KeySet, issuer: Issuer, clock: ManualClock) -> None:
    await keys.key("one")
    issuer.names = ("one", "two")
    clock.forward(60)
    assert (await keys.key("two")).key_id == "two"
    assert issuer.fetched == 2


async def test_made_up_names_cost_the_issuer_one_fetch_a_minute(
    keys: KeySet, issuer: Issuer, clock: ManualClock
) -> None:
    for number in range(100):
        with pytest.raises(UnknownKey):
            await keys.key(f"made-up-{number}")
        clock.forward(1)
    assert issuer.fetched == 2


async def test_a_withdrawn_key_is_not_known_after_its_hour(keys: KeySet, issuer: Issuer, clock: ManualClock) -> None:
    await keys.key("one")
    issuer.names = ("two",)
    clock.forward(3_600)
    with pytest.raises(UnknownKey):
        await keys.key("one")


async def test_an_outage_is_no_verdict_and_known_keys_outlast_it_for_their_hour(
    keys: KeySet, issuer: Issuer, clock: ManualClock
) -> None:
    await keys.key("one")
    issuer.down = True
    clock.forward(3_599)
    await keys.key("one")
    with pytest.raises(KeysUnavailable):
        await keys.key("two")
    clock.forward(1)
    with pytest.raises(KeysUnavailable):
        await keys.key("one")


async def test_an_issuer_that_is_down_is_left_alone_for_five_seconds(
    keys: KeySet, issuer: Issuer, clock: ManualClock
) -> None:
    issuer.down = True
    for _ in range(10):
        with pytest.raises(KeysUnavailable):
            await keys.key("one")
    assert issuer.fetched == 1
    issuer.down = False
    clock.forward(5)
    await keys.key("one")


async def test_an_issuer_that_does_not_answer_is_given_up(issuer: Issuer, clock: ManualClock) -> None:
    issuer.gate.clear()
    with pytest.raises(KeysUnavailable, match="TimeoutError"):
        await KeySet(issuer.fetch, clock, time_limit=0.0).key("one")


async def test_an_answer_that_is_no_key_set_is_an_outage(clock: ManualClock) -> None:
    for answer in (b"", b"<html>", b"[]", b"{}", b'{"keys": 1}'):

        async def fetch(answer: bytes = answer) -> bytes:
            return answer

        with pytest.raises(KeysUnavailable):
            await KeySet(fetch, clock).key("one")


def test_only_rsa_keys_for_signatures_are_read() -> None:
    good = public("one")
    odd = [
        1,
        {"kty": "EC", "kid": "ec"},
        {**good, "kid": 5},
        {**good, "kid": "enc", "use": "enc"},
        {**good, "kid": "512", "alg": "RS512"},
        {"kty": "RSA", "kid": "empty"},
    ]
    assert list(read_keys(json.dumps({"keys": [*odd, good]}).encode())) == ["one"]


@pytest.fixture
async def address() -> AsyncIterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/keys" else 404)
            self.end_headers()
            self.wfile.write(document("one"))

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    serving = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    serving.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    serving.join()


async def test_keys_come_over_http_and_an_error_page_is_an_outage(address: str, clock: ManualClock) -> None:
    assert (await KeySet(over_http(f"{address}/keys"), clock).key("one")).key_id == "one"
    with pytest.raises(KeysUnavailable, match="HTTPError"):
        await KeySet(over_http(f"{address}/nothing"), clock).key("one")
