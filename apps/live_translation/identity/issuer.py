"""Tokens made here: the issuer of a service that runs on one machine and has no other."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from pathlib import Path
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hosting.keyfiles import kept_secret
from jwt.algorithms import RSAAlgorithm

from live_translation import errors
from live_translation.clock import Clock, milliseconds, seconds
from live_translation.identity.keysets import UnknownKey
from live_translation.identity.tokens import ALGORITHM, Expected
from live_translation.settings import BadSetting

NAME: Final = "live-translation"
"""Who issues the tokens and for whom: the key is this installation's own, so the name need not be."""

EXPECTED: Final = Expected(NAME, NAME)
LIFE_SECONDS: Final = 12 * 3_600
LONGEST_NAME: Final = 100
_BITS: Final = 2_048


class LocalIssuer:
    """Gives tokens to speakers, and the keys to check them."""

    def __init__(self, key: rsa.RSAPrivateKey, clock: Clock, passcode: str = "") -> None:
        self._key = key
        self._clock = clock
        self._passcode = _digest(passcode) if passcode else None
        public: dict[str, Any] = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
        public = {name: public[name] for name in ("kty", "n", "e")}
        self._kid = _thumbprint(public)
        self._document = {**public, "kid": self._kid, "use": "sig", "alg": ALGORITHM}
        self._public = jwt.PyJWK(self._document, algorithm=ALGORITHM)

    def document(self) -> dict[str, Any]:
        """The JWKS document with the public key."""
        return {"keys": [self._document]}

    async def key(self, name: str) -> jwt.PyJWK:
        """The key to check tokens with; raises `UnknownKey` for any other."""
        if name != self._kid:
            raise UnknownKey
        return self._public

    def token_for(self, name: str, passcode: str = "", known_as: str | None = None) -> dict[str, Any]:
        """A new token: `token`, and `expiresAt` in ms since 1970.

        It stands for somebody nobody else can be, or for who was `known_as` by a token that is still good: what a
        speaker calls itself is for people only. Raises `ServiceProblem` 401 for a wrong passcode, 400 for no name.
        """
        if self._passcode is not None and not hmac.compare_digest(_digest(passcode), self._passcode):
            raise errors.unauthorized("The passcode is wrong.", "passcode")
        if not name.strip() or len(name) > LONGEST_NAME:
            raise errors.invalid_parameter("name", f"must have 1 to {LONGEST_NAME} characters, not only spaces")
        expires_at = seconds(self._clock) + LIFE_SECONDS
        claims = {
            "iss": NAME,
            "aud": NAME,
            "token_use": "id",
            "sub": known_as or secrets.token_urlsafe(16),
            "name": name.strip(),
            "iat": seconds(self._clock),
            "exp": expires_at,
        }
        token = jwt.encode(claims, self._key, algorithm=ALGORITHM, headers={"kid": self._kid})
        return {"token": token, "expiresAt": expires_at * 1000, "timestamp": milliseconds(self._clock)}


def new_key() -> rsa.RSAPrivateKey:
    """A key for as long as the process runs."""
    return rsa.generate_private_key(public_exponent=65537, key_size=_BITS)


def kept_key(path: Path) -> rsa.RSAPrivateKey:
    """The key in a file that only its owner can read, made if there is none.

    Of several processes that start together one makes it. Raises `BadSetting` for a file that holds no RSA key, that
    others can read, or that cannot be made.
    """
    pem = kept_secret(path, _new_pem, "the key that signs speakers' tokens")
    try:
        key = serialization.load_pem_private_key(pem, None)
    except (ValueError, TypeError):
        raise BadSetting(f"{path} should hold the key that signs speakers' tokens, and does not: remove it") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise BadSetting(f"{path} holds a key that is not RSA: remove it")
    return key


def _new_pem() -> bytes:
    return new_key().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()


def _thumbprint(public: dict[str, Any]) -> str:
    """The name of a key (RFC 7638)."""
    text = json.dumps(public, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]
