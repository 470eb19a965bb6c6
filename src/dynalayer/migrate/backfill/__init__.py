"""Filling the target from the source: resumable, at a rate, every row accounted for."""

from .journal import Claim, Journal, OtherMigration, Progress, Reject
from .rate import WriteRate
from .run import Backfill, Options, Step, Summary, TooManyRejects, open_journal
from .writing import TargetRefuses

__all__ = [
    "Backfill",
    "Claim",
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
    "open_journal",
]
