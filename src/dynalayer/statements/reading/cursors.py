"""Cursors: texts that continue a query, opaque, bound to it, and signed where a key is given."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from dynalayer.protocol import InvalidValue, Item

VERSION: Final = 1
_UNSIGNED: Final = 0
_SIGNED: Final = 1
_HEAD: Final = 2
_IDENTITY: Final = 16
_ISSUED: Final = 5
_TAG: Final = 16
"""Half of SHA-256: what RFC 2104, section 5, allows a shortened HMAC to keep."""
_KEY_BYTES: Final = 16

_AGAIN: Final = "pass on what the earlier page gave, unchanged, or start again without a cursor"


class Cursors(msgspec.Struct, frozen=True):
    """How cursors are written and read.

    With `keys` they are signed (HMAC-SHA256): the first key signs, all of them verify, so a key is replaced by putting
    the new one in front. Without, they carry a checksum against accidents. A cursor holds the key of an item: signed,
    it cannot be changed, but whoever has it can read that key. Cursors older than `max_age` seconds are refused.
    """

    keys: tuple[bytes, ...] = ()
    max_age: float | None = None

    def __repr__(self) -> str:
        return f"Cursors({len(self.keys)} keys, max_age={self.max_age})"

    def write(self, identity: bytes, key: Item, given: int, now: float) -> str:
        """The cursor that continues the query of this identity after an item."""
        head = bytes((VERSION, _SIGNED if self.keys else _UNSIGNED))
        body = head + identity + int(now).to_bytes(_ISSUED, "big") + msgspec.json.encode([given, key])
        tag = _signature(self.keys[0], body) if self.keys else _checksum(body)
        return _to_text(body + tag)

    def read(self, identity: bytes, cursor: str, now: float) -> tuple[int, Item]:
        """How many items were given before, and the key of the last; raises `InvalidValue` for any other text."""
        raw = _from_text(cursor)
        if raw[0] > VERSION:
            raise InvalidValue("the cursor is of a newer version of this library: start again without a cursor")
        self._verify(raw[:-_TAG], raw[-_TAG:])
        start = _HEAD + _IDENTITY
        if raw[_HEAD:start] != identity:
            raise InvalidValue(
                "the cursor is of another query: continue with the query that the earlier page came from"
            )
        issued = int.from_bytes(raw[start : start + _ISSUED], "big")
        if self.max_age is not None and now - issued > self.max_age:
            raise InvalidValue(f"the cursor is older than {self.max_age:g} seconds: start again without a cursor")
        try:
            given, key = msgspec.json.decode(raw[start + _ISSUED : -_TAG], type=tuple[int, Item])
        except msgspec.MsgspecError:
            raise InvalidValue(f"the cursor is damaged: {_AGAIN}") from None
        return max(given, 0), key

    def _verify(self, body: bytes, tag: bytes) -> None:
        import hmac

        if body[0] != VERSION or body[1] not in (_SIGNED, _UNSIGNED):
            raise InvalidValue(f"the cursor is damaged: {_AGAIN}")
        if body[1] == _UNSIGNED:
            if self.keys:
                raise InvalidValue("the cursor is not signed, and this database takes signed ones only: start again")
            if not hmac.compare_digest(tag, _checksum(body)):
                raise InvalidValue(f"the cursor is damaged: {_AGAIN}")
            return
        if not self.keys:
            raise InvalidValue("the cursor is signed, and this database has no key to verify it: give cursor_key")
        if not any(hmac.compare_digest(tag, _signature(key, body)) for key in self.keys):
            raise InvalidValue(f"the cursor is forged, damaged, or signed with a key that is not given: {_AGAIN}")


def cursors(keys: bytes | Sequence[bytes] | None, max_age: float | None = None) -> Cursors:
    """Cursors by the keys that a user gives; raises `InvalidValue` for keys under 16 bytes."""
    given = () if keys is None else (keys,) if isinstance(keys, bytes) else tuple(keys)
    if any(len(key) < _KEY_BYTES for key in given):
        raise InvalidValue(f"a cursor key must have at least {_KEY_BYTES} bytes; take 32 random ones (secrets module)")
    return Cursors(given, max_age)


def identify(*parts: Any) -> bytes:
    """Sixteen bytes that stand for what a cursor is bound to."""
    return _sha256(msgspec.json.encode([_canonical(part) for part in parts]))[:_IDENTITY]


def _canonical(value: Any) -> Any:
    """The same for equal requests: the elements of a set have no order of their own."""
    if isinstance(value, dict):
        return {
            name: sorted(member) if name in ("SS", "NS", "BS") and isinstance(member, list) else _canonical(member)
            for name, member in value.items()
        }
    return [_canonical(element) for element in value] if isinstance(value, list) else value


def _sha256(data: bytes) -> bytes:
    import hashlib  # only where there are pages, so that a program that has none need not load it

    return hashlib.sha256(data).digest()


def _checksum(body: bytes) -> bytes:
    return _sha256(b"dynalayer cursor\0" + body)[:_TAG]


def _signature(key: bytes, body: bytes) -> bytes:
    import hmac

    return hmac.digest(key, b"dynalayer cursor\0" + body, "sha256")[:_TAG]


def _to_text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _from_text(cursor: str) -> bytes:
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except (binascii.Error, ValueError):
        raw = b""
    # Several texts decode to the same bytes; only the one that was written is taken.
    if len(raw) <= _HEAD + _IDENTITY + _ISSUED + _TAG or _to_text(raw) != cursor:
        raise InvalidValue(f"the cursor is damaged: {_AGAIN}")
    return raw
