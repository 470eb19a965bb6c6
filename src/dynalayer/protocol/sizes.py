"""Sizes of items as DynamoDB counts them, on the JSON form (guide, "DynamoDB item sizes and formats")."""

from __future__ import annotations

from typing import Any

Value = dict[str, Any]


def item_size(item: dict[str, Any]) -> int:
    """The size in bytes of an item in DynamoDB's JSON: names in UTF-8 and values, as limits and capacity count it."""
    return sum([text_size(name) + value_size(value) for name, value in item.items()])


def value_size(value: Value) -> int:
    """The size in bytes of one attribute value in DynamoDB's JSON; the value must be valid."""
    ((kind, content),) = value.items()
    if kind == "S":
        return text_size(content)
    if kind == "N":
        return number_size(content)
    if kind == "B":
        return binary_size(content)
    if kind == "L":
        return 3 + sum([1 + value_size(element) for element in content])
    if kind == "M":
        return 3 + sum([1 + text_size(name) + value_size(member) for name, member in content.items()])
    if kind in _SET_SIZES:
        return sum(map(_SET_SIZES[kind], content))
    return 1


def text_size(text: str) -> int:
    """The length of a text in UTF-8."""
    return len(text) if text.isascii() else len(text.encode())


def number_size(text: str) -> int:
    """One byte, and one for each two significant digits; a negative number takes one more, zero takes one in all."""
    if text[-1] != "0" and text.isdigit():
        return 1 + (len(text) + 1) // 2
    negative = text[0] == "-"
    whole, point, fraction = text[negative:].partition(".")
    if not point:
        # Digits are kept in pairs counted from the decimal point, so an odd run of zeros halves a pair.
        bare = whole.rstrip("0")
        return 1 + negative + (len(bare) + ((len(whole) - len(bare)) & 1) + 1) // 2 if bare else 1
    pairs = (len(fraction) + 1) // 2
    if whole == "0":
        return 1 + negative + pairs - (len(fraction) - len(fraction.lstrip("0"))) // 2
    return 1 + negative + pairs + (len(whole) + 1) // 2


def binary_size(text: str) -> int:
    """The number of bytes that a base64 text stands for."""
    return len(text) // 4 * 3 - text.count("=", -2)


_SET_SIZES = {"SS": text_size, "NS": number_size, "BS": binary_size}
