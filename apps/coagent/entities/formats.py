"""What values must look like beyond their type; each check raises ValueError, without the value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Final
from urllib.parse import SplitResult, urlsplit

_EMAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")


def email(value: str) -> None:
    """An address with one @ and a domain of two labels or more, at most 254 characters (RFC 5321, 4.5.3.1)."""
    if len(value) > 254 or not _EMAIL.fullmatch(value):
        raise ValueError("expected an email address")


def email_or_nothing(value: str) -> None:
    """An address, or the empty text of a form that was not filled in."""
    if value:
        email(value)


def uri(value: str) -> None:
    """An absolute URI, with a scheme and something behind it, or the empty text of a form that was not filled in."""
    if not value:
        return
    parts = _split(value)
    if not parts.scheme or not (parts.netloc or parts.path):
        raise ValueError("expected a URI with a scheme, such as https://example.org/a")


def uri_reference(value: str) -> None:
    """An absolute URI, a relative one, or nothing."""
    _split(value)


def uris(values: Iterable[str]) -> None:
    """Absolute URIs."""
    for value in values:
        uri(value)


def between(low: int, high: int | None = None) -> Callable[[int | Decimal], None]:
    """A number from `low` to `high`, both included."""

    def check(value: int | Decimal) -> None:
        if value < low or (high is not None and value > high):
            raise ValueError(
                f"expected a number from {low} to {high}" if high is not None else f"expected {low} or more"
            )

    return check


def _split(value: str) -> SplitResult:
    if any(ord(character) <= 32 for character in value):
        raise ValueError("expected a URI, without spaces and control characters")
    try:
        return urlsplit(value)
    except ValueError:
        raise ValueError("expected a URI") from None
