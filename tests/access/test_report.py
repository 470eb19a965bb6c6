from __future__ import annotations

import json
from decimal import Decimal

import msgspec

from dynalayer.access import ON_DEMAND, Finding, Report, Row

ROWS = (
    Row("read", "GetItem", "shop", "id = ?", None, 0.5, 0, 0.02, Decimal("0.0033")),
    Row("a long name", "Query", "shop by index", "owner = ?", 1200, 150.0, 0, None, None),
)
FINDINGS = (
    Finding("hint", "growth", "read", "it grows", "bound it"),
    Finding("error", "scan", "a long name", "it reads all", "query instead"),
)


def test_columns_are_aligned_and_numbers_flush_right() -> None:
    head, read, query, total, *_ = str(Report(ROWS, (), ON_DEMAND)).splitlines()
    assert head == "pattern      operation  on             by         items  RCU  WCU  a second  USD a month"
    assert read == "read         GetItem    shop           id = ?            0.5           0.02         0.00"
    assert query == "a long name  Query      shop by index  owner = ?  1,200  150"
    assert total.startswith("total 0.00 USD a month (on demand in us-east-1, prices of 2024-11-01: 0.125 USD")


def test_errors_are_told_first_each_with_its_way_out() -> None:
    text = str(Report(ROWS, FINDINGS, ON_DEMAND))
    assert text.endswith(
        "error [scan] a long name: it reads all\n    query instead\n"
        "hint [growth] read: it grows\n    bound it\n"
        "2 patterns: 1 error, 0 warnings, 1 hint"
    )


def test_only_hints_pass() -> None:
    assert Report(ROWS, FINDINGS[:1], ON_DEMAND).ok
    assert not Report(ROWS, FINDINGS, ON_DEMAND).ok


def test_the_same_is_there_for_a_program() -> None:
    found = json.loads(msgspec.json.encode(Report(ROWS, FINDINGS, ON_DEMAND).as_json()))
    assert found["ok"] is False
    assert [row["month"] for row in found["patterns"]] == [0.0033, None]
    assert found["findings"][1] == {
        "severity": "error",
        "code": "scan",
        "name": "a long name",
        "reason": "it reads all",
        "way_out": "query instead",
    }
    assert found["prices"]["of"] == "on demand in us-east-1, prices of 2024-11-01"
