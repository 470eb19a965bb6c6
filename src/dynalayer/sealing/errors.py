"""What can go wrong with sealed values; no message holds a value, a key's bytes or the key of an item."""

from __future__ import annotations

from dynalayer import DynalayerError


class SealingError(DynalayerError):
    """The base of the errors of sealing."""


class InvalidKeys(SealingError, ValueError):
    """The keys that the operator gave cannot be used; the message says which of them and why."""


class UnknownKey(SealingError):
    """A value was sealed with a key that is not given; `key` is its name."""

    def __init__(self, message: str, *, key: str) -> None:
        super().__init__(message)
        self.key = key


class WrongKey(SealingError):
    """The key of this name is not the one that a value was sealed with, or what is stored of it was changed."""

    def __init__(self, message: str, *, key: str) -> None:
        super().__init__(message)
        self.key = key


class Tampered(SealingError):
    """A stored value was changed, or moved here from another item, attribute or table."""


class KeysUnavailable(SealingError):
    """The service that holds the keys did not answer or refused; `code` is its error code, where there is one."""

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code
