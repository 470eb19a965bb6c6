"""DynamoDB's numbers: decimal text of up to 38 significant digits, exact or refused, never rounded."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow

from dynalayer.protocol import messages
from dynalayer.protocol.errors import InvalidValue
from dynalayer.protocol.limits import NUMBER_DIGITS, NUMBER_MAX_EXPONENT, NUMBER_MIN_EXPONENT

# Short plain numbers are most numbers: one match tells that such a text is valid and already in normal form.
_NORMAL = re.compile(r"(?!-0\Z)-?(?:0|[1-9][0-9]{0,18})(?:\.[0-9]{0,17}[1-9])?").fullmatch
_SYNTAX = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?").fullmatch

# Decimal exponents beyond this cannot come from arithmetic on legal numbers; the traps turn any loss into an error.
_EXACT = Context(prec=NUMBER_DIGITS, Emin=-10_000, Emax=10_000, traps=[Inexact, InvalidOperation, Overflow])


def normal(text: str) -> str:
    """The number as the service prints it: plain digits, no needless zeros, no exponent.

    Raises `InvalidValue` for text that is no number, over 38 significant digits, or a magnitude outside
    1E-130 to 9.99...E+125 (API reference, "AttributeValue"; guide, "Naming rules and data types").
    """
    return text if _NORMAL(text) else _plain(parse(text))


def parse(text: str) -> Decimal:
    """The exact value of a number's text; raises `InvalidValue` as `normal` does."""
    if not _SYNTAX(text):
        raise InvalidValue(messages.NUMBER_SYNTAX.format(text) if text else messages.NUMBER_EMPTY)
    try:
        return checked(Decimal(text))
    except InvalidOperation:
        raise InvalidValue(messages.NUMBER_SYNTAX.format(text)) from None


def checked(value: Decimal) -> Decimal:
    """The value itself if DynamoDB can hold it exactly; otherwise raises `InvalidValue`."""
    if not value.is_finite():
        raise InvalidValue(messages.NUMBER_SYNTAX.format(value))
    if not value:
        return Decimal(0)
    exponent = value.adjusted()
    if exponent > NUMBER_MAX_EXPONENT:
        raise InvalidValue(messages.NUMBER_OVERFLOW)
    if exponent < NUMBER_MIN_EXPONENT:
        raise InvalidValue(messages.NUMBER_UNDERFLOW)
    if significant_digits(value) > NUMBER_DIGITS:
        raise InvalidValue(messages.NUMBER_DIGITS)
    return value


def significant_digits(value: Decimal) -> int:
    """How many digits there are from the first to the last that is not zero."""
    return len("".join(map(str, value.as_tuple().digits)).rstrip("0"))


def to_text(value: Decimal | int) -> str:
    """The text of an exact number; raises `InvalidValue` if DynamoDB cannot hold it."""
    if isinstance(value, int) and -(10**18) < value < 10**18:
        return str(value)
    text = str(value)
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text if _NORMAL(text) else _plain(checked(Decimal(value)))


def add(left: str, right: str) -> str:
    """The exact sum of two numbers in normal form; raises `InvalidValue` when it needs more than 38 digits."""
    if _small(left) and _small(right):
        return str(int(left) + int(right))
    return _exact(_EXACT.add, left, right)


def subtract(left: str, right: str) -> str:
    """The exact difference of two numbers in normal form; raises `InvalidValue` as `add` does."""
    if _small(left) and _small(right):
        return str(int(left) - int(right))
    return _exact(_EXACT.subtract, left, right)


def _small(text: str) -> bool:
    return len(text) < 18 and (text.isdigit() or text[1:].isdigit())


def _exact(operator: Callable[[Decimal, Decimal], Decimal], left: str, right: str) -> str:
    try:
        return _plain(checked(operator(Decimal(left), Decimal(right))))
    except Inexact:
        raise InvalidValue(messages.NUMBER_DIGITS) from None


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if not value else text
