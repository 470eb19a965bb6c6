"""The two executors of statements, and how they connect and retry."""

from ._async import AsyncDatabase
from ._sync import Database
from .connect import parse_url
from .retry import RetryPolicy

__all__ = ["AsyncDatabase", "Database", "RetryPolicy", "parse_url"]
