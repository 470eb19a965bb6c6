"""Sets of document paths: overlaps refused, items reduced to the paths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from dynalayer.engines.embedded.grammar.lexer import ExpressionError
from dynalayer.engines.embedded.grammar.syntax import Element, Path
from dynalayer.protocol import Item, Value, messages

_WHOLE: Final[dict[Element, Any]] = {}


def check_distinct(paths: Sequence[Path]) -> None:
    """Refuse paths of which one holds the other, and paths that take one value for a list and for a map."""
    if len(paths) > 1 and len({path.elements[0] for path in paths}) < len(paths):
        for position, second in enumerate(paths):
            for first in paths[:position]:
                _check_pair(first, second)


def _check_pair(first: Path, second: Path) -> None:
    for left, right in zip(first.elements, second.elements, strict=False):
        if isinstance(left, int) != isinstance(right, int):
            raise ExpressionError(messages.PATHS_CONFLICT.format(first, second))
        if left != right:
            return
    raise ExpressionError(messages.PATHS_OVERLAP.format(first, second))


class Projection:
    """Reduces items to some paths; found list elements close up in the order of their positions."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self.names = frozenset(str(path.elements[0]) for path in paths)
        self._tree: dict[Element, Any] = {}
        for path in paths:
            node = self._tree
            for element in path.elements:
                node = node.setdefault(element, {})
        self._flat = all(len(path.elements) == 1 for path in paths)

    def of(self, item: Item) -> Item:
        """What the item has of the paths."""
        if self._flat:
            return {name: value for name, value in item.items() if name in self.names}
        return _members(self._tree, item)


def _members(tree: dict[Element, Any], members: dict[str, Value]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for name, value in members.items():
        if name in tree:
            reduced = _reduced(tree[name], value)
            if reduced is not None:
                found[name] = reduced
    return found


def _reduced(tree: dict[Element, Any], value: Value) -> Value | None:
    if tree == _WHOLE:
        return value
    if "M" in value:
        members = _members(tree, value["M"])
        return {"M": members} if members else None
    if "L" not in value:
        return None
    elements = [_reduced(tree[position], element) for position, element in enumerate(value["L"]) if position in tree]
    kept = [element for element in elements if element is not None]
    return {"L": kept} if kept else None
