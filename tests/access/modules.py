"""Modules made for one test."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from dynalayer.access import Finding, Report, check


def module(*values: Any, **named: Any) -> ModuleType:
    made = ModuleType("made_for_a_test")
    made.__dict__.update({"patterns": list(values), **named})
    return made


def checked(*values: Any, **options: Any) -> Report:
    return check(module(*values), **options)


def found(report: Report, code: str, name: str | None = None) -> list[Finding]:
    return [each for each in report.findings if each.code == code and name in (None, each.name)]
