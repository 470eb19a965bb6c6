from typing import Any

import pytest
from live_translation.errors import ServiceProblem
from live_translation.hearing.hearings import Hearings
from live_translation.partials.processors import Processors
from live_translation.settings import Settings
from live_translation.tables import Session

from tests.live_translation.doubles import ManualClock
from tests.live_translation.hearing.test_hearing import ScriptedRecogniser

pytestmark = pytest.mark.anyio


def session(session_id: str, user: str | None) -> Session:
    return Session(
        session_id=session_id,
        speaker_connection_id="c",
        speaker_user_id=user,
        source_language="en",
        created_at=0,
        expires_at=0,
    )


@pytest.fixture
def hearings() -> Hearings:
    async def tell(session_id: str, kind: str, fields: dict[str, Any]) -> None:
        raise AssertionError

    settings = Settings()
    processors = Processors(None, settings, now=ManualClock())  # type: ignore[arg-type]
    return Hearings(ScriptedRecogniser(), processors, settings, tell, now=ManualClock())


async def test_a_speaker_is_heard_in_one_session_at_a_time(hearings: Hearings) -> None:
    first = hearings.of(session("faithful-shepherd-417", "ada"))
    assert hearings.of(session("faithful-shepherd-417", "ada")) is first
    with pytest.raises(ServiceProblem, match="429 MAX_SESSIONS_EXCEEDED"):
        hearings.of(session("steadfast-olive-202", "ada"))
    hearings.of(session("steadfast-olive-203", "bob"))
    hearings.forget("faithful-shepherd-417")
    hearings.of(session("steadfast-olive-202", "ada"))
    assert len(hearings) == 2


async def test_those_without_a_name_are_not_one_and_the_same(hearings: Hearings) -> None:
    hearings.of(session("faithful-shepherd-417", None))
    hearings.of(session("steadfast-olive-202", None))
    await hearings.stop()
    assert len(hearings) == 0


async def test_a_session_that_sent_no_sound_has_no_last_words(hearings: Hearings) -> None:
    await hearings.finish("faithful-shepherd-417")
    hearings.forget("faithful-shepherd-417")
