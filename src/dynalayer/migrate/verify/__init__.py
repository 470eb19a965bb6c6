"""Comparing source and target, row by row and both ways, and mending what differs."""

from .comparing import differing, item_hash
from .run import CannotTellOrphans, Count, Difference, Report, Verifier, shown

__all__ = ["CannotTellOrphans", "Count", "Difference", "Report", "Verifier", "differing", "item_hash", "shown"]
