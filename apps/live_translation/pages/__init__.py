"""The pages for speakers, listeners and operators: plain HTML, CSS and ES modules, served as they are.

They work under `default-src 'self'; connect-src 'self' ws: wss:`: nothing is inline and nothing comes from outside.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["FOLDER", "STATIC"]

FOLDER = Path(__file__).parent
"""Holds `index.html`, `speaker.html`, `listener.html` and `operator.html`."""

STATIC = FOLDER / "static"
"""What the pages ask for under `/static/`."""
