"""What this installation signs with."""

from __future__ import annotations

import base64
import hmac
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from hosting.keyfiles import kept_secret

from coagent.settings import TOKEN_KEYS, BadSetting, Settings
from dynalayer.sealing import InvalidKeys, KeyRing, Sealer

MEMORY: Final = "memory:"
EMBEDDED: Final = "embedded:"
_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Keys:
    """A key for each purpose, all made from one secret: what one has signed is no good elsewhere."""

    sessions: bytes = field(repr=False)
    cursors: bytes = field(repr=False)
    addresses: bytes = field(repr=False)
    sealer: Sealer = field(repr=False)

    @classmethod
    def of(cls, secret: bytes, ring: KeyRing | None = None) -> Keys:
        """The keys of a secret; tokens of providers are sealed with the ring, or with one more key of the secret."""

        def made(purpose: bytes) -> bytes:
            return hmac.digest(secret, purpose, "sha256")

        own = KeyRing({"own": base64.b64encode(made(b"tokens")).decode()})
        return cls(made(b"sessions"), made(b"cursors"), made(b"addresses"), Sealer(ring or own))


def open_keys(settings: Settings, url: str) -> Keys:
    """The keys by the operator's secret, or by one that is kept in a file beside the database.

    Raises `BadSetting` if that file, or a key to seal with, cannot be used.
    """
    try:
        ring = KeyRing.from_environment(TOKEN_KEYS, {TOKEN_KEYS: settings.token_keys}) if settings.token_keys else None
    except InvalidKeys as error:
        raise BadSetting(f"{TOKEN_KEYS}: {error}") from None
    return Keys.of(settings.secret.encode() or _kept(url), ring)


def _kept(url: str) -> bytes:
    if url == MEMORY:
        return secrets.token_bytes(_BYTES)
    path = url.removeprefix(EMBEDDED).partition("?")[0] if url.startswith(EMBEDDED) else "coagent"
    return kept_secret(Path(f"{path}.secret"), lambda: secrets.token_bytes(_BYTES), "the secret of sessions")
