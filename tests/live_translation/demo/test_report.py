from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from typing import Any

import pytest
from live_translation.demo.accounting import Account, Fault, Trouble
from live_translation.demo.audit import Check
from live_translation.demo.progress import Progress
from live_translation.demo.report import Report

GOOD = Report(
    session_id="faithful-shepherd-417",
    listeners=60,
    languages=5,
    seed=7,
    segments=108,
    partials=472,
    translated=485,
    from_cache=55,
    untranslated=(),
    leaves=45,
    stays=105,
    account=Account(5806, 5806, 3, (), (0.010, 0.020, 0.030)),
    checks=(Check("before the talk", 50, 50, 50, 0.01), Check("after the end", 0, None, 0, 0.01)),
    file_size=475_136,
    engine="Apertium",
    seconds=33.14,
)


def test_a_good_run_says_so_and_shows_its_figures() -> None:
    table = GOOD.to_table()
    assert "5,806 (and 3 to listeners coming or going)" in table
    assert "540 asked, 55 answered from cache" in table
    assert "p50 20.0 ms, p99 30.0 ms" in table
    assert "464 KiB" in table
    assert table.endswith("Nothing lost, nothing doubled, all counts agree.")
    assert (GOOD.to_json()["ok"], GOOD.to_json()["failures"]) == (True, [])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"account": Account(2, 1, 0, (Fault(Trouble.lost, "s1", 4),), ())}, "s1: not delivered (listener 4)"),
        ({"untranslated": ("s1: not translated to ca",)}, "s1: not translated to ca"),
        ({"checks": (Check("now", 3, 4, 3, 5.0),)}, "the counts do not agree now: 3 sockets open, listenerCount 4"),
        ({"checks": (Check("now", 3, 3, 2, 5.0),)}, "2 connections in the table"),
        ({"account": Account(0, 0, 0, (), ())}, "no delivery was expected"),
    ],
)
def test_whatever_is_wrong_fails_the_run_and_is_named(change: dict[str, Any], words: str) -> None:
    report = replace(GOOD, **change)
    assert not report.is_good
    assert report.to_json()["ok"] is False
    assert words in "\n".join(report.failures)
    assert words in report.to_table().partition("FAILED:")[2]


def test_a_thousand_faults_are_counted_and_ten_are_shown() -> None:
    faults = tuple(Fault(Trouble.lost, "s1", listener) for listener in range(1000))
    verdict = replace(GOOD, account=Account(1000, 0, 0, faults, ())).to_table().partition("FAILED:")[2]
    assert "1,000 × not delivered" in verdict
    assert "and 990 more" in verdict
    assert len(verdict.splitlines()) == 13


class Listening(io.StringIO):
    """Tells when enough has been written."""

    def __init__(self, enough: str, *, person: bool) -> None:
        super().__init__()
        self.has_enough = asyncio.Event()
        self._enough = enough
        self._person = person

    def isatty(self) -> bool:
        return self._person

    def write(self, text: str, /) -> int:
        written = super().write(text)
        if self._enough in self.getvalue():
            self.has_enough.set()
        return written


async def shown(stream: Listening) -> str:
    progress = Progress(stream, lambda: "3/8")
    showing = asyncio.create_task(progress.run())
    await stream.has_enough.wait()
    progress.say("done")
    showing.cancel()
    await asyncio.gather(showing, return_exceptions=True)
    return stream.getvalue()


@pytest.fixture
def in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("live_translation.demo.progress.PERSON_EVERY", 0.001)
    monkeypatch.setattr("live_translation.demo.progress.PIPE_EVERY", 0.001)


@pytest.mark.usefixtures("in_no_time")
def test_a_pipe_gets_plain_lines() -> None:
    written = asyncio.run(shown(Listening("3/8\n3/8\n", person=False)))
    assert set(written.splitlines()) == {"3/8", "done"}


@pytest.mark.usefixtures("in_no_time")
def test_a_person_sees_one_line_that_changes_and_then_goes() -> None:
    written = asyncio.run(shown(Listening("3/8", person=True)))
    assert written.endswith("\r\x1b[2Kdone\n")
    assert written.count("\n") == 1
