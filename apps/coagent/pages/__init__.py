"""What a person sees: one HTML file, one style sheet, and ES modules, served as they are.

Nothing in them is inline, nothing comes from outside, and whatever users have written goes into the page as text.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

__all__ = ["NAMES", "SHELL", "STATIC"]

STATIC: Final = Path(__file__).parent / "static"
"""What the pages ask for under `/static/`."""

SHELL: Final = Path(__file__).parent / "shell.html"
"""The one file that is every page: its script looks at the address and loads the view."""

NAMES: Final = (
    "",
    "profile",
    "reviews",
    "library",
    "plans",
    "competitors",
    "reports",
    "training",
    "activity",
    "account",
    "sign-in",
)
"""The addresses of the pages, without the slash."""
