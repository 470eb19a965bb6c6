"""What every statement is: a value that knows its request and how to read the answer."""

from __future__ import annotations

from typing import Any, ClassVar, Generic, TypeVar

import msgspec

from dynalayer.protocol import InvalidValue, ServiceError

R_co = TypeVar("R_co", covariant=True)

_encode = msgspec.json.Encoder().encode


class Statement(msgspec.Struct, Generic[R_co], frozen=True):
    """One API call that has not been made: immutable, printable, without I/O.

    `now` is the caller's clock in seconds since 1970; it decides what has expired.
    """

    operation: ClassVar[str]
    repeatable: ClassVar[bool] = False
    """True if making the call twice has the effect of making it once, and gives the same result."""
    writes: ClassVar[bool] = False
    """True if it writes items, so that it may take more than one call (see `plan_of`)."""

    def request(self, now: float) -> dict[str, Any]:
        """The request as the API's JSON; raises `InvalidValue` for what must not be sent."""
        raise NotImplementedError

    def read(self, answer: bytes, now: float) -> R_co:
        """The result that the answer stands for."""
        raise NotImplementedError

    def explain_error(self, error: ServiceError) -> ServiceError:
        """The error as the caller should see it."""
        return error

    def body(self, now: float) -> bytes:
        """The request as bytes."""
        return encode(self.request(now))


def encode(request: dict[str, Any]) -> bytes:
    """A request as bytes; text that is not Unicode (a lone surrogate) is refused."""
    try:
        return _encode(request)
    except UnicodeEncodeError:
        raise InvalidValue("a text holds a lone surrogate, which no UTF-8 text can; repair it before storing") from None
