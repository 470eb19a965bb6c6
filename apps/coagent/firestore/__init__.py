"""The way from Firestore: which documents of the application's first life become which of the twelve kinds."""

from pathlib import Path
from typing import Final

CONTRACT: Final = Path(__file__).with_name("contract.json")
"""For `dynalayer migrate`, whose guide tells what each rule in it says."""

__all__ = ["CONTRACT"]
