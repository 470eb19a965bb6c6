"""From a URL to the connection it names."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Final, Literal
from urllib.parse import parse_qs

import msgspec

from dynalayer.protocol import AsyncConnection, Connection, InvalidValue
from dynalayer.statements import Cursors, cursors

CURSOR_KEY: Final = "DYNALAYER_CURSOR_KEY"

Durability = Literal["full", "relaxed"]


class Address(msgspec.Struct, frozen=True):
    """The parts of a database URL."""

    kind: Literal["memory", "embedded", "http", "aws"]
    place: str
    durability: Durability = "full"


def parse_url(url: str) -> Address:
    """Take a database URL apart; raises `InvalidValue` that lists the forms there are."""
    scheme, colon, rest = url.partition(":")
    if url == "memory:":
        return Address("memory", "")
    if colon and scheme == "embedded" and rest.strip("?"):
        return _embedded(url, rest)
    if colon and scheme in ("http", "https") and rest.startswith("//") and len(rest) > 2:
        return Address("http", url.rstrip("/"))
    if colon and scheme == "aws" and rest.startswith("//") and rest.strip("/"):
        return Address("aws", rest.strip("/"))
    raise InvalidValue(
        f"{url!r} is not a database URL; use memory:, embedded:<file>, http://<host>:<port> or aws://<region>"
    )


def _embedded(url: str, rest: str) -> Address:
    path, _, query = rest.partition("?")
    options = parse_qs(query, keep_blank_values=True)
    given = options.pop("durability", ["full"])[-1]
    if options or given not in ("full", "relaxed"):
        raise InvalidValue(f"{url!r}: the only option of an embedded database is durability=full or relaxed")
    return Address("embedded", path, "relaxed" if given == "relaxed" else "full")


def open_connection(url: str, clock: Callable[[], float]) -> Connection:
    """The connection that a URL names; raises `InvalidValue` for a URL that names none."""
    address = parse_url(url)
    if address.kind in ("memory", "embedded"):
        from dynalayer.engines.embedded import EmbeddedConnection

        if address.kind == "memory":
            return EmbeddedConnection.memory(clock=clock)
        return EmbeddedConnection.file(address.place, durability=address.durability, clock=clock)
    from dynalayer.engines.remote import RemoteConnection

    return RemoteConnection(region=address.place) if address.kind == "aws" else RemoteConnection(address.place)


def open_async_connection(url: str, clock: Callable[[], float]) -> AsyncConnection:
    """The awaited twin of `open_connection`."""
    address = parse_url(url)
    if address.kind in ("memory", "embedded"):
        from dynalayer.engines.embedded import AsyncEmbeddedConnection

        if address.kind == "memory":
            return AsyncEmbeddedConnection.memory(clock=clock)
        return AsyncEmbeddedConnection.file(address.place, durability=address.durability, clock=clock)
    from dynalayer.engines.remote import AsyncRemoteConnection

    return (
        AsyncRemoteConnection(region=address.place) if address.kind == "aws" else AsyncRemoteConnection(address.place)
    )


def cursors_of(keys: bytes | Sequence[bytes] | None, max_age: float | None) -> Cursors:
    """How cursors are signed: by the keys given, else by the environment's; raises `InvalidValue` for short ones."""
    if keys is None and os.environ.get(CURSOR_KEY):
        keys = [key.strip().encode() for key in os.environ[CURSOR_KEY].split(",")]
    return cursors(keys, max_age)
