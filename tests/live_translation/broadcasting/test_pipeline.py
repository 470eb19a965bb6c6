from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as settings_of
from hypothesis import strategies as st
from live_translation.broadcasting.broadcast import Broadcaster
from live_translation.broadcasting.pipeline import Pipeline
from live_translation.broadcasting.sound import Sound
from live_translation.broadcasting.turns import Turns
from live_translation.errors import ServiceProblem
from live_translation.metrics.recorder import Recorder
from live_translation.sessions.membership import Membership
from live_translation.sessions.validation import SessionOptions
from live_translation.settings import Settings
from live_translation.speech import NEUTRAL
from live_translation.tables import TABLES, Connection
from live_translation.translation.translating import Translations

from dynalayer import AsyncDatabase
from dynalayer.testing import AsyncFaults
from tests.live_translation.doubles import (
    EchoTranslator,
    ManualClock,
    Posts,
    ToneSynthesiser,
    eventually,
    interleaved,
    no_sleep,
)

pytestmark = pytest.mark.anyio


class Room:
    """A session with a pipeline, and what its listeners were sent."""

    def __init__(
        self, database: AsyncDatabase, settings: Settings, clock: ManualClock, name: str = "one", limit: float = 60
    ) -> None:
        self.database = database
        self.translator = EchoTranslator()
        self.posts = Posts()
        self.membership = Membership(database, settings, clock)
        translations = Translations(database, self.translator, clock, timeout=limit)
        broadcaster = Broadcaster(self.posts, self.membership.leave, no_sleep)
        self.voice = ToneSynthesiser("ca", "en", "es")
        self.sound = Sound(self.voice, broadcaster, clock, timeout=limit, sleep=no_sleep)
        self.turns = Turns(database, self.membership.sessions, clock, name, no_sleep)
        self.recorder = Recorder(clock)
        self.pipeline = Pipeline(
            self.membership, self.turns, translations, broadcaster, self.sound, settings, clock, self.recorder
        )
        self.session_id = ""

    async def open(self, **listeners: str) -> None:
        self.session_id = (await self.membership.create("speaker", None, SessionOptions("es"))).session_id
        for connection_id, language in listeners.items():
            await self.membership.join(connection_id, None, self.session_id, language)

    async def wants_sound(self, *connection_ids: str) -> None:
        for connection_id in connection_ids:
            await self.database.update(Connection.key(connection_id), Connection.audio.set(True))

    async def join(self, other: Room) -> None:
        """Serve the session of another process; both post to the same clients."""
        self.session_id, self.posts.sent = other.session_id, other.posts.sent

    async def say(self, segment_id: str, text: str = "Hola.") -> Any:
        return await self.pipeline.process(self.session_id, segment_id, text)

    def heard(self, connection_id: str, kind: str = "caption") -> list[Any]:
        messages = [msgspec.json.decode(text) for to, text in self.posts.sent if to == connection_id]
        return [message for message in messages if message["type"] == kind]


@pytest.fixture
async def room(database: AsyncDatabase, settings: Settings, clock: ManualClock) -> AsyncIterator[Room]:
    room = Room(database, settings, clock)
    yield room
    room.translator.gate.set()
    room.voice.gate.set()
    await room.pipeline.finish()


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


async def test_an_engine_that_hangs_for_one_text_holds_nobody_for_long(
    database: AsyncDatabase, settings: Settings, clock: ManualClock
) -> None:
    room = Room(database, settings, clock, limit=0.05)
    await room.open(a="ca", b="es")
    room.translator.gate.clear()
    report = await room.say("s1")
    assert (report.languages, report.failed_languages, report.listeners) == (("es",), ("ca",), 1)
    await room.pipeline.finish()


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


async def test_a_segment_that_another_process_did_is_not_done_again(
    room: Room, database: AsyncDatabase, settings: Settings, clock: ManualClock
) -> None:
    await room.open(a="ca")
    other = Room(database, settings, clock, "two")
    await other.join(room)
    assert (await room.say("s1")).sequence_number == 1
    await room.pipeline.finish()
    again = await other.say("s1")
    assert (again.sequence_number, again.duplicate) == (1, True)
    assert (await other.say("s2")).sequence_number == 2
    assert [each["sequenceNumber"] for each in room.heard("a")] == [1, 2]


