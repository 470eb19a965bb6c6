"""Two processes' worth of the service in one event loop, over one file."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from live_translation.gateway.server import create_app, running
from live_translation.gateway.service import Service
from live_translation.sessions.validation import SessionOptions
from live_translation.settings import Settings

from dynalayer import AsyncDatabase
from tests.live_translation.clients import listener, speaker
from tests.live_translation.doubles import EchoTranslator, eventually

pytestmark = pytest.mark.anyio


@pytest.fixture
def place(tmp_path: Path) -> Path:
    directory = tmp_path / "p"
    directory.mkdir(mode=0o700)
    return directory


@asynccontextmanager
async def process(tmp_path: Path, place: Path, settings: Settings) -> AsyncIterator[tuple[str, Service]]:
    database = AsyncDatabase(f"embedded:{tmp_path}/live.db")
    app = create_app(database, EchoTranslator(), settings, meeting_place=place)
    async with running(app) as address:
        yield address, app.state.service


async def count(service: Service, session_id: str) -> int:
    session = await service.membership.sessions.get_session(session_id)
    assert session is not None
    return session.listener_count


async def test_a_talk_is_heard_in_every_process_and_ends_in_all(
    tmp_path: Path, place: Path, settings: Settings
) -> None:
    async with asyncio.timeout(30), AsyncExitStack() as stack:
        (first, _), (second, _) = [
            await stack.enter_async_context(process(tmp_path, place, settings)) for _ in range(2)
        ]
        speaking, session_id = await stack.enter_async_context(speaker(first))
        listeners = [
            await stack.enter_async_context(listener(address, session_id, language))
            for address in (first, second)
            for language in ("ca", "en", "ca")
        ]
        for number in range(1, 11):
            assert (await speaking.say(f"s{number}", f"Frase {number}."))["listeners"] == 6
        for each in listeners:
            assert [(await each.answer("caption"))["sequenceNumber"] for _ in range(10)] == list(range(1, 11))
        await listeners[5].send("changeLanguage", targetLanguage="en")
        status = await speaking.answer("sessionStatus")
        while status["languageDistribution"] != {"ca": 3, "en": 3}:
            status = await speaking.answer("sessionStatus")
        await speaking.send("endSession")
        for each in listeners:
            assert (await each.answer("sessionEnded"))["sessionId"] == session_id
            assert await each.closed() == 1000


async def test_a_listener_of_another_process_who_is_lost_is_counted_out(
    tmp_path: Path, place: Path, settings: Settings
) -> None:
    async with asyncio.timeout(30), AsyncExitStack() as stack:
        (first, service), (second, _) = [
            await stack.enter_async_context(process(tmp_path, place, settings)) for _ in range(2)
        ]
        speaking, session_id = await stack.enter_async_context(speaker(first))
        async with listener(second, session_id, "ca"):
            assert await count(service, session_id) == 1
        await eventually(lambda: _is_empty(service, session_id))
        assert (await speaking.say("s1", "Hola."))["listeners"] == 0


async def _is_empty(service: Service, session_id: str) -> bool:
    return await count(service, session_id) == 0


async def test_a_process_that_stops_ends_its_own_sessions_and_no_others(
    tmp_path: Path, place: Path, settings: Settings
) -> None:
    async with asyncio.timeout(30), AsyncExitStack() as stack:
        first, service = await stack.enter_async_context(process(tmp_path, place, settings))
        speaking, session_id = await stack.enter_async_context(speaker(first))
        async with AsyncExitStack() as inner:
            second, _ = await inner.enter_async_context(process(tmp_path, place, settings))
            listening = await stack.enter_async_context(listener(second, session_id, "ca"))
            other, other_id = await stack.enter_async_context(speaker(second))
            heard = await stack.enter_async_context(listener(first, other_id, "ca"))
        assert await listening.closed() == 1001
        assert await other.answer("sessionEnded")
        assert await heard.answer("sessionEnded")
        assert await service.membership.sessions.is_session_active(session_id)
        await eventually(lambda: _is_empty(service, session_id))
        assert (await speaking.say("s1", "Hola."))["listeners"] == 0


async def test_connections_without_a_socket_are_found_at_the_start(
    tmp_path: Path, place: Path, settings: Settings
) -> None:
    async with asyncio.timeout(30), AsyncExitStack() as stack:
        first, service = await stack.enter_async_context(process(tmp_path, place, settings))
        _, session_id = await stack.enter_async_context(speaker(first))
        await stack.enter_async_context(listener(first, session_id, "ca"))
        await service.membership.join("dead.1", None, session_id, "ca")
        assert await count(service, session_id) == 2
        await stack.enter_async_context(process(tmp_path, place, settings))
        assert await count(service, session_id) == 1


async def test_a_speaker_without_a_socket_has_time_to_come_back(
    tmp_path: Path, place: Path, settings: Settings
) -> None:
    async with asyncio.timeout(30), process(tmp_path, place, settings) as (_, service):
        session = await service.membership.create("dead.1", None, SessionOptions("es"), "ada")
        assert await service.orphans.release() == 1
        assert await service.membership.sessions.is_session_active(session.session_id)
        again = await service.membership.refreshing.speaker("living.1", None, session.session_id, "ada")
        assert again.session_id == session.session_id
        assert await service.membership.sessions.is_session_active(session.session_id)
