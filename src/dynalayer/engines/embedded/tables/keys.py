"""Key values as bytes whose order is DynamoDB's: strings by UTF-8, numbers by value, binary unsigned."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

_NEGATIVE, _ZERO, _POSITIVE = b"\x00", b"\x01", b"\x02"
_COMPLEMENT: Final = bytes.maketrans(b"0123456789", b"9876543210")
_LEAST_EXPONENT: Final = -130


def encode_number(text: str) -> bytes:
    """A number in normal form as sign, exponent (one byte) and digits.

    Digits compare from the left, so 12 sorts behind 1 as it should once the exponents are equal. A negative number has
    exponent and digits complemented, and a last byte above all digits: of two that agree so far the longer is smaller.
    """
    if text == "0":
        return _ZERO
    negative = text[0] == "-"
    value = Decimal(text)
    exponent = value.adjusted() - _LEAST_EXPONENT
    digits = text[negative:].replace(".", "").strip("0").encode("ascii")
    if negative:
        return _NEGATIVE + bytes((255 - exponent,)) + digits.translate(_COMPLEMENT) + b"\xff"
    return _POSITIVE + bytes((exponent,)) + digits


ENCODERS: Final[Mapping[str, Callable[[str], bytes]]] = {
    "S": str.encode,
    "N": encode_number,
    "B": b64decode,
}
"""Key type to the function that encodes a valid value of that type."""


def after_prefix(prefix: bytes) -> bytes | None:
    """The least key above all keys that begin with `prefix`, or None if there is none."""
    bare = prefix.rstrip(b"\xff")
    return bare[:-1] + bytes((bare[-1] + 1,)) if bare else None
