"""Whose calls these are: credentials given, or those of the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from dynalayer.protocol import AccessDenied

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key; `token` belongs to temporary ones."""

    key_id: str
    secret: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


def find(host: str, environment: Mapping[str, str] = os.environ) -> Credentials:
    """The credentials of the environment's AWS_... variables.

    Servers on this machine check none, so a made-up pair does for them; for every other host without credentials
    `AccessDenied` is raised.
    """
    key_id, secret = environment.get("AWS_ACCESS_KEY_ID"), environment.get("AWS_SECRET_ACCESS_KEY")
    if key_id and secret:
        return Credentials(key_id, secret, environment.get("AWS_SESSION_TOKEN") or None)
    if host in _LOOPBACK:
        return Credentials("dynalayer", "dynalayer")
    raise AccessDenied(f"no credentials for {host}: give them, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
