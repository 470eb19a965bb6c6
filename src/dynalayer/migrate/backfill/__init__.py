"""Filling the target from the source: resumable, at a rate, every row accounted for."""

from .claiming import Claimed, claimed
from .journal import Journal, OtherMigration, Progress, Reject
from .rate import WriteRate
from .run import AgeUnknown, Backfill, Options, Step, Summary, TooManyRejects
from .writing import TargetRefuses

__all__ = [
    "AgeUnknown",
    "Backfill",
    "Claimed",
    "Journal",
    "Options",
    "OtherMigration",
    "Progress",
    "Reject",
    "Step",
    "Summary",
    "TargetRefuses",
    "TooManyRejects",
    "WriteRate",
    "claimed",
]
