"""Every metric of the catalogue is told by some room: an alarm on one that nobody tells would never be raised."""

from __future__ import annotations

import ast
from pathlib import Path

import live_translation
from live_translation.metrics import catalog
from live_translation.metrics.kinds import Metric

ROOMS = Path(live_translation.__file__).parent
DECLARED = {name for name, value in vars(catalog).items() if isinstance(value, Metric)}
NOT_TELLING = ("metrics/catalog.py", "metrics/alarms.py", "infrastructure.py")


def told() -> set[str]:
    """The metrics that are named where something is told."""
    names: set[str] = set()
    for path in ROOMS.rglob("*.py"):
        if not str(path).endswith(NOT_TELLING):
            names |= {node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)}
    return names


def test_every_metric_is_told_by_some_room() -> None:
    assert len(DECLARED) > 40
    assert sorted(DECLARED - told()) == []
