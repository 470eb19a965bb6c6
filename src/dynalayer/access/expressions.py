"""Which attributes a condition is about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dynalayer.schema import AttributeDefinition, Condition, Path, Size


def attributes_of(condition: Condition[Any] | None) -> set[AttributeDefinition]:
    """The attributes that a condition names, wherever in it."""
    return set() if condition is None else set(_walk(condition))


def _walk(node: Any) -> Iterator[AttributeDefinition]:
    if isinstance(node, Path):
        yield node.attribute
    elif isinstance(node, tuple):
        for each in node:
            yield from _walk(each)
    elif isinstance(node, Size):
        yield node.path.attribute
    elif isinstance(node, Condition):
        for name in node.__struct_fields__:
            yield from _walk(getattr(node, name))