async def test_a_segment_that_two_processes_get_at_once_is_heard_once(
    room: Room, database: AsyncDatabase, settings: Settings, clock: ManualClock
) -> None:
    await room.open(a="ca", b="es")
    other = Room(database, settings, clock, "two")
    await other.join(room)
    for number in range(1, 6):
        reports = await asyncio.gather(room.say(f"s{number}"), other.say(f"s{number}"))
        assert sorted(report.duplicate for report in reports) == [False, True]
    assert [each["sequenceNumber"] for each in room.heard("a")] == [1, 2, 3, 4, 5]
    assert [each["segmentId"] for each in room.heard("b")] == ["s1", "s2", "s3", "s4", "s5"]
    await other.pipeline.finish()


async def test_a_new_process_goes_on_where_the_last_one_was_killed(
    room: Room, database: AsyncDatabase, settings: Settings, clock: ManualClock
) -> None:
    await room.open(a="ca")
    await room.say("s1")
    room.translator.gate.clear()
    killed = asyncio.create_task(room.say("s2"))
    for _ in range(10):
        await asyncio.sleep(0)
    killed.cancel()
    other = Room(database, settings, clock, "two")
    await other.join(room)
    # It died before its turn, so nobody has heard it, and the speaker's second try is heard.
    assert (await other.say("s2")).sequence_number == 2
    assert [each["segmentId"] for each in room.heard("a")] == ["s1", "s2"]
    await other.pipeline.finish()


async def test_who_wants_sound_gets_it_after_the_caption_and_the_others_do_not(room: Room) -> None:
    await room.open(a="ca", b="ca", c="es")
    await room.wants_sound("a", "c")
    room.voice.seconds = 1.2
    report = await room.say("s1", "Hola.")
    await room.pipeline.finish()
    assert [(each["chunkIndex"], each["chunkCount"]) for each in room.heard("a", "audio")] == [(0, 3), (1, 3), (2, 3)]
    assert [(each["sequenceNumber"], each["targetLanguage"]) for each in room.heard("c", "audio")] == [(1, "es")] * 3
    assert room.heard("b", "audio") == []
    assert report.listeners == 3
    assert sorted(room.voice.asked) == [("ca", "[ca] Hola.", NEUTRAL), ("es", "Hola.", NEUTRAL)]
    kinds = [msgspec.json.decode(text)["type"] for to, text in room.posts.sent if to == "a"]
    assert kinds == ["caption", "audio", "audio", "audio"]


async def test_without_anybody_who_wants_sound_none_is_made(room: Room) -> None:
    await room.open(a="ca")
    await room.say("s1")
    await room.pipeline.finish()
    assert room.voice.asked == []


async def test_a_voice_that_fails_costs_its_language_the_sound_and_nobody_the_caption(room: Room) -> None:
    await room.open(a="ca", b="en", c="fr")
    await room.wants_sound("a", "b", "c")
    room.voice.failing = {"ca"}
    report = await room.say("s1")
    await room.pipeline.finish()
    assert report.languages == ("ca", "en", "fr")
    assert [len(room.heard(each)) for each in "abc"] == [1, 1, 1]
    assert [len(room.heard(each, "audio")) for each in "abc"] == [0, 1, 0]


async def test_what_is_not_translated_is_never_spoken(room: Room) -> None:
    await room.open(a="ca", b="en")
    await room.wants_sound("a", "b")
    room.translator.failing = {"ca"}
    await room.say("s1")
    await room.pipeline.finish()
    assert [language for language, _, _ in room.voice.asked] == ["en"]


async def test_captions_do_not_wait_for_sound_and_sound_keeps_its_order(room: Room) -> None:
    await room.open(a="ca")
    await room.wants_sound("a")
    room.voice.gate.clear()
    for number in range(1, 4):
        await room.say(f"s{number}", f"Frase {number}.")
    assert [each["sequenceNumber"] for each in room.heard("a")] == [1, 2, 3]
    assert room.heard("a", "audio") == []
    room.voice.gate.set()
    await room.pipeline.finish()
    assert [each["sequenceNumber"] for each in room.heard("a", "audio")] == [1, 2, 3]


async def test_sound_that_falls_behind_leaves_the_oldest_sentences_out(room: Room) -> None:
    await room.open(a="ca")
    await room.wants_sound("a")
    room.voice.gate.clear()
    for number in range(1, 9):
        await room.say(f"s{number}", f"Frase {number}.")
    room.voice.gate.set()
    await room.pipeline.finish()
    assert [each["sequenceNumber"] for each in room.heard("a", "audio")] == [5, 6, 7, 8]
    assert len(room.heard("a")) == 8


