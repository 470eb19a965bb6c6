"""What makes a token good, decided without any I/O; nothing of a token is ever part of a message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import jwt

ALGORITHM: Final = "RS256"
LONGEST: Final = 8_192
"""Characters of a token; API Gateway lets no longer header or address pass (quotas, "WebSocket APIs")."""


class TokenRefused(Exception):
    """A token proves nothing; `reason` says why, in words that may be logged and told."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TokenExpired(TokenRefused):
    """A token was good once."""

    def __init__(self) -> None:
        super().__init__("its time has passed")


@dataclass(frozen=True, slots=True)
class Expected:
    """Whose tokens are taken: who issued them, for which client, and for which use (None: any)."""

    issuer: str
    audience: str
    token_use: str | None = "id"


def shown(query: Mapping[str, Any], headers: Mapping[str, str] | None) -> str | None:
    """The token of a connection: the parameter `token`, else the header `Authorization: Bearer`; None if neither."""
    given = query.get("token")
    if isinstance(given, str) and given:
        return given
    for name, value in (headers or {}).items():
        scheme, _, token = value.strip().partition(" ")
        if name.lower() == "authorization" and scheme.lower() == "bearer":
            return token.strip()
    return None


def key_id(token: str) -> str:
    """The name of the key that a token says it is signed with; raises `TokenRefused` for what is no such token."""
    if len(token) > LONGEST:
        raise TokenRefused("it is too long")
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError:
        raise TokenRefused("it is not a token") from None
    if header.get("alg") != ALGORITHM:
        raise TokenRefused(f"it is not signed with {ALGORITHM}")
    found = header.get("kid")
    if not isinstance(found, str) or not found:
        raise TokenRefused("it does not name its key")
    return found


def subject(token: str, key: jwt.PyJWK, expected: Expected, now: float) -> str:
    """Whose token it is: its `sub`; raises `TokenRefused` for one that is forged, not meant for us, or out of time."""
    claims = _claims(token, key, expected)
    if not _is_before(now, claims["exp"]):
        raise TokenExpired
    if "nbf" in claims and _is_before(now, claims["nbf"]):
        raise TokenRefused("its time has not come")
    if expected.token_use is not None and claims.get("token_use") != expected.token_use:
        raise TokenRefused(f"it is no {expected.token_use} token")
    found: str = claims["sub"]
    if not found:
        raise TokenRefused("it names nobody")
    return found


def _claims(token: str, key: jwt.PyJWK, expected: Expected) -> dict[str, Any]:
    try:
        return jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            audience=expected.audience,
            issuer=expected.issuer,
            # Times are held against the injected clock, by whoever calls.
            options={
                "require": ["exp", "iss", "aud", "sub"],
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
            },
        )
    except jwt.InvalidSignatureError:
        raise TokenRefused("its signature is wrong") from None
    except jwt.InvalidAudienceError:
        raise TokenRefused("it is meant for another client") from None
    except jwt.InvalidIssuerError:
        raise TokenRefused("another issuer made it") from None
    except jwt.MissingRequiredClaimError as error:
        raise TokenRefused(f"it has no {error.claim}") from None
    except jwt.PyJWTError:
        raise TokenRefused("it cannot be read") from None


def _is_before(now: float, moment: object) -> bool:
    if isinstance(moment, bool) or not isinstance(moment, (int, float)):
        raise TokenRefused("it has a time that is no number")
    return now < moment
