"""AES-256-GCM with a random nonce, by the `cryptography` package."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

NONCE_BYTES: Final = 12
"""What GCM is made for (NIST SP 800-38D, 5.2.1.1)."""
KEY_BYTES: Final = 32

Random = Callable[[int], bytes]
"""Gives so many bytes that nobody can foretell."""


class NotAuthentic(Exception):
    """What is to be opened was not sealed with this key, for this place, or has been changed."""


class Cipher:
    """One key of 32 bytes; safe for threads."""

    __slots__ = ("_aes", "_broken")

    def __init__(self, key: bytes) -> None:
        aead, exceptions = _library()
        self._aes = aead.AESGCM(key)
        self._broken = exceptions.InvalidTag

    def seal(self, content: bytes, context: bytes, random: Random) -> bytes:
        """Nonce, ciphertext and tag; only the same context opens them."""
        nonce = random(NONCE_BYTES)
        sealed: bytes = self._aes.encrypt(nonce, content, context)
        return nonce + sealed

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """What was sealed; raises `NotAuthentic` for anything else."""
        try:
            opened: bytes = self._aes.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context)
        except (self._broken, ValueError):
            raise NotAuthentic from None
        return opened


def _library() -> tuple[Any, Any]:
    try:
        from cryptography import exceptions
        from cryptography.hazmat.primitives.ciphers import aead
    except ModuleNotFoundError:
        raise ModuleNotFoundError("sealing needs the package cryptography: pip install 'dynalayer[sealing]'") from None
    return aead, exceptions
