"""From a URL to the connection it names."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, cast

from dynalayer.protocol import AsyncConnection, Connection, InvalidValue
from dynalayer.statements import Cursors, cursors

from .urls import Address, parse_url

if TYPE_CHECKING:
    from dynalayer.engines.remote import Boto, RemoteOptions

CURSOR_KEY: Final = "DYNALAYER_CURSOR_KEY"


def open_connection(url: str | Connection | Boto, clock: Callable[[], float]) -> Connection:
    """The connection that a URL names, or that calls by a user's own boto3 client or session.

    Raises `InvalidValue` for a URL that names none.
    """
    if not isinstance(url, str):
        if not _is_boto(url):
            return cast("Connection", url)
        from dynalayer.engines.remote import BotoConnection

        return BotoConnection(cast("Boto", url))
    address = parse_url(url)
    if address.kind in ("memory", "embedded"):
        from dynalayer.engines.embedded import EmbeddedConnection

        if address.kind == "memory":
            return EmbeddedConnection.memory(clock=clock)
        return EmbeddedConnection.file(address.place, durability=address.durability, clock=clock)
    from dynalayer.engines.remote import RemoteConnection

    return RemoteConnection(_endpoint(address), address.region, options=_options(address))


def open_async_connection(url: str | AsyncConnection | Boto, clock: Callable[[], float]) -> AsyncConnection:
    """The awaited twin of `open_connection`."""
    if not isinstance(url, str):
        if not _is_boto(url):
            return cast("AsyncConnection", url)
        from dynalayer.engines.remote import AsyncBotoConnection

        return AsyncBotoConnection(cast("Boto", url))
    address = parse_url(url)
    if address.kind in ("memory", "embedded"):
        from dynalayer.engines.embedded import AsyncEmbeddedConnection

        if address.kind == "memory":
            return AsyncEmbeddedConnection.memory(clock=clock)
        return AsyncEmbeddedConnection.file(address.place, durability=address.durability, clock=clock)
    from dynalayer.engines.remote import AsyncRemoteConnection

    return AsyncRemoteConnection(_endpoint(address), address.region, options=_options(address))


def _is_boto(given: object) -> bool:
    if hasattr(given, "call"):
        return False
    from dynalayer.engines.remote import is_boto

    if not is_boto(given):
        raise InvalidValue(f"{type(given).__name__} is neither a URL nor a connection nor a client of boto3")
    return True


def _endpoint(address: Address) -> str | None:
    return None if address.kind == "aws" else address.place


def _options(address: Address) -> RemoteOptions:
    from dynalayer.engines.remote import RemoteOptions

    return RemoteOptions(
        fips=address.fips,
        dualstack=address.dualstack,
        account=address.account,
        profile=address.profile,
        environment=address.environment,
    )


def cursors_of(keys: bytes | Sequence[bytes] | None, max_age: float | None) -> Cursors:
    """How cursors are signed: by the keys given, else by the environment's; raises `InvalidValue` for short ones."""
    if keys is None and os.environ.get(CURSOR_KEY):
        keys = [key.strip().encode() for key in os.environ[CURSOR_KEY].split(",")]
    return cursors(keys, max_age)
