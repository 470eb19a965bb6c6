"""Which partitions are the same, or one of a few, in every call of a pattern."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from dynalayer.protocol import InvalidValue
from dynalayer.schema import AccessPath, AttributeDefinition

from .placeholders import is_placeholder


def fixed_partition(path: AccessPath, values: Mapping[str, Any]) -> str | None:
    """The text of a partition key that calls have in common; None where each call may have its own.

    A value that the pattern gives as it is counts as fixed, and so does a default that nothing replaces; enums,
    booleans and dates too, since at any moment most calls share one of them.
    """
    sources = [source for part in path.partition for source in part.sources]
    known = {source.name: values[source.name] if source.name in values else _default(source) for source in sources}
    if not all(_is_fixed(value) for value in known.values()):
        return None
    try:
        return "\n".join(str(next(iter(part.write(known).values()))) for part in path.partition)
    except InvalidValue:
        return None


def _default(source: AttributeDefinition) -> Any:
    return source.when_absent() if source.has_default else None


def _is_fixed(value: object) -> bool:
    if isinstance(value, str):
        return not is_placeholder(value)
    return isinstance(value, (enum.Enum, bool)) or (isinstance(value, date) and not isinstance(value, datetime))
