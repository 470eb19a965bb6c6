"""Whose calls these are: an access key, and how connections ask for the one that is good now."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import Final, Protocol

from dynalayer.protocol import AccessDenied

EXPIRED: Final = frozenset({"ExpiredTokenException", "ExpiredToken"})
"""Codes of the service for credentials whose time has passed (IAM reference, "Common errors")."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key; `token` and `expiry`, in seconds since 1970, belong to temporary ones. Its repr has no secret."""

    key_id: str
    secret: str = field(repr=False)
    token: str | None = field(default=None, repr=False)
    expiry: float | None = None


class NoCredentials(AccessDenied):
    """There are no credentials to sign with; nothing was sent. The message lists what was tried, and its outcome."""


class Provider(Protocol):
    """Gives the credentials for each call. Its methods may be called by many threads and event loops at a time."""

    def ready(self) -> Credentials | None:
        """The credentials at once, without any waiting; None if they must be waited for."""
        ...

    def current(self, within: float = inf) -> Credentials:
        """Credentials that have not expired.

        Raises `NoCredentials` if there are none to be had, `ConnectionLost` if none came `within` so many seconds.
        """
        ...

    def renewed(self, rejected: Credentials, within: float = inf) -> Credentials:
        """Others than those that the service has just refused as expired; the same if there are none."""
        ...

    async def async_current(self, within: float = inf) -> Credentials:
        """The awaited twin of `current`."""
        ...

    async def async_renewed(self, rejected: Credentials, within: float = inf) -> Credentials:
        """The awaited twin of `renewed`."""
        ...


class Fixed:
    """The same credentials always."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def ready(self) -> Credentials | None:
        return self._credentials

    def current(self, within: float = inf) -> Credentials:
        return self._credentials

    def renewed(self, rejected: Credentials, within: float = inf) -> Credentials:
        return self._credentials

    async def async_current(self, within: float = inf) -> Credentials:
        return self._credentials

    async def async_renewed(self, rejected: Credentials, within: float = inf) -> Credentials:
        return self._credentials
