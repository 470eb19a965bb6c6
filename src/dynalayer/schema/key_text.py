"""The text of a value inside a string key: exact, reversible, and in the order of the values."""

from __future__ import annotations

import enum
import functools
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Literal, get_args, get_origin
from uuid import UUID

import msgspec

from dynalayer.protocol import InvalidValue, numbers

from .codecs import refuse, utc_text, without_none

_BIAS: Final = 200
_NINES: Final = str.maketrans("0123456789", "9876543210")

ESCAPES: Final = {"#": "$", ":": ";", "|": "}", "/": ".", "_": "^", "-": ",", "@": "?"}
"""Separator to its escape character: the neighbour in the alphabet, so that escaping keeps the order of texts."""


class KeyText(msgspec.Struct, frozen=True):
    """How one type is written into a string key and read out of it, and if the texts are in the order of the values."""

    write: Callable[[Any], str]
    read: Callable[[str], Any]
    is_ordered: bool = True


def decimal_text(value: Decimal) -> str:
    """A number as text whose order is the order of numbers: sign, biased exponent, digits, end mark.

    Holds for all numbers that DynamoDB can store (38 digits, 1E-130 to 9.99E+125).
    """
    number = Decimal(numbers.to_text(value))
    if not number:
        return "1000"
    digits = "".join(map(str, number.as_tuple().digits)).rstrip("0")
    text = f"{number.adjusted() + _BIAS:03d}{digits}"
    return f"1{text}+" if number > 0 else f"0{text.translate(_NINES)}~"


def read_decimal_text(text: str) -> Decimal:
    """The number that `decimal_text` wrote."""
    if text == "1000":
        return Decimal(0)
    positive = text[0] == "1"
    body = text[1:-1] if positive else text[1:-1].translate(_NINES)
    digits = body[3:]
    return Decimal((0 if positive else 1, tuple(map(int, digits)), int(body[:3]) - _BIAS - len(digits) + 1))


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise refuse(value, "str")
    if not value:
        raise InvalidValue("a key part must not be empty")
    return str.__str__(value)


def _integer(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int):
        raise refuse(value, "int")
    return decimal_text(Decimal(value))


def _decimal(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (Decimal, int)):
        raise refuse(value, "Decimal")
    return decimal_text(Decimal(value))


def _datetime(value: object) -> str:
    if not isinstance(value, datetime):
        raise refuse(value, "datetime")
    return utc_text(value)


def _date(value: object) -> str:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise refuse(value, "date")
    return value.isoformat()


def _uuid(value: object) -> str:
    if not isinstance(value, UUID):
        raise refuse(value, "UUID")
    return str(value)


def _boolean(value: object) -> str:
    if not isinstance(value, bool):
        raise refuse(value, "bool")
    return "1" if value else "0"


def _bytes(value: object) -> str:
    if not isinstance(value, bytes):
        raise refuse(value, "bytes")
    if not value:
        raise InvalidValue("a key part must not be empty")
    return value.hex()


_TEXTS: dict[Any, KeyText] = {
    str: KeyText(_string, str),
    int: KeyText(_integer, lambda t: int(read_decimal_text(t))),
    Decimal: KeyText(_decimal, read_decimal_text),
    datetime: KeyText(_datetime, datetime.fromisoformat),
    date: KeyText(_date, date.fromisoformat),
    UUID: KeyText(_uuid, UUID),
    bool: KeyText(_boolean, lambda t: t == "1"),
    bytes: KeyText(_bytes, bytes.fromhex),
}


RAW: Final = "raw"
"""The format of texts and whole numbers that stand in a key as they are, as other programs have written them."""


def key_text_for(annotation: Any, spec: str = "") -> KeyText:
    """The key text of a type; `spec` is a format: `06d` pads whole numbers to a fixed width, `raw` leaves as it is.

    Raises `TypeError` for types that cannot be part of a key.
    """
    plain = without_none(annotation)
    if spec == RAW:
        return _raw(plain)
    if get_origin(plain) is Literal:
        (plain,) = {type(value) for value in get_args(plain)}
    if spec:
        return _padded(plain, spec)
    if plain in _TEXTS:
        return _TEXTS[plain]
    if isinstance(plain, type) and issubclass(plain, enum.Enum):
        return _enum(plain)
    raise TypeError(f"{annotation!r} cannot be part of a key: use str, int, Decimal, datetime, date, UUID or an enum")


def _raw(annotation: Any) -> KeyText:
    if annotation not in _RAW_TEXTS:
        raise TypeError(f"the format 'raw' is for str and int, not for {annotation!r}")
    return _RAW_TEXTS[annotation]


def _plain_string(value: object) -> str:
    if not isinstance(value, str):
        raise refuse(value, "str")
    return str.__str__(value)


def _plain_integer(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int):
        raise refuse(value, "int")
    return str(value)


_RAW_TEXTS: Final[dict[Any, KeyText]] = {str: KeyText(_plain_string, str), int: KeyText(_plain_integer, int, False)}


def _padded(annotation: Any, spec: str) -> KeyText:
    if annotation is not int or not (spec.startswith("0") and spec.endswith("d") and spec[1:-1].isdigit()):
        raise TypeError(f"the format {spec!r} is not known: whole numbers take one like 06d, they and texts take raw")
    width = int(spec[1:-1])

    def write(value: object) -> str:
        if isinstance(value, bool) or not isinstance(value, int):
            raise refuse(value, "int")
        if not 0 <= value < 10**width:
            raise InvalidValue(f"expected a whole number of at most {width} digits and not below 0")
        return format(value, f"0{width}d")

    return KeyText(write, int)


def _enum(cls: type[enum.Enum]) -> KeyText:
    inner = _TEXTS[type(next(iter(cls)).value)]

    def write(value: object) -> str:
        if not isinstance(value, cls):
            raise refuse(value, cls.__name__)
        return inner.write(value.value)

    return KeyText(write, lambda t: cls(inner.read(t)))


def escape(text: str, separators: frozenset[str], *, inner: bool) -> str:
    """Write `text` so that no separator appears in it; different texts stay different and in the same order.

    With `inner`, text that a `#` follows is written so that the `#` sorts below all of it: a shorter text then comes
    before a longer one that begins with it.
    """
    return text.translate(_table(separators, inner))


def unescape(text: str, separators: frozenset[str]) -> str:
    """The text that `escape` was given."""
    escapes = {ESCAPES[s]: s for s in separators}
    out: list[str] = []
    position = 0
    while position < len(text):
        mark = text[position]
        separator = escapes.get(mark)
        if separator is None:
            out.append(mark)
            position += 1
            continue
        code = text[position + 1 : position + 2]
        out.append(
            chr(_LOW.index(code)) if separator == "#" else min(separator, mark) if code == "0" else max(separator, mark)
        )
        position += 2
    return "".join(out)


_LOW: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZa"
"""The code of each character up to `$`, in their order, as it stands behind the mark `$`."""


@functools.cache
def _table(separators: frozenset[str], inner: bool) -> dict[int, str]:
    table = {ord(c): f"${_LOW[ord(c)]}" for c in "#$"}
    if inner:
        table |= {code: f"${symbol}" for code, symbol in enumerate(_LOW)}
    for separator in separators - {"#"}:
        mark = ESCAPES[separator]
        table[ord(min(separator, mark))] = mark + "0"
        table[ord(max(separator, mark))] = mark + "1"
    return table
