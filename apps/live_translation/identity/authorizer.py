"""Who a client is: a speaker by a token, or nobody in particular."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final

from live_translation import errors
from live_translation.clock import Clock
from live_translation.errors import ServiceProblem
from live_translation.identity import tokens
from live_translation.identity.keysets import Keys, KeysUnavailable, UnknownKey
from live_translation.identity.tokens import Expected, TokenExpired, TokenRefused

UNAVAILABLE: Final = "unavailable"
EXPIRED: Final = "expired"
INVALID: Final = "invalid"

_log = logging.getLogger(__name__)


class Authorizer:
    """Checks tokens: RS256 with a key of the issuer, issuer, audience, time, use, and that they name somebody.

    A client without a token is anonymous, which is enough to listen. One with a token that is not good is refused: to
    take it for anonymous would hide from a speaker why nothing works.
    """

    def __init__(self, keys: Keys, expected: Expected, clock: Clock) -> None:
        self._keys = keys
        self._expected = expected
        self._clock = clock

    async def user_of(self, query: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> str | None:
        """Whose token a client shows when it connects, None for an anonymous one.

        Raises `ServiceProblem`: 401 for a token that is not good, 503 while the issuer's keys cannot be had.
        """
        token = tokens.shown(query, headers)
        return None if token is None else await self.user(token)

    async def user(self, token: str) -> str:
        """Whose token this is; raises as `user_of` does."""
        try:
            key = await self._keys.key(tokens.key_id(token))
            return tokens.subject(token, key, self._expected, self._clock())
        except TokenRefused as refusal:
            _log.info("a token was refused: %s", refusal.reason)
            raise errors.unauthorized(*_told(refusal)) from None
        except UnknownKey:
            _log.info("a token was refused: its key is unknown")
            raise errors.unauthorized("Invalid token: its key is unknown.", INVALID) from None
        except KeysUnavailable as error:
            _log.warning("the issuer's keys cannot be had: %s", error)
            raise errors.speakers_unavailable() from None

    async def context(self, query: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> dict[str, str]:
        """What an API Gateway authorizer that lets everybody pass tells the handlers: `userId`, or the `error`.

        Refusals are left to the handlers because a browser cannot read the answer to a refused connection.
        """
        try:
            user = await self.user_of(query, headers)
        except ServiceProblem as problem:
            return {"error": _doubt_of(problem)}
        return {"userId": user or ""}


def _told(refusal: TokenRefused) -> tuple[str, str]:
    if isinstance(refusal, TokenExpired):
        return "Token expired.", EXPIRED
    return f"Invalid token: {refusal.reason}.", INVALID


def _doubt_of(problem: ServiceProblem) -> str:
    """A refusal in one text, since API Gateway hands on texts alone."""
    reason: str = problem.details.get("reason", UNAVAILABLE)
    return f"{INVALID}: {problem.message}" if reason == INVALID else reason


def refusal_of(doubt: str) -> ServiceProblem:
    """The refusal that `context` has named."""
    match doubt:
        case "unavailable":
            return errors.speakers_unavailable()
        case "expired":
            return errors.unauthorized("Token expired.", EXPIRED)
        case _:
            return errors.unauthorized(
                doubt.removeprefix(f"{INVALID}: ") if ":" in doubt else "Invalid token.", INVALID
            )
