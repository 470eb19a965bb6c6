"""A sealed value as it is stored."""

from __future__ import annotations

from typing import Final

import msgspec

VERSION: Final = 1


class Sealed(msgspec.Struct, frozen=True, rename={"version": "v", "key": "k", "wrapped": "w", "content": "c"}):
    """A secret as an item holds it: an attribute of type `Attr[Sealed]`, a map of four small members.

    `key` names the operator's key, `wrapped` is the data key sealed with that one, `content` the nonce and the text
    sealed with the data key (AES-256-GCM, NIST SP 800-38D); `version` is that of this form. Nothing of it is secret but
    the length of the text. It takes about 100 bytes more than the text.
    """

    key: str
    wrapped: bytes
    content: bytes
    version: int = VERSION

    def __repr__(self) -> str:
        return f"Sealed(key={self.key!r}, {len(self.content)} bytes)"
