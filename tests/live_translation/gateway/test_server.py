import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from live_translation.gateway.server import create_app, running
from live_translation.gateway.service import Service
from live_translation.sessions.rate_limits import Limit, limiter_of
from live_translation.settings import Settings
from live_translation.tables import Session
from starlette.applications import Starlette
from websockets.asyncio.client import connect

from dynalayer import AsyncDatabase
from tests.live_translation.clients import client, listener, speaker
from tests.live_translation.doubles import EchoTranslator, eventually

pytestmark = pytest.mark.anyio


@pytest.fixture
def translator() -> EchoTranslator:
    return EchoTranslator()


@pytest.fixture
def app(translator: EchoTranslator, settings: Settings) -> Starlette:
    return create_app(AsyncDatabase("memory:"), translator, settings)


@pytest.fixture
async def address(app: Starlette) -> AsyncIterator[str]:
    async with asyncio.timeout(30), running(app) as address:
        yield address


async def test_a_talk_from_its_first_word_to_its_end(address: str) -> None:
    async with speaker(address) as (speaking, session_id), AsyncExitStack() as stack:
        listeners = [
            await stack.enter_async_context(listener(address, session_id, language)) for language in ("ca", "en", "es")
        ]
        for number in range(1, 6):
            report = await speaking.say(f"s{number}", f"Frase {number}.")
            assert (report["sequenceNumber"], report["listeners"]) == (number, 3)
        for number in range(1, 6):
            captions = [await each.answer("caption") for each in listeners]
            assert [caption["sequenceNumber"] for caption in captions] == [number] * 3
            assert {caption["text"] for caption in captions} == {
                f"[ca] Frase {number}.",
                f"[en] Frase {number}.",
                f"Frase {number}.",
            }
        await speaking.send("endSession")
        for each in (speaking, *listeners):
            assert (await each.answer("sessionEnded"))["sessionId"] == session_id
            assert await each.closed() == 1000


async def test_a_refused_client_reads_why_before_it_is_closed(address: str) -> None:
    async with client(address, "joinSession", sessionId="a-b-100", targetLanguage="ca") as refused:
        problem = await refused.next()
        assert problem["code"] == "SESSION_NOT_FOUND"
        assert problem["details"] == {"status": 404, "sessionId": "a-b-100"}
        assert await refused.closed() == 1008


async def test_losing_the_socket_is_leaving(app: Starlette, address: str) -> None:
    service: Service = app.state.service
    async with speaker(address) as (_, session_id), listener(address, session_id, "ca") as listening:
        assert listening.websocket.transport is not None
        listening.websocket.transport.abort()

        async def nobody_listens() -> bool:
            session = await service.membership.sessions.get_session(session_id)
            return session is not None and session.listener_count == 0

        await eventually(nobody_listens)
    await eventually(lambda: len(service.sockets) == 0)
    assert not await service.membership.sessions.is_session_active(session_id)


async def test_signs_of_life_are_answered_while_a_sentence_is_translated(
    address: str, translator: EchoTranslator
) -> None:
    translator.gate.clear()
    async with speaker(address) as (speaking, session_id), listener(address, session_id, "ca"):
        await speaking.send("sendText", segmentId="s1", text="Hola.")
        await eventually(lambda: bool(translator.asked))
        await speaking.send("heartbeat")
        await speaking.answer("heartbeatAck")
        translator.gate.set()
        assert (await speaking.answer("segmentProcessed"))["languages"] == ["ca"]


async def test_bytes_are_no_message_and_too_much_closes(address: str) -> None:
    async with speaker(address) as (speaking, _):
        await speaking.websocket.send(b'{"action": "heartbeat"}')
        assert (await speaking.answer("error"))["code"] == "INVALID_MESSAGE"
        await speaking.send("sendText", segmentId="1", text="x" * 140_000)
        assert (await speaking.answer("error"))["code"] == "MESSAGE_TOO_LARGE"
        await speaking.send("sendText", segmentId="1", text="x" * 300_000)
        # The reason is lost (1006) if the rest of the message meets a closed socket first.
        assert await speaking.closed() in (1009, 1006)


async def test_fifty_listeners_in_five_languages_all_hear_everything(address: str) -> None:
    languages = ("ca", "en", "es", "fr", "pt")
    async with speaker(address) as (speaking, session_id), AsyncExitStack() as stack:
        listeners = [
            await stack.enter_async_context(listener(address, session_id, languages[number % 5]))
            for number in range(50)
        ]
        reports = [await speaking.say(f"s{number}", f"Frase {number}.") for number in range(20)]
        assert {report["listeners"] for report in reports} == {50}
        for each in listeners:
            heard = [(await each.answer("caption"))["sequenceNumber"] for _ in range(20)]
            assert heard == list(range(1, 21))


def stalled_listener(address: str, session_id: str) -> socket.socket:
    """A client with a small window that reads nothing, not even the answer to its handshake."""
    host, port = address.split(":")
    stalled = socket.socket()
    stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    stalled.connect((host, int(port)))
    stalled.sendall(
        f"GET /ws?action=joinSession&sessionId={session_id}&targetLanguage=es HTTP/1.1\r\nHost: {address}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
    )
    return stalled


