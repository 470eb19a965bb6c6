"""NextToken: where a SELECT goes on, sealed together with the statement that it belongs to."""

from __future__ import annotations

import binascii
import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Final

import msgspec

from dynalayer.protocol import Item, ValidationError, Value, messages

_DIGEST_BYTES: Final = 16


class Position(msgspec.Struct, frozen=True, array_like=True):
    """The partition to go on in, counted from 0, and the key of the item before; None at the partition's begin.

    A page merged from all partitions goes on in each of them: after a key, at the begin (None), or no more (True).
    """

    partition: int = 0
    key: Item | None = None
    merged: tuple[Item | bool | None, ...] = ()


START: Final = Position()
_decode = msgspec.json.Decoder(Position).decode


def seal(position: Position, statement: str, parameters: Sequence[Value]) -> str:
    """The token of a position."""
    place = msgspec.json.encode(position)
    return urlsafe_b64encode(_digest(place, statement, parameters) + place).decode("ascii")


def unseal(token: str, statement: str, parameters: Sequence[Value]) -> Position:
    """The position of a token; raises `ValidationError` for one that is broken or of another statement."""
    try:
        sealed = urlsafe_b64decode(token.encode("ascii"))
        position = _decode(sealed[_DIGEST_BYTES:])
    except (binascii.Error, UnicodeError, msgspec.DecodeError, RecursionError):
        raise ValidationError(messages.NEXT_TOKEN_INVALID) from None
    if sealed[:_DIGEST_BYTES] != _digest(sealed[_DIGEST_BYTES:], statement, parameters):
        raise ValidationError(messages.NEXT_TOKEN_FOREIGN)
    return position


def _digest(place: bytes, statement: str, parameters: Sequence[Value]) -> bytes:
    bound = msgspec.json.encode((statement, parameters), order="deterministic")
    return hashlib.blake2b(place + b"\0" + bound, digest_size=_DIGEST_BYTES).digest()
