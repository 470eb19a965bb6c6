from decimal import Decimal

import pytest
from live_translation.partials import PartialRules
from live_translation.partials.processors import Processors
from live_translation.settings import Settings
from live_translation.tables import Session

from tests.live_translation.doubles import ManualClock

pytestmark = pytest.mark.anyio


def session(session_id: str = "faithful-shepherd-417", *, enabled: bool = True) -> Session:
    return Session(
        session_id=session_id,
        speaker_connection_id="c",
        source_language="es",
        created_at=0,
        expires_at=0,
        partial_results_enabled=enabled,
        min_stability_threshold=Decimal("0.70"),
        max_buffer_timeout=Decimal("2.5"),
    )


def processors(clock: ManualClock | None = None, *, keeps_time: bool = True, **settings: object) -> Processors:
    given = Settings(**settings)  # type: ignore[arg-type]
    return Processors(None, given, now=clock or ManualClock(), keeps_time=keeps_time)  # type: ignore[arg-type]


def test_the_rules_are_the_sessions_within_the_operators_p13() -> None:
    rules = processors(pause_threshold=1.5, orphan_timeout=20.0, max_rate_per_second=4).rules_of(session())
    assert rules == PartialRules(
        min_stability=0.70, max_buffer_timeout=2.5, pause=1.5, orphan=20.0, per_second=4, enabled=True
    )


def test_partial_results_are_used_only_where_everybody_wants_them_p13() -> None:
    assert not processors().rules_of(session(enabled=False)).enabled
    assert not processors(partial_results_enabled=False).rules_of(session()).enabled
    assert not processors(rollout_percentage=0).rules_of(session()).enabled
    assert not processors(keeps_time=False).rules_of(session()).enabled


def test_every_session_has_its_own_processor_p10() -> None:
    some = processors()
    first = some.of(session("faithful-shepherd-417"))
    assert some.of(session("steadfast-olive-202")) is not first
    assert some.of(session("faithful-shepherd-417")) is first


def test_a_session_that_is_over_is_forgotten() -> None:
    some = processors()
    first = some.of(session())
    some.forget(session().session_id)
    some.forget(session().session_id)
    assert len(some) == 0
    assert some.of(session()) is not first


def test_a_session_that_went_on_elsewhere_is_forgotten_after_its_hours() -> None:
    clock = ManualClock()
    some = processors(clock)
    some.of(session())
    clock.forward(7_201)
    some.of(session("steadfast-olive-202"))
    assert len(some) == 1
