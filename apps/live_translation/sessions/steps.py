"""Several writes as one step: all of them or none, and it is told which were refused."""

from __future__ import annotations

from typing import Any, Final

from dynalayer import AsyncDatabase, Check, Create, Delete, TransactionCanceled, Update
from live_translation.errors import service_unavailable
from live_translation.sessions.failures import CONFLICT, REFUSED, is_service_failure

ROUNDS: Final = 10
"""How often a step is tried that others get in the way of."""

Action = Create[Any] | Update[Any] | Delete[Any] | Check[Any]


async def attempt(database: AsyncDatabase, *actions: Action) -> tuple[bool, ...]:
    """Do all or none; gives for each whether its condition refused it, so that all False means done.

    Raises `ServiceProblem` 503 if others are always in the way, or the database has no room. It has tried conflicting
    transactions again by itself; in a crowd that may not be often enough.
    """
    for _ in range(ROUNDS):
        try:
            await database.transact(*actions)
        except TransactionCanceled as error:
            codes = [reason.code for reason in error.reasons]
            if REFUSED in codes:
                return tuple(code == REFUSED for code in codes)
            if not is_service_failure(error):
                raise
            if CONFLICT not in codes:
                break
        else:
            return (False,) * len(actions)
    raise service_unavailable()
