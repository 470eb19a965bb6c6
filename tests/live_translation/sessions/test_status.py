import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest
from live_translation.sessions.membership import Membership
from live_translation.sessions.status import INTERVAL_SECONDS, StatusReports
from live_translation.sessions.validation import SessionOptions
from live_translation.settings import Settings

from dynalayer import AsyncDatabase
from tests.live_translation.doubles import ManualClock, Posts, eventually

pytestmark = pytest.mark.anyio


class Pauses:
    """Sleeps until it is told that the time has passed."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.over = asyncio.Event()

    async def __call__(self, seconds: float) -> None:
        self.asked.append(seconds)
        self.over.clear()
        await self.over.wait()


class Scene:
    def __init__(self, database: AsyncDatabase, clock: ManualClock) -> None:
        self.posts = Posts()
        self.pauses = Pauses()
        self.membership = Membership(database, Settings(), clock)
        self.reports = StatusReports(self.membership, self.posts, clock, self.pauses)

    def counts(self) -> list[int]:
        return [msgspec.json.decode(text)["listenerCount"] for _, text in self.posts.sent]


@pytest.fixture
async def scene(database: AsyncDatabase, clock: ManualClock) -> AsyncIterator[Scene]:
    scene = Scene(database, clock)
    yield scene
    await scene.reports.stop()


async def test_the_first_change_is_told_at_once_and_the_next_ones_together(scene: Scene) -> None:
    session = await scene.membership.create("s", None, SessionOptions("es"))
    for number in range(1, 6):
        await scene.membership.join(str(number), None, session.session_id, "ca")
        scene.reports.changed(session.session_id)
        if number == 1:
            await eventually(lambda: bool(scene.pauses.asked))
    assert scene.counts() == [1]
    scene.pauses.over.set()
    await eventually(lambda: len(scene.pauses.asked) == 2)
    assert scene.counts() == [1, 5]
    assert scene.pauses.asked == [INTERVAL_SECONDS] * 2


async def test_without_a_change_nothing_is_told(scene: Scene) -> None:
    session = await scene.membership.create("s", None, SessionOptions("es"))
    scene.reports.changed(session.session_id)
    await eventually(lambda: bool(scene.pauses.asked))
    scene.pauses.over.set()
    await eventually(lambda: not scene.reports._reporting)
    assert scene.counts() == [0]


async def test_the_socket_that_speaks_now_is_told(scene: Scene) -> None:
    session = await scene.membership.create("old", None, SessionOptions("es"))
    await scene.membership.sessions.update_speaker_connection(session.session_id, "new")
    scene.reports.changed(session.session_id)
    await eventually(lambda: bool(scene.posts.sent))
    assert scene.posts.sent[0][0] == "new"


@pytest.mark.parametrize("trouble", ["gone", "ended"])
async def test_there_may_be_nobody_to_tell(scene: Scene, trouble: str) -> None:
    session = await scene.membership.create("s", None, SessionOptions("es"))
    if trouble == "gone":
        scene.posts.gone = {"s"}
    else:
        await scene.membership.end(session.session_id)
    scene.reports.changed(session.session_id)
    await eventually(lambda: bool(scene.pauses.asked))
    assert scene.counts() == []


async def test_a_new_language_is_told_as_such_and_another_listener_of_it_is_not(scene: Scene) -> None:
    session = await scene.membership.create("s", None, SessionOptions("es"))
    for number, language in enumerate(["ca", "ca", "fr"]):
        await scene.membership.join(str(number), None, session.session_id, language)
        scene.reports.changed(session.session_id)
        await eventually(lambda number=number: len(scene.posts.sent) == number + 1)
        scene.pauses.over.set()
        await asyncio.sleep(0)
        await eventually(lambda: not scene.reports.is_reporting(session.session_id))
    reasons = [msgspec.json.decode(text)["updateReason"] for _, text in scene.posts.sent]
    assert reasons == ["newLanguage", "listenerCountChange", "newLanguage"]


async def test_a_status_is_due_every_thirty_seconds_and_one_that_was_asked_for_counts(
    scene: Scene, clock: ManualClock
) -> None:
    session = await scene.membership.create("s", None, SessionOptions("es"))

    async def beat(seconds: float) -> str | None:
        clock.forward(seconds)
        status = await scene.reports.periodic(session, await scene.membership.connections.record_activity("s"))
        return None if status is None else status["updateReason"]

    assert await beat(29.9) is None
    assert await beat(0.1) == "periodic"
    clock.forward(20)
    asked = await scene.reports.requested(session, await scene.membership.connections.record_activity("s"))
    assert (asked["updateReason"], asked["broadcastState"]["isPaused"]) == ("requested", False)
    assert await beat(29.9) is None
    assert await beat(0.1) == "periodic"
