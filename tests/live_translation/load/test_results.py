from benchmarks.crowd.results import Result, table
from benchmarks.crowd.truth import Tables


def test_a_table_has_a_row_for_each_result_and_says_what_is_wrong() -> None:
    good = Result("a one session x1", listeners=500, heard=12_345, p99=41.4, tables="right")
    bad = Result("c all leave", lost=3, failures=["3 finals were never reported"], notes=["it was slow"])
    lines = table([good, bad]).splitlines()
    assert "12,345" in lines[2]
    assert lines[2].endswith("right")
    assert lines[-2:] == ["c all leave: it was slow", "c all leave: WRONG: 3 finals were never reported"]
    assert (good.is_good, bad.is_good) == (True, False)


def test_tables_are_held_against_the_truth() -> None:
    right = Tables(counted={"s": 2}, listening={"s": 2}, speakers=1)
    assert right.against({"s": 2}) == []
    assert Tables({"s": 3}, {"s": 2}, 1).against({"s": 2}) == [
        "a session of 2 listeners counts 3 and has 2 connections"
    ]
    assert Tables({"s": 2}, {"s": 1}, 1).against({"s": 2}) == [
        "a session of 2 listeners counts 2 and has 1 connections"
    ]
    assert Tables({"s": 2, "ghost": 0}, {"s": 2, "gone": 1}, 2).against({"s": 2}) == [
        "a session of 0 listeners counts 0 and has 1 connections",
        "2 speakers are there, 1 should be",
    ]
