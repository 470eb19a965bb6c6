"""What is remembered of requests, in the same table: creations that were made, and who tried to sign in how often."""

from __future__ import annotations

from typing import Final

from coagent.tables import coagent
from dynalayer.recipes import Idempotency, RateLimiter

CREATIONS: Final = Idempotency(coagent, "creation", keep_for=86_400, run_for=30)
"""Remembers for a day what a key has made; the table holds hashes of the key and of what was sent, and an id."""


def sign_ins(a_minute: int) -> RateLimiter:
    """How often one address may try to sign in; addresses are given as hashes."""
    return RateLimiter(coagent, "sign-in", capacity=a_minute, refill=a_minute, per=60)
