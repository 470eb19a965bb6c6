"""Named keys that the operator gives in the environment or in a file."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping, Sequence
from os import PathLike, environ, urandom
from pathlib import Path
from typing import Final

import msgspec

from .ciphers import KEY_BYTES, Cipher, NotAuthentic, Random
from .errors import InvalidKeys, UnknownKey, WrongKey
from .keys import Context, DataKey

VARIABLE: Final = "DYNALAYER_SEALING_KEYS"
_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_FEWEST_BYTES: Final = 12
"""Of 32 random bytes fewer than so many different ones come once in 10^18 keys; a text typed by hand has fewer."""


def new_key(random: Random = urandom) -> str:
    """A new random key as the text that a `KeyRing` takes: 32 bytes in base64, as of `openssl rand -base64 32`."""
    return base64.b64encode(random(KEY_BYTES)).decode()


class KeyRing:
    """Keys by name, each 32 random bytes in base64: the first seals, all of them open.

    A key is replaced by putting the new one in front; the old one may go when no value is sealed with it any more (see
    `Sealer.rotate`). Raises `InvalidKeys` for none, for a name twice, and for a text that is no such key; the message
    never shows the text.
    """

    def __init__(self, keys: Mapping[str, str], *, random: Random = urandom) -> None:
        if not keys:
            raise InvalidKeys("a key ring needs at least one key: name it and give 32 random bytes in base64")
        self._ciphers = {name: Cipher(_read(name, text)) for name, text in keys.items()}
        self._names = tuple(keys)
        self._random = random

    @classmethod
    def from_environment(cls, name: str = VARIABLE, environment: Mapping[str, str] = environ) -> KeyRing:
        """The keys of a variable: `2026-11:BASE64,2025-11:BASE64`, the one that seals first."""
        text = environment.get(name, "")
        if not text.strip():
            raise InvalidKeys(f"{name} is not set: give it name:key pairs separated by commas, the newest first")
        return cls(_pairs(text.split(","), f"the environment variable {name}"))

    @classmethod
    def from_file(cls, path: str | PathLike[str]) -> KeyRing:
        """The keys of a file, one `name:BASE64` a line, the one that seals first; empty lines and `#` lines are none.

        Raises `OSError` if it cannot be read.
        """
        lines = [line for line in Path(path).read_text().splitlines() if not line.lstrip().startswith("#")]
        return cls(_pairs(lines, f"the key file {Path(path).name}"))

    @property
    def current(self) -> str:
        """The name of the key that seals."""
        return self._names[0]

    @property
    def names(self) -> Sequence[str]:
        """The names of all keys, the one that seals first."""
        return self._names

    def generate(self, context: Context) -> DataKey:
        """A new data key for this context, sealed with the first key."""
        plain = self._random(KEY_BYTES)
        wrapped = self._ciphers[self.current].seal(plain, _context(self.current, context), self._random)
        return DataKey(self.current, wrapped, plain)

    def unwrap(self, key: str, wrapped: bytes, context: Context) -> bytes:
        """The bytes of a data key; raises `UnknownKey` or `WrongKey`."""
        cipher = self._ciphers.get(key)
        if cipher is None:
            raise UnknownKey(
                f"the value was sealed with key {key!r}, which is not given (given are {', '.join(self._names)}): "
                "add it to the key ring, behind the first",
                key=key,
            )
        try:
            return cipher.open(wrapped, _context(key, context))
        except NotAuthentic:
            raise WrongKey(
                f"key {key!r} does not open the value: another key bore that name when it was sealed, or what is "
                "stored was changed or comes from another table or entity",
                key=key,
            ) from None

    def __repr__(self) -> str:
        return f"KeyRing({', '.join(self._names)})"

    def __reduce__(self) -> str:
        raise TypeError("a KeyRing is not pickled: make it anew from the environment or the file")


def _context(key: str, context: Context) -> bytes:
    return msgspec.json.encode(["dynalayer data key", 1, key, sorted(context.items())])


def _pairs(texts: Iterable[str], where: str) -> dict[str, str]:
    keys: dict[str, str] = {}
    for number, text in enumerate((text.strip() for text in texts if text.strip()), 1):
        name, colon, key = text.partition(":")
        if not colon or _NAME.fullmatch(name.strip()) is None:
            raise InvalidKeys(f"{where}: entry {number} is not name:key")
        if name.strip() in keys:
            raise InvalidKeys(f"{where}: key {name.strip()!r} is there twice")
        keys[name.strip()] = key.strip()
    return keys


def _read(name: str, text: str) -> bytes:
    if _NAME.fullmatch(name) is None:
        raise InvalidKeys("the name of a key has 1 to 64 letters, digits, dots, dashes or underscores")
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidKeys(f"key {name!r} is not base64: make one with new_key() or openssl rand -base64 32") from None
    if len(key) != KEY_BYTES:
        raise InvalidKeys(f"key {name!r} has {len(key)} bytes, and must have {KEY_BYTES}: openssl rand -base64 32")
    if len(set(key)) < _FEWEST_BYTES:
        raise InvalidKeys(f"key {name!r} is not random: make one with new_key() or openssl rand -base64 32")
    return key