async def test_the_end_of_a_session_drops_the_sound_that_is_under_way(room: Room) -> None:
    await room.open(a="ca")
    await room.wants_sound("a")
    room.voice.gate.clear()
    await room.say("s1")
    room.pipeline.forget(room.session_id)
    await room.pipeline.finish()
    assert room.heard("a", "audio") == []


async def test_a_session_that_nobody_has_spoken_in_for_hours_is_forgotten(room: Room, clock: ManualClock) -> None:
    await room.open()
    await room.say("s1")
    clock.forward(3 * 3_600)
    with pytest.raises(ServiceProblem):
        await room.pipeline.process("holy-honey-697", "s1", "Hola.")
    assert room.pipeline._talks == {}


async def test_a_final_costs_two_reads_two_writes_and_its_translations(clock: ManualClock, settings: Settings) -> None:
    calls = AsyncFaults(AsyncDatabase("memory:", clock=clock).connection)
    async with AsyncDatabase(calls, clock=clock) as database:
        await database.create_tables(*TABLES)
        room = Room(database, settings, clock)
        await room.open(a="es", b="es")
        await room.say("s1")
        await room.pipeline.finish()
        calls.calls.clear()
        await room.say("s2")
        await room.pipeline.finish()
    assert sorted(calls.calls.operations) == ["GetItem", "Query", "UpdateItem", "UpdateItem"]


async def test_what_was_posted_is_told_to_who_watches(room: Room) -> None:
    await room.open(a="ca", b="en", c="ca")
    room.translator.failing = {"en"}
    room.posts.gone = {"c"}
    report = await room.say("s1")
    assert (report.listeners, report.failed, report.released) == (1, 0, 1)
    assert (report.cache_hit_rate, report.success_rate) == (0.0, 100.0)


async def test_of_nothing_there_is_no_percentage(room: Room) -> None:
    await room.open()
    report = await room.say("s1")
    assert (report.cache_hit_rate, report.success_rate) == (None, None)


async def test_all_languages_are_translated_at_once_and_spoken_at_once(room: Room) -> None:
    await room.open(a="ca", b="en", c="fr", d="es")
    await room.wants_sound("a", "b", "d")
    room.translator.gate.clear()
    room.voice.gate.clear()
    said = asyncio.create_task(room.say("s1"))
    await eventually(lambda: len(room.translator.asked) == 3)
    assert room.posts.sent == []
    room.translator.gate.set()
    await said
    await eventually(lambda: len(room.voice.asked) == 3)
    assert room.heard("a", "audio") == []
    room.voice.gate.set()
    await room.pipeline.finish()
    assert [len(room.heard(each, "audio")) for each in "abcd"] == [1, 1, 0, 1]


@settings_of(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    audience=st.lists(st.sampled_from(["ca", "en", "es", "fr"]), max_size=8),
    failing=st.sets(st.sampled_from(["ca", "en", "fr"])),
    segments=st.integers(1, 4),
    copies=st.integers(1, 3),
)
def test_whatever_fails_each_language_is_asked_for_once_and_the_others_hear(
    seed: int, audience: list[str], failing: set[str], segments: int, copies: int
) -> None:
    asyncio.run(_whatever_fails(seed, audience, failing, segments, copies))


async def _whatever_fails(seed: int, audience: list[str], failing: set[str], segments: int, copies: int) -> None:
    clock = ManualClock()
    async with interleaved(clock, seed) as database:
        await database.create_tables(*TABLES)
        room = Room(database, Settings(), clock)
        await room.open(**{f"listener{number}": language for number, language in enumerate(audience)})
        room.translator.failing = failing
        texts = {f"s{number}": f"Frase {number}." for number in range(segments)}
        await asyncio.gather(*(room.say(*each) for each in texts.items() for _ in range(copies)))
        await room.pipeline.finish()
        wanted = {(language, text) for language in set(audience) - {"es"} for text in texts.values()}
        assert sorted(room.translator.asked) == sorted(wanted)
        for number, language in enumerate(audience):
            heard = room.heard(f"listener{number}")
            numbers = [each["sequenceNumber"] for each in heard]
            assert numbers == ([] if language in failing else list(range(1, segments + 1)))
            assert {each["targetLanguage"] for each in heard} <= {language}
