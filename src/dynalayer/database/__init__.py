"""The two executors of statements, and how they connect and retry."""

from ._async import AsyncDatabase
from ._sync import Database
from .checkpoints import Checkpoint
from .connect import parse_url
from .following import Gap, StreamOptions
from .identifiers import sortable_id
from .retry import RetryPolicy
from .waiting import async_sleep

__all__ = [
    "AsyncDatabase",
    "Checkpoint",
    "Database",
    "Gap",
    "RetryPolicy",
    "StreamOptions",
    "async_sleep",
    "parse_url",
    "sortable_id",
]
