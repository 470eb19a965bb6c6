"""Whose tokens a service takes, by its settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from live_translation.clock import Clock
from live_translation.identity.authorizer import Authorizer
from live_translation.identity.issuer import EXPECTED, LocalIssuer, kept_key, new_key
from live_translation.identity.keysets import Fetch, KeySet, over_http
from live_translation.identity.tokens import Expected
from live_translation.settings import Settings

KEY_SUFFIX: Final = ".issuer.pem"
_FILES: Final = "embedded:"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who checks tokens, and who makes them if that is done here."""

    authorizer: Authorizer
    issuer: LocalIssuer | None


def open_identity(
    settings: Settings, database_url: str, clock: Clock, fetching: Callable[[str], Fetch] = over_http
) -> Identity:
    """Take tokens of the Cognito pool or the issuer that the settings name; else make them here.

    The key of an issuer here is kept beside a database in a file; with any other it lasts as long as the process.
    Raises `BadSetting` if the key cannot be kept or read.
    """
    expected = expected_of(settings)
    if expected is not None:
        url = settings.jwks_url or f"{expected.issuer.rstrip('/')}/.well-known/jwks.json"
        return Identity(Authorizer(KeySet(fetching(url), clock), expected, clock), None)
    path = key_path(database_url)
    issuer = LocalIssuer(new_key() if path is None else kept_key(path), clock, settings.speaker_passcode)
    return Identity(Authorizer(issuer, EXPECTED, clock), issuer)


def expected_of(settings: Settings) -> Expected | None:
    """The issuer that the settings name; None if there is none. Only Cognito marks what a token is for."""
    if settings.user_pool_id:
        pool = f"https://cognito-idp.{settings.region}.amazonaws.com/{settings.user_pool_id}"
        return Expected(pool, settings.client_id, "id")
    if settings.issuer_url:
        return Expected(settings.issuer_url, settings.client_id, None)
    return None


def key_path(database_url: str) -> Path | None:
    """Where the key of a database in a file is kept; None for other databases."""
    if not database_url.startswith(_FILES):
        return None
    return Path(database_url.removeprefix(_FILES).partition("?")[0] + KEY_SUFFIX)
