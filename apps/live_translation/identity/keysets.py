"""The public keys of an issuer, fetched when they are needed and kept for an hour."""

from __future__ import annotations

import asyncio
import urllib.request
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol

import jwt
import msgspec

from live_translation.clock import Clock
from live_translation.identity.tokens import ALGORITHM

KEPT_SECONDS: Final = 3_600.0
LOOK_AGAIN_SECONDS: Final = 60.0
"""How long an unknown key is not asked for again: anybody can make up names of keys."""
RETRY_SECONDS: Final = 5.0
TIME_LIMIT_SECONDS: Final = 3.0
_LARGEST: Final = 262_144

Fetch = Callable[[], Awaitable[bytes]]
"""Gives the JWKS document, or raises."""


class UnknownKey(Exception):
    """The issuer has no key of this name."""


class KeysUnavailable(Exception):
    """The issuer's keys cannot be had at the moment, so nothing is known of a token."""


class Keys(Protocol):
    """Public keys by their names."""

    async def key(self, name: str) -> jwt.PyJWK:
        """One key; raises `UnknownKey` or `KeysUnavailable`."""
        ...


class KeySet:
    """Keys behind a URL.

    They are fetched anew after an hour, and once for a name that is not among them, then not again for a minute.
    Callers who come while they are fetched wait for the same answer. Keys past their hour are not used when the issuer
    does not answer: one of them may have been withdrawn.
    """

    def __init__(self, fetch: Fetch, clock: Clock, *, time_limit: float = TIME_LIMIT_SECONDS) -> None:
        self._fetch = fetch
        self._clock = clock
        self._time_limit = time_limit
        self._keys: Mapping[str, jwt.PyJWK] = {}
        self._fetched_at: float | None = None
        self._failed_at: float | None = None
        self._turn = asyncio.Lock()

    async def key(self, name: str) -> jwt.PyJWK:
        """One key; raises `UnknownKey` if the issuer has none of this name, `KeysUnavailable` if it does not answer."""
        if not self._must_fetch(name):
            return self._known(name)
        async with self._turn:
            # Whoever was first may have fetched what this caller wants.
            if self._must_fetch(name):
                await self._fetch_all()
        return self._known(name)

    def _known(self, name: str) -> jwt.PyJWK:
        try:
            return self._keys[name]
        except KeyError:
            raise UnknownKey from None

    def _must_fetch(self, name: str) -> bool:
        if not self._within(self._fetched_at, KEPT_SECONDS):
            return True
        return name not in self._keys and not self._within(self._fetched_at, LOOK_AGAIN_SECONDS)

    def _within(self, moment: float | None, seconds: float) -> bool:
        return moment is not None and 0 <= self._clock() - moment < seconds

    async def _fetch_all(self) -> None:
        if self._within(self._failed_at, RETRY_SECONDS):
            raise KeysUnavailable
        try:
            async with asyncio.timeout(self._time_limit):
                keys = read_keys(await self._fetch())
        except Exception as error:
            self._failed_at = self._clock()
            raise KeysUnavailable(type(error).__name__) from None
        self._keys, self._fetched_at, self._failed_at = keys, self._clock(), None


def read_keys(document: bytes) -> dict[str, jwt.PyJWK]:
    """The RSA keys for signatures of a JWKS document by name; raises `ValueError` for what is no such document."""
    found = msgspec.json.decode(document, type=dict[str, Any]).get("keys")
    if not isinstance(found, list):
        raise ValueError("a JWKS document has a list of keys")
    keys: dict[str, jwt.PyJWK] = {}
    for each in found:
        if not isinstance(each, dict) or each.get("kty") != "RSA" or not isinstance(each.get("kid"), str):
            continue
        if each.get("use", "sig") != "sig" or each.get("alg", ALGORITHM) != ALGORITHM:
            continue
        try:
            keys[each["kid"]] = jwt.PyJWK(each, algorithm=ALGORITHM)
        except jwt.PyJWTError:
            continue
    return keys


def over_http(url: str) -> Fetch:
    """Fetch the document at a URL of an operator's choice: `https`, or `http` on this machine."""

    def get() -> bytes:
        with urllib.request.urlopen(url, timeout=TIME_LIMIT_SECONDS) as answer:
            document: bytes = answer.read(_LARGEST)
            return document

    return lambda: asyncio.to_thread(get)
