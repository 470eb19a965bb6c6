from __future__ import annotations

from itertools import product

import pytest

from dynalayer.migrate.dual import FIRST, LAST, PHASES, IllegalTransition, phase, phase_of_flags
from dynalayer.migrate.dual.phases import check_cutover, check_rollback


def test_each_phase_is_known_by_its_four_flags_and_no_other_combination_is_a_phase() -> None:
    found: list[int] = []
    refused: list[str] = []
    for reads_sql, reads_dynamodb, writes_sql, writes_dynamodb in product([False, True], repeat=4):
        try:
            found.append(
                phase_of_flags(
                    reads_sql=reads_sql,
                    reads_dynamodb=reads_dynamodb,
                    writes_sql=writes_sql,
                    writes_dynamodb=writes_dynamodb,
                ).number
            )
        except IllegalTransition as error:
            refused.append(str(error))
    assert sorted(found) == [1, 2, 3, 4, 5]
    assert all(each.startswith("no phase") for each in refused)


def test_forward_goes_one_step_and_back_one_step_or_to_the_first() -> None:
    forward: set[tuple[int, int]] = set()
    back: set[tuple[int, int]] = set()
    for now, to in product(PHASES, PHASES):
        for check, found in ((check_cutover, forward), (check_rollback, back)):
            try:
                check(now, to)
                found.add((now.number, to.number))
            except IllegalTransition:
                pass
    assert forward == {(1, 2), (2, 3), (3, 4), (4, 5)}
    assert back == {(2, 1), (3, 2), (3, 1), (4, 3), (4, 1), (5, 4), (5, 1)}


def test_the_answer_is_always_of_a_database_that_is_read_and_written() -> None:
    for each in PHASES:
        sql = each.returns == "sql"
        assert (each.reads_sql and each.writes_sql) if sql else (each.reads_dynamodb and each.writes_dynamodb)


def test_phases_that_are_not_there_are_refused() -> None:
    for number in (0, 6):
        with pytest.raises(IllegalTransition, match="the phases are 1 to 5"):
            phase(number)
    assert (phase(1), phase(5)) == (FIRST, LAST)
