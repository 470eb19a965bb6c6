import asyncio
from typing import Any

import msgspec
import pytest
from live_translation.broadcasting.broadcast import Broadcaster
from live_translation.broadcasting.pipeline import Pipeline
from live_translation.errors import ServiceProblem
from live_translation.sessions.membership import Membership
from live_translation.sessions.validation import SessionOptions
from live_translation.settings import Settings
from live_translation.translation.cached_translations import CachedTranslationsRepository
from live_translation.translation.translating import Translations

from dynalayer import AsyncDatabase
from tests.live_translation.doubles import EchoTranslator, ManualClock, Posts, no_sleep

pytestmark = pytest.mark.anyio


class Room:
    """A session with a pipeline, and what its listeners were sent."""

    def __init__(self, database: AsyncDatabase, settings: Settings, clock: ManualClock) -> None:
        self.translator = EchoTranslator()
        self.posts = Posts()
        self.membership = Membership(database, settings, clock)
        translations = Translations(CachedTranslationsRepository(database, clock), self.translator, 0.05)
        broadcaster = Broadcaster(self.posts, self.membership.leave, no_sleep)
        self.pipeline = Pipeline(self.membership, translations, broadcaster, settings, clock)
        self.session_id = ""

    async def open(self, **listeners: str) -> None:
        self.session_id = (await self.membership.create("speaker", None, SessionOptions("es"))).session_id
        for connection_id, language in listeners.items():
            await self.membership.join(connection_id, None, self.session_id, language)

    async def say(self, segment_id: str, text: str = "Hola.") -> Any:
        return await self.pipeline.process(self.session_id, segment_id, text)

    def heard(self, connection_id: str) -> list[Any]:
        return [msgspec.json.decode(text) for to, text in self.posts.sent if to == connection_id]


@pytest.fixture
def room(database: AsyncDatabase, settings: Settings, clock: ManualClock) -> Room:
    return Room(database, settings, clock)


async def test_each_hears_their_language(room: Room, clock: ManualClock) -> None:
    await room.open(a="ca", b="en", c="es")
    report = await room.say("s1")
    assert (report.languages, report.translated, report.listeners) == (("ca", "en", "es"), 2, 3)
    assert room.heard("a") == [
        {
            "type": "caption",
            "timestamp": int(clock() * 1000),
            "sessionId": room.session_id,
            "segmentId": "s1",
            "sequenceNumber": 1,
            "sourceLanguage": "es",
            "targetLanguage": "ca",
            "text": "[ca] Hola.",
            "confidence": 0.5,
            "engine": "Echo",
        }
    ]
    assert [each["text"] for each in room.heard("b") + room.heard("c")] == ["[en] Hola.", "Hola."]


async def test_a_text_is_translated_once_for_each_language_however_many_listen(room: Room) -> None:
    await room.open(a="ca", b="ca", c="ca", d="en")
    assert (await room.say("s1")).listeners == 4
    assert sorted(room.translator.asked) == [("ca", "Hola."), ("en", "Hola.")]


async def test_without_listeners_nothing_is_translated_and_the_number_counts(room: Room) -> None:
    await room.open()
    assert (await room.say("s1")).sequence_number == 1
    await room.membership.join("a", None, room.session_id, "ca")
    assert (await room.say("s2")).sequence_number == 2
    assert room.translator.asked == [("ca", "Hola.")]


async def test_a_language_that_fails_is_left_out_and_nothing_untranslated_is_sent(room: Room) -> None:
    await room.open(a="ca", b="en")
    room.translator.failing = {"ca"}
    report = await room.say("s1")
    assert (report.languages, report.failed_languages) == (("en",), ("ca",))
    assert room.heard("a") == []
    assert len(room.heard("b")) == 1


async def test_an_engine_that_hangs_for_one_text_holds_nobody_for_long(room: Room) -> None:
    await room.open(a="ca", b="es")
    room.translator.gate.clear()
    report = await room.say("s1")
    assert (report.languages, report.failed_languages, report.listeners) == (("es",), ("ca",), 1)


async def test_a_segment_said_twice_is_heard_once(room: Room) -> None:
    await room.open(a="ca")
    first = await room.say("s1")
    again = await room.say("s1", "Otra cosa.")
    assert (first.duplicate, again.duplicate) == (False, True)
    assert again.sequence_number == first.sequence_number
    assert len(room.heard("a")) == 1


async def test_a_segment_said_twice_at_once_is_heard_once(room: Room) -> None:
    await room.open(a="ca")
    reports = await asyncio.gather(*(room.say("s1") for _ in range(5)))
    assert sorted(report.duplicate for report in reports) == [False, True, True, True, True]
    assert len(room.heard("a")) == 1


async def test_a_refrain_is_heard_again_and_comes_from_the_cache(room: Room) -> None:
    await room.open(a="ca")
    assert (await room.say("s1")).from_cache == 0
    assert (await room.say("s2")).from_cache == 1
    assert [each["sequenceNumber"] for each in room.heard("a")] == [1, 2]
    assert len(room.translator.asked) == 1


async def test_finals_are_heard_in_the_order_in_which_they_came(room: Room) -> None:
    await room.open(a="ca", b="es")
    await asyncio.gather(*(room.say(f"s{number}", f"Frase {number}.") for number in range(1, 21)))
    for listener in ("a", "b"):
        assert [each["sequenceNumber"] for each in room.heard(listener)] == list(range(1, 21))
        assert [each["segmentId"] for each in room.heard(listener)] == [f"s{number}" for number in range(1, 21)]


async def test_a_listener_who_is_gone_is_counted_out(room: Room) -> None:
    await room.open(a="ca", b="ca")
    room.posts.gone = {"a"}
    assert (await room.say("s1")).listeners == 1
    session = await room.membership.sessions.get_session(room.session_id)
    assert session is not None
    assert session.listener_count == 1
    assert await room.membership.leave("a") is None


async def test_who_changes_language_hears_the_new_one(room: Room) -> None:
    await room.open(a="ca")
    await room.say("s1")
    await room.membership.connections.change_language("a", "fr")
    await room.say("s2")
    assert [each["targetLanguage"] for each in room.heard("a")] == ["ca", "fr"]


async def test_an_ended_session_takes_no_speech(room: Room) -> None:
    await room.open(a="ca")
    await room.membership.end(room.session_id)
    with pytest.raises(ServiceProblem, match="404 SESSION_NOT_FOUND"):
        await room.say("s1")
    assert room.heard("a") == []


async def test_a_session_past_its_hours_takes_no_speech(room: Room, clock: ManualClock) -> None:
    await room.open(a="ca")
    clock.forward(2 * 3_600)
    with pytest.raises(ServiceProblem, match="404 SESSION_NOT_FOUND"):
        await room.say("s1")
