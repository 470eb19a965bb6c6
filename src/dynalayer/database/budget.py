"""How much a database may try again in all: retries must not become the load that keeps a service down."""

from __future__ import annotations

from threading import Lock
from typing import Final

from dynalayer.protocol import ConnectionLost, DynalayerError, InvalidValue

TOKENS: Final = 500.0
RETRY_COST: Final = 5.0
SILENCE_COST: Final = 10.0
"""The figures of the AWS SDKs' standard mode (SDK reference guide, "Retry behavior")."""


class RetryBudget:
    """A store of tokens that all calls of a database, threads and tasks alike, take their retries from.

    A retry costs `cost` tokens, one after no answer `silence_cost`; a call that ends well gives back what its last
    retry cost, or one token if it needed none. Of the 500 tokens that there are by default, a service that is down
    takes 50 to 100 retries; from then on each call is made once until some succeed. One budget may be given to several
    databases of a program. Raises `InvalidValue` for numbers below zero; `RetryBudget(math.inf)` never ends.
    """

    __slots__ = ("_lock", "cost", "limit", "silence_cost", "spent")

    def __init__(self, tokens: float = TOKENS, *, cost: float = RETRY_COST, silence_cost: float = SILENCE_COST) -> None:
        if not (tokens >= 0 and cost >= 0 and silence_cost >= 0):
            raise InvalidValue("a retry budget takes numbers of tokens from 0 on")
        self.limit = tokens
        self.cost = cost
        self.silence_cost = silence_cost
        self.spent = 0.0
        """Tokens taken and not given back; read without the lock, because most calls find 0 and are done."""
        self._lock = Lock()

    @property
    def tokens(self) -> float:
        """How many are left."""
        return self.limit - self.spent

    def take(self, error: DynalayerError) -> float | None:
        """What a retry after this error costs; None if that is more than there is."""
        price = self.silence_cost if isinstance(error, ConnectionLost) else self.cost
        with self._lock:
            if self.spent + price > self.limit:
                return None
            self.spent += price
        return price

    def give_back(self, tokens: float = 1.0) -> None:
        """Put tokens back, never more than were taken."""
        with self._lock:
            self.spent = max(0.0, self.spent - tokens)

    def __repr__(self) -> str:
        return f"<RetryBudget: {self.tokens:g} of {self.limit:g} tokens>"
