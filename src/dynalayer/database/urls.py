"""Database URLs taken apart: which engine, where, and with which options."""

from __future__ import annotations

from typing import Literal
from urllib.parse import parse_qs

import msgspec

from dynalayer.protocol import InvalidValue

Durability = Literal["full", "relaxed"]


class Address(msgspec.Struct, frozen=True):
    """The parts of a database URL; the fields after `durability` are options of remote ones."""

    kind: Literal["memory", "embedded", "http", "aws"]
    place: str
    durability: Durability = "full"
    region: str | None = None
    profile: str | None = None
    environment: str | None = None
    fips: bool | None = None
    dualstack: bool | None = None
    account: str | None = None


_OF_HTTP = ("region", "profile", "environment")
_OF_AWS = ("profile", "environment", "fips", "dualstack", "account")


def parse_url(url: str) -> Address:
    """Take a database URL apart; raises `InvalidValue` that lists the forms there are."""
    scheme, colon, rest = url.partition(":")
    if url == "memory:":
        return Address("memory", "")
    if colon and scheme == "embedded" and rest.strip("?"):
        return _embedded(url, rest)
    place, _, query = rest.partition("?")
    if colon and scheme in ("http", "https") and place.startswith("//") and place.strip("/"):
        return _http(f"{scheme}:{place}".rstrip("/"), _options(query, _OF_HTTP, "an http(s) URL"))
    if colon and scheme == "aws" and place.startswith("//") and not place.startswith("///"):
        return _aws(place.strip("/"), _options(query, _OF_AWS, "an aws:// URL"))
    # The URL may hold a password, so it is not repeated where it looks like one with a host.
    shown = repr(url) if "@" not in url else f"{scheme}:..."
    raise InvalidValue(
        f"{shown} is not a database URL; use memory:, embedded:<file>, http://<host>:<port> or aws://<region>"
    )


def _embedded(url: str, rest: str) -> Address:
    path, _, query = rest.partition("?")
    options = parse_qs(query, keep_blank_values=True)
    given = options.pop("durability", ["full"])[-1]
    if options or given not in ("full", "relaxed"):
        raise InvalidValue(f"{url!r}: the only option of an embedded database is durability=full or relaxed")
    return Address("embedded", path, "relaxed" if given == "relaxed" else "full")


def _http(place: str, options: dict[str, str]) -> Address:
    return Address(
        "http",
        place,
        region=options.get("region"),
        profile=options.get("profile"),
        environment=options.get("environment"),
    )


def _aws(region: str, options: dict[str, str]) -> Address:
    return Address(
        "aws",
        region,
        region=region or None,
        profile=options.get("profile"),
        environment=options.get("environment"),
        fips=_flag(options, "fips"),
        dualstack=_flag(options, "dualstack"),
        account=options.get("account"),
    )


def _options(query: str, names: tuple[str, ...], owner: str) -> dict[str, str]:
    given = parse_qs(query, keep_blank_values=True)
    for name, values in given.items():
        if name not in names or len(values) != 1 or not values[0]:
            problem = "is given twice" if len(values) > 1 else "has no value" if name in names else "is none of them"
            raise InvalidValue(
                f"{owner} takes the options {', '.join(f'{each}=...' for each in names)}: {name!r} {problem}"
            )
    return {name: values[0] for name, values in given.items()}


def _flag(options: dict[str, str], name: str) -> bool | None:
    text = options.get(name)
    if text not in (None, "true", "false"):
        raise InvalidValue(f"the option {name} is true or false")
    return None if text is None else text == "true"
