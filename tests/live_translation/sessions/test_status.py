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
