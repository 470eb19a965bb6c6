"""Sealing anew what the current key did not seal, page by page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import and_
from typing import Any, NamedTuple, Protocol, TypeVar

from dynalayer import Condition, ConditionFailed, Entity, InvalidValue, Key, Path, Update
from dynalayer.schema import key_of
from dynalayer.statements import Pages, Statement, Steps, Together, ask, first_page

from .sealed import Sealed

E = TypeVar("E", bound=Entity)

Attribute = Path[E, Sealed] | Path[E, Sealed | None] | Path[E, Sealed | str] | Path[E, Sealed | str | None]
"""An attribute that holds sealed values; with `str` it may still hold texts in the clear."""


class Resealing(Protocol):
    """Knows which values the current key did not seal, and seals them anew."""

    def needs_rotation(self, sealed: Sealed | str | None) -> bool:
        """True for a value that the current key did not seal."""
        ...

    def reseal(self, key: Key[E], attribute: Attribute[E], sealed: Sealed | str) -> Sealed:
        """The same secret sealed with the current key."""
        ...


class Rotated(NamedTuple):
    """What was done with a page: items `seen`, `rotated`, and `changed` by others meanwhile, so that they were left.

    `cursor` leads to the next page, also in another process; None after the last.
    """

    seen: int
    rotated: int
    changed: int
    cursor: str | None


def rotation(
    sealer: Resealing,
    source: Pages[E],
    attributes: Sequence[Attribute[E]],
    size: int,
    cursor: str | None,
    now: float,
) -> Steps[Rotated]:
    """The steps of one page."""
    page = yield from ask(first_page(source, size, cursor, now=now))
    updates = [update for item in page.items for update in _updates(sealer, item, attributes)]
    results = (yield Together(updates)) if updates else []
    changed = [result for result in results if isinstance(result, ConditionFailed)]
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, ConditionFailed):
            raise result
    return Rotated(len(page.items), len(updates) - len(changed), len(changed), page.cursor)


def _updates(sealer: Resealing, item: Any, attributes: Sequence[Attribute[Any]]) -> Iterable[Statement[Any]]:
    """The write that seals an item's values anew, if it needs one."""
    if not isinstance(item, Entity):
        raise InvalidValue("rotate(...) takes a query of whole items, not of some of their attributes")
    key = key_of(item)
    stale: list[tuple[Path[Any, Any], Any]] = []
    for attribute in attributes:
        stored: Any = getattr(item, attribute.attribute.name)
        if sealer.needs_rotation(stored):
            stale.append((attribute, stored))
    if not stale:
        return
    changes = tuple(path.set(sealer.reseal(key, path, stored)) for path, stored in stale)
    unchanged: Condition[Any] = reduce(and_, [path == stored for path, stored in stale])
    yield Update(key, changes, unchanged)
