"""The two executors of statements, and how they connect and retry."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._async import AsyncDatabase
from ._sync import Database
from .breaker import Breaker
from .budget import RetryBudget
from .hedging import Hedge
from .identifiers import sortable_id
from .retry import RetryPolicy
from .urls import parse_url
from .waiting import async_sleep

_LATER = {
    "Checkpoint": ".checkpoints",
    "Follower": ".following",
    "Gap": ".streamoptions",
    "StreamOptions": ".streamoptions",
}
"""What only programs that follow a stream load."""

if TYPE_CHECKING:
    from .checkpoints import Checkpoint
    from .following import Follower
    from .streamoptions import Gap, StreamOptions
else:

    def __getattr__(name: str) -> Any:
        if name in _LATER:
            return getattr(import_module(_LATER[name], __name__), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "AsyncDatabase",
    "Breaker",
    "Checkpoint",
    "Database",
    "Follower",
    "Gap",
    "Hedge",
    "RetryBudget",
    "RetryPolicy",
    "StreamOptions",
    "async_sleep",
    "parse_url",
    "sortable_id",
]