async def test_a_listener_who_does_not_read_holds_up_nobody_and_is_let_go(app: Starlette, address: str) -> None:
    service: Service = app.state.service
    # Ten megabytes: more than the system keeps for a socket, and then the queue.
    finals, text = 1_000, "ñ" * 4_900

    async def count() -> int:
        session = await service.membership.sessions.get_session(session_id)
        return -1 if session is None else session.listener_count

    async def two_listen() -> bool:
        return await count() == 2

    async with speaker(address) as (speaking, session_id), listener(address, session_id, "es") as reading:
        with stalled_listener(address, session_id):
            await eventually(two_listen)

            async def read_all() -> list[int]:
                return [(await reading.answer("caption"))["sequenceNumber"] for _ in range(finals)]

            hearing = asyncio.create_task(read_all())
            for number in range(finals):
                await speaking.say(f"s{number}", f"{number} {text}")
            assert await hearing == list(range(1, finals + 1))
            await eventually(lambda: len(service.sockets) == 2)
            assert await count() == 1


async def test_a_speaker_who_ends_and_hangs_up_at_once_leaves_nobody_waiting(
    tmp_path: Path, translator: EchoTranslator, settings: Settings
) -> None:
    app = create_app(AsyncDatabase(f"embedded:{tmp_path}/live.db"), translator, settings)
    async with running(app) as address, speaker(address) as (speaking, session_id), AsyncExitStack() as stack:
        listeners = [await stack.enter_async_context(listener(address, session_id, "ca")) for _ in range(20)]
        await speaking.send("sendText", segmentId="s1", text="Adiós.")
        await speaking.send("endSession")
        await speaking.websocket.close()
        for each in listeners:
            assert (await each.answer("caption"))["text"] == "[ca] Adiós."
            assert await each.answer("sessionEnded")
            assert await each.closed() == 1000


async def test_who_hangs_up_in_the_handshake_leaves_no_trace(
    app: Starlette, address: str, capfd: pytest.CaptureFixture[str]
) -> None:
    service: Service = app.state.service
    async with speaker(address) as (_, session_id):
        for _ in range(50):
            with stalled_listener(address, session_id) as hasty:
                hasty.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        async with listener(address, session_id, "ca"):
            await eventually(lambda: len(service.sockets) == 2)

            async def one_listens() -> bool:
                session = await service.membership.sessions.get_session(session_id)
                return session is not None and session.listener_count == 1

            await eventually(one_listens)
    assert capfd.readouterr().err == ""


async def test_stopping_tells_everybody_and_leaves_the_file_in_order(
    tmp_path: Path, translator: EchoTranslator, settings: Settings
) -> None:
    url = f"embedded:{tmp_path}/live.db"
    app = create_app(AsyncDatabase(url), translator, settings)
    async with AsyncExitStack() as stack:
        async with running(app) as address:
            speaking, session_id = await stack.enter_async_context(speaker(address))
            listening = await stack.enter_async_context(listener(address, session_id, "ca"))
            app.state.service.status.changed(session_id)
        for each in (speaking, listening):
            assert (await each.answer("sessionEnded"))["sessionId"] == session_id
            assert await each.closed() == 1000
    assert translator.closed
    async with AsyncDatabase(url) as database:
        session = await database.get(Session.key(session_id))
        assert session is not None
        assert not session.is_active


async def test_a_session_in_a_file_goes_through_like_one_in_memory(
    tmp_path: Path, translator: EchoTranslator, settings: Settings
) -> None:
    app = create_app(AsyncDatabase(f"embedded:{tmp_path}/live.db"), translator, settings)
    async with (
        running(app) as address,
        speaker(address) as (speaking, session_id),
        listener(address, session_id, "ca") as first,
        listener(address, session_id, "ca") as second,
    ):
        assert (await speaking.say("s1", "Hola."))["listeners"] == 2
        assert (await speaking.say("s1", "Hola."))["duplicate"]
        for each in (first, second):
            assert (await each.answer("caption"))["text"] == "[ca] Hola."


async def test_while_it_stops_nobody_is_let_in(app: Starlette, address: str) -> None:
    app.state.service.is_stopping = True
    async with client(address, "createSession", sourceLanguage="es") as refused:
        assert (await refused.next())["code"] == "SERVICE_UNAVAILABLE"
        assert await refused.closed() == 1001


@pytest.mark.parametrize(("trusted", "expected"), [("", "127.0.0.1"), ("127.0.0.1", "203.0.113.9")])
async def test_the_address_that_a_proxy_writes_counts_only_if_it_is_trusted(trusted: str, expected: str) -> None:
    database = AsyncDatabase("memory:")
    app = create_app(database, EchoTranslator(), Settings(trusted_proxies=trusted))
    async with running(app) as address:
        url = f"ws://{address}/ws?action=createSession&sourceLanguage=es"
        async with connect(url, additional_headers={"X-Forwarded-For": "203.0.113.9"}, proxy=None) as websocket:
            await websocket.recv()
            assert await database.get(limiter_of(Limit("connection_attempt", "ip", 1, 60)).key(expected)) is not None
