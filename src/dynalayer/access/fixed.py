"""Which partitions are the same, or one of a few, in every call of a pattern."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from math import prod
from typing import Any

from dynalayer.protocol import InvalidValue
from dynalayer.schema import AccessPath, AttributeDefinition

from .placeholders import is_placeholder


@dataclass(frozen=True, slots=True)
class Partition:
    """A partition that calls have in common, or a number of `shards` that they are spread over."""

    text: str
    shards: int = 1


def fixed_partition(path: AccessPath, values: Mapping[str, Any]) -> Partition | None:
    """The partition of a key that calls have in common; None where each call may have its own.

    A value that the pattern gives as it is counts as fixed, and so does a default that nothing replaces; enums,
    booleans and dates too, since at any moment most calls share one of them.
    """
    sources = [source for part in path.partition for source in part.sources]
    known = {source.name: _value(source, values) for source in sources}
    if not all(source.role == "shard" or _is_fixed(known[source.name]) for source in sources):
        return None
    try:
        text = "\n".join(str(next(iter(part.write(known).values()))) for part in path.partition)
    except InvalidValue:
        return None
    return Partition(text, prod(source.shards for source in sources if source.role == "shard"))


def _value(source: AttributeDefinition, values: Mapping[str, Any]) -> Any:
    if source.role == "shard":
        return 0
    return values[source.name] if source.name in values else _default(source)


def _default(source: AttributeDefinition) -> Any:
    return source.when_absent() if source.has_default else None


def _is_fixed(value: object) -> bool:
    if isinstance(value, str):
        return not is_placeholder(value)
    return isinstance(value, (enum.Enum, bool)) or (isinstance(value, date) and not isinstance(value, datetime))
