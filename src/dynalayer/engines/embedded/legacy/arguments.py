"""The rules for the arguments of a legacy comparison: their number, their types, their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dynalayer.engines.embedded.evaluation import comparison
from dynalayer.protocol import ValidationError, Value, check_value, messages
from dynalayer.protocol.limits import IN_OPERANDS

_SCALARS: Final = frozenset({"S", "N", "B"})
_SETS: Final = frozenset({"SS", "NS", "BS"})
_ANY: Final = _SCALARS | _SETS | {"L", "M", "BOOL", "NULL"}
_NUMBERS: Final = {"NULL": (0, 0), "NOT_NULL": (0, 0), "BETWEEN": (2, 2), "IN": (1, IN_OPERANDS)}
_TYPES: Final = {
    "EQ": _ANY,
    "NE": _ANY,
    "CONTAINS": _SCALARS | {"BOOL", "NULL"},
    "NOT_CONTAINS": _SCALARS | {"BOOL", "NULL"},
    "BEGINS_WITH": frozenset({"S", "B"}),
}


def check_name(name: str) -> None:
    """Refuse an attribute without a name."""
    if not name:
        raise ValidationError(messages.LEGACY_NAME_EMPTY)


def check_arguments(operator: str, arguments: Sequence[Value]) -> None:
    """Check and normalise the arguments of a comparison (API reference, "Condition")."""
    for argument in arguments:
        check_value(argument)
    least, most = _NUMBERS.get(operator, (1, 1))
    if not least <= len(arguments) <= most:
        raise ValidationError(messages.LEGACY_ARGUMENTS.format(operator))
    if not arguments:
        return
    kinds = [next(iter(argument)) for argument in arguments]
    if len(set(kinds)) > 1:
        raise ValidationError(messages.LEGACY_TYPES_DIFFER)
    if kinds[0] not in _TYPES.get(operator, _SCALARS):
        raise ValidationError(messages.LEGACY_TYPE.format(operator, kinds[0]))
    if operator == "BETWEEN" and comparison.ordered(comparison.ORDERS[">"], arguments[0], arguments[1]):
        raise ValidationError(messages.LEGACY_BETWEEN)
