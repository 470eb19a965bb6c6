"""ExpressionAttributeNames and ExpressionAttributeValues: sound before any expression is read, and all used."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Final

from dynalayer.protocol import SerializationError, ValidationError, Value, check_value, messages, text_size
from dynalayer.protocol.limits import ATTRIBUTE_NAME_BYTES, PLACEHOLDER_CHARACTERS, PLACEHOLDERS_BYTES

_NAME: Final = re.compile(r"#[A-Za-z0-9_]+").fullmatch
_VALUE: Final = re.compile(r":[A-Za-z0-9_]+").fullmatch


def check(names: dict[str, str] | None, values: dict[str, Value] | None, missing: str, *, needed: bool) -> None:
    """Check the placeholders of a request and normalise their values.

    `needed` tells whether there is an expression at all, `missing` names the parameters that values could be for.
    Raises `ValidationError` (guide, "Service, account, and table quotas": 255 characters, 2 MB together).
    """
    if names is not None:
        if not needed:
            raise ValidationError(messages.NAMES_WITHOUT_EXPRESSION)
        _check_names(names)
    if values is not None:
        if not needed:
            raise ValidationError(messages.VALUES_WITHOUT_EXPRESSION.format(missing))
        _check_values(values)


def _check_names(names: dict[str, str]) -> None:
    if not names:
        raise ValidationError(messages.NAMES_EMPTY)
    size = 0
    for name, attribute in names.items():
        if not _NAME(name):
            raise ValidationError(messages.NAME_KEY.format(name))
        if len(name) > PLACEHOLDER_CHARACTERS:
            raise ValidationError(messages.NAME_KEY_TOO_LONG.format(len(name)))
        if not attribute:
            raise ValidationError(messages.NAME_VALUE.format(name))
        length = text_size(attribute)
        if length > ATTRIBUTE_NAME_BYTES:
            raise ValidationError(messages.NAME_VALUE_TOO_LONG.format(name))
        size += len(name) + length
    if size > PLACEHOLDERS_BYTES:
        raise ValidationError(messages.NAMES_TOO_LARGE)


def _check_values(values: dict[str, Value]) -> None:
    if not values:
        raise ValidationError(messages.VALUES_EMPTY)
    size = 0
    for name, value in values.items():
        if not _VALUE(name):
            raise ValidationError(messages.VALUE_KEY.format(name))
        if len(name) > PLACEHOLDER_CHARACTERS:
            raise ValidationError(messages.VALUE_KEY_TOO_LONG)
        try:
            size += len(name) + check_value(value)
        except SerializationError:
            raise
        except ValidationError as error:
            raise ValidationError(messages.VALUE_VALUE.format(error.message, name)) from None
    if size > PLACEHOLDERS_BYTES:
        raise ValidationError(messages.VALUES_TOO_LARGE)


def refuse_unused(given: Collection[str], used: Iterable[Collection[str]], message: str) -> None:
    """Refuse names or values that no expression uses; all that is used is known to be given."""
    some = [names for names in used if names]
    seen = some[0] if len(some) == 1 else set[str]().union(*some)
    if len(given) != len(seen):
        raise ValidationError(message.format(", ".join(name for name in given if name not in seen)))
