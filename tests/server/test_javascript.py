"""AWS's JavaScript SDK v3 against the served engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

SCRIPT = Path(__file__).parent / "javascript" / "round_trip.cjs"


def test_the_javascript_sdk_goes_there_and_back(javascript: Callable[..., None], dynalayer_served: str) -> None:
    javascript(SCRIPT, dynalayer_served)
