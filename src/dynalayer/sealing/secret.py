"""A text that shows itself to nobody who does not ask for it by name."""

from __future__ import annotations

import hmac
from typing import Any, Final, NoReturn, final

HIDDEN: Final = "Secret(hidden)"


@final
class Secret:
    """A secret text: tokens, passwords, personal values.

    `repr`, `str`, formatting and every log of it say `Secret(hidden)`; pickling it and turning it into JSON are refused
    with a `TypeError`. `reveal()` gives the text. It cannot be stored: an entity declares `Attr[Sealed]`, and a
    `Sealer` makes one of the other. Two secrets are compared in a time that tells nothing of their texts. Python cannot
    wipe memory: a text stays in the process until its memory is used again.
    """

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        if type(text) is not str:
            raise TypeError(f"a Secret is made of a str, got {type(text).__name__}")
        self.__text = text

    def reveal(self) -> str:
        """The text itself: hand it straight to who needs it, and to nothing that logs."""
        return self.__text

    def __repr__(self) -> str:
        return HIDDEN

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return HIDDEN

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(as_bytes(self), as_bytes(other))

    __hash__ = None  # type: ignore[assignment] # a hash would be one more thing to learn about the text

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: Any) -> Secret:
        return self

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("a Secret is not pickled, because a pickle shows its text: seal it, or reveal() it on purpose")

    def __getstate__(self) -> NoReturn:
        self.__reduce_ex__(2)


def as_bytes(secret: Secret) -> bytes:
    """The text as bytes; also of a text that is no Unicode, whose error would otherwise quote it."""
    return secret.reveal().encode("utf-8", "surrogatepass")


def from_bytes(content: bytes) -> Secret:
    """The secret that `as_bytes` was given."""
    return Secret(content.decode("utf-8", "surrogatepass"))
