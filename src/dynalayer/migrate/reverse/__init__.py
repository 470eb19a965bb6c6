"""The way back: items that were written in DynamoDB alone become rows of SQL again."""

from .reversal import ChildReversal, Given, Reversal, reversals
from .sync import CannotSync, Progress, Sync

__all__ = ["CannotSync", "ChildReversal", "Given", "Progress", "Reversal", "Sync", "reversals"]
