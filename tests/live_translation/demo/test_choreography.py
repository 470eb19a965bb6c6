from __future__ import annotations

from itertools import pairwise

import pytest
from live_translation.demo.choreography import LANGUAGES, choreograph


def test_the_same_seed_gives_the_same_and_another_another() -> None:
    assert choreograph(60, 30, 7) == choreograph(60, 30, 7)
    assert choreograph(60, 30, 7) != choreograph(60, 30, 8)


@pytest.mark.parametrize("seed", range(20))
def test_sixty_listeners_in_five_languages_leave_and_come_back_at_least_forty_times(seed: int) -> None:
    parts = choreograph(60, 30, seed)
    assert sum(len(part.absences) for part in parts) >= 40
    assert {part.language for part in parts} == set(LANGUAGES)
    assert [part.listener for part in parts] == list(range(60))


@pytest.mark.parametrize("listeners", [1, 2, 10, 61])
def test_nobody_leaves_before_arriving_or_is_away_at_the_end(listeners: int) -> None:
    for part in choreograph(listeners, 30, 7):
        moments = [part.arrive_at, *(when for each in part.absences for when in (each.leave_at, each.back_at))]
        assert all(earlier < later for earlier, later in pairwise(moments))
        assert moments[-1] < 30


def test_some_vanish_and_some_say_goodbye() -> None:
    absences = [absence for part in choreograph(60, 30, 7) for absence in part.absences]
    assert {absence.vanishes for absence in absences} == {True, False}
