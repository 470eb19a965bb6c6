from collections.abc import AsyncIterator
from typing import Any

import pytest
from live_translation.gateway.service import Service
from live_translation.metrics import catalog
from live_translation.settings import Settings

from dynalayer import AsyncDatabase
from tests.live_translation.doubles import EchoTranslator, ManualClock, no_sleep
from tests.live_translation.handlers.clients import Client, close, listener, speaker

pytestmark = pytest.mark.anyio

COUNTED = (
    catalog.SESSION_CREATION_COUNT,
    catalog.SESSION_DELETION_COUNT,
    catalog.SESSION_CONNECTIONS_DISCONNECTED,
    catalog.LISTENERS_NOTIFIED,
    catalog.PERIODIC_STATUS_UPDATES_SENT,
)


@pytest.fixture
async def service(database: AsyncDatabase, settings: Settings, clock: ManualClock) -> AsyncIterator[Service]:
    service = Service(database, EchoTranslator(), settings, clock, no_sleep)
    yield service
    await close(service)


@pytest.mark.parametrize(
    ("action", "fields", "kind", "state"),
    [
        ("pauseBroadcast", {}, "broadcastPaused", {"isPaused": True}),
        ("resumeBroadcast", {}, "broadcastResumed", {"isPaused": False}),
        ("muteBroadcast", {}, "broadcastMuted", {"isMuted": True}),
        ("unmuteBroadcast", {}, "broadcastUnmuted", {"isMuted": False}),
        ("setVolume", {"volumeLevel": 0.25}, "volumeChanged", {"volume": 0.25}),
        ("setVolume", {"volumeLevel": 0}, "volumeChanged", {"volume": 0.0, "isMuted": True}),
        ("speakerStateChange", {"state": {"isPaused": True, "volume": 1}}, "speakerStateChanged", {"isPaused": True}),
    ],
)
async def test_what_the_speaker_switches_everybody_hears_of(
    service: Service, action: str, fields: dict[str, Any], kind: str, state: dict[str, Any]
) -> None:
    speaking, session_id = await speaker(service)
    listeners = [await listener(service, session_id, language) for language in ("ca", "fr")]
    await speaking.send(action, **fields)
    answer = await speaking.answer(kind)
    assert (answer["sessionId"], answer["listenersNotified"]) == (session_id, 2)
    assert state.items() <= answer["broadcastState"].items()
    for each in listeners:
        told = await each.answer(kind)
        assert told["sessionId"] == session_id
        assert "listenersNotified" not in told
        assert ("broadcastState" in told) is (kind == "speakerStateChanged")
        assert told.get("volumeLevel") == fields.get("volumeLevel")


async def test_the_end_of_a_pause_tells_how_long_it_was(service: Service, clock: ManualClock) -> None:
    speaking, _ = await speaker(service)
    await speaking.send("pauseBroadcast")
    clock.forward(61.5)
    await speaking.send("resumeBroadcast")
    assert (await speaking.answer("broadcastResumed"))["pauseDuration"] == 61_500


async def test_a_listener_who_is_gone_is_counted_out_and_holds_nobody_up(
    service: Service, database: AsyncDatabase
) -> None:
    speaking, session_id = await speaker(service)
    gone, there = await listener(service, session_id), await listener(service, session_id)
    await service.sockets.forget(gone.id)
    await speaking.send("muteBroadcast")
    assert (await speaking.answer("broadcastMuted"))["listenersNotified"] == 1
    assert await there.answer("broadcastMuted")
    session = await service.membership.sessions.get_session(session_id)
    assert session is not None
    assert session.listener_count == 1


@pytest.mark.parametrize(
    ("action", "fields", "code"),
    [
        ("setVolume", {}, "MISSING_PARAMETER"),
        ("setVolume", {"volumeLevel": "loud"}, "INVALID_PARAMETER"),
        ("setVolume", {"volumeLevel": 1.01}, "INVALID_PARAMETER"),
        ("speakerStateChange", {}, "MISSING_PARAMETER"),
        ("speakerStateChange", {"state": {}}, "INVALID_PARAMETER"),
        ("speakerStateChange", {"state": {"isPaused": "yes"}}, "INVALID_PARAMETER"),
    ],
)
async def test_a_switch_that_makes_no_sense_is_refused_and_changes_nothing(
    service: Service, action: str, fields: dict[str, Any], code: str
) -> None:
    speaking, session_id = await speaker(service)
    await speaking.send(action, **fields)
    assert await speaking.refusal() == (400, code)
    session = await service.membership.sessions.get_session(session_id)
    assert session is not None
    assert session.broadcast_state.last_state_change == 0


ACTIONS = ["pauseBroadcast", "resumeBroadcast", "muteBroadcast", "unmuteBroadcast", "setVolume", "speakerStateChange"]


@pytest.mark.parametrize("action", ACTIONS)
async def test_listeners_switch_nothing(service: Service, action: str) -> None:
    _, session_id = await speaker(service)
    client = await listener(service, session_id)
    await client.send(action, volumeLevel=0, state={"isPaused": True})
    assert await client.refusal() == (403, "UNAUTHORIZED_ACTION")


async def test_a_listener_s_pause_is_confirmed_to_it_alone(service: Service) -> None:
    speaking, session_id = await speaker(service)
    client, other = await listener(service, session_id), await listener(service, session_id)
    await client.send("pausePlayback")
    assert (await client.answer("playbackPaused"))["sessionId"] == session_id
    assert not any(message["type"] == "playbackPaused" for message in other.messages())
    await speaking.send("pausePlayback")
    assert await speaking.refusal() == (403, "UNAUTHORIZED_ACTION")


async def test_who_comes_in_later_hears_of_the_state(service: Service) -> None:
    speaking, session_id = await speaker(service)
    await speaking.send("pauseBroadcast")
    late = await Client(service).connect("joinSession", sessionId=session_id, targetLanguage="ca")
    assert (await late.answer("sessionJoined"))["broadcastState"]["isPaused"] is True


async def test_what_listeners_are_told_is_counted_and_so_are_sessions(service: Service, clock: ManualClock) -> None:
    speaking, session_id = await speaker(service)
    await listener(service, session_id, "ca")
    await speaking.send("pauseBroadcast")
    clock.forward(30)
    await speaking.send("heartbeat")
    await speaking.answer("sessionStatus")
    assert service.monitor is not None
    await service.monitor.look()
    await speaking.send("endSession")
    _, tally = service.recorder.roll()
    told = {metric: tally.counts.get(metric.id) for metric in COUNTED}
    assert told == dict.fromkeys(COUNTED, 1)
    assert tally.counts[catalog.LISTENER_NOTIFICATION_FAILURES.id] == 0
    assert tally.timings[catalog.LISTENER_NOTIFICATION_LATENCY.id].count == 1
    assert tally.shares[catalog.ACTIVE_BUFFERS.id] == 0
