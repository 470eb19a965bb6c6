"""Each scenario of the benchmark with a few listeners for a few seconds, so that it does not rot."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.crowd.results import Progress, Result
from benchmarks.crowd.scenarios import (
    Options,
    a_process_dies,
    all_leave_at_once,
    crowded_session,
    many_sessions,
    one_stalls,
)
from benchmarks.crowd.talking import WORDS_PER_MINUTE, sentences
from benchmarks.live import arguments

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("live load")]


@pytest.fixture
def options(tmp_path: Path) -> Options:
    return Options(
        directory=tmp_path,
        minutes=0.1,
        speed=40,
        listeners=12,
        sessions=3,
        listeners_each=5,
        clients=1,
        engine="phrasebook",
    )


async def run(scenario: Callable[[Options, Progress], Awaitable[list[Result]]], options: Options) -> list[Result]:
    results = await scenario(options, Progress(as_json=False))
    assert [result for result in results if not result.is_good] == []
    return results


async def test_one_session_is_heard_by_all_at_both_speeds(options: Options) -> None:
    slow, fast = await run(crowded_session, options)
    assert slow.heard == fast.heard == 12 * len(sentences(0, 0.1))
    assert slow.seconds > fast.seconds
    assert (fast.p99 or 0) > 0


async def test_many_sessions_are_heard_each_by_its_own(options: Options) -> None:
    slow, _ = await run(many_sessions, options)
    assert slow.listeners == 15


async def test_all_leave_at_once(options: Options) -> None:
    [result] = await run(all_leave_at_once, options)
    assert (result.listeners, result.tables) == (12, "right")


async def test_all_others_hear_everything_beside_one_that_does_not_read(options: Options) -> None:
    [result] = await run(one_stalls, options)
    assert result.heard == 11 * 40


async def test_a_talk_goes_on_when_a_process_dies(options: Options) -> None:
    [result] = await run(a_process_dies, replace(options, speed=20, processes=2))
    assert result.listeners == 12


def test_sentences_last_as_long_as_was_asked_and_are_never_the_same() -> None:
    one, other = sentences(1, 2), sentences(2, 2)
    assert 2 * WORDS_PER_MINUTE <= sum(len(text.split()) for text in one) < 2.2 * WORDS_PER_MINUTE
    assert len({*one, *other}) == len(one) + len(other)


def test_scenarios_that_there_are_not_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        arguments(["z"])
    assert "there is no scenario z" in capsys.readouterr().err
