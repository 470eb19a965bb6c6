"""Puts the entities of the recipes on the table that a user gives, beside the user's own."""

from __future__ import annotations

import math
import types
from collections.abc import Callable
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

from dynalayer import (
    Attr,
    ConditionFailed,
    ConnectionLost,
    DefinitionError,
    Entity,
    Get,
    Key,
    ServiceUnavailable,
    Statement,
    Table,
    Throttled,
    attr,
)
from dynalayer.statements import Pause, Steps, ask

NO_ANSWER: Final = (ConnectionLost, ServiceUnavailable, Throttled)
"""The database does not answer. Everything else that it may answer is an answer, or a mistake of ours."""

_ATTEMPTS: Final = 3


class Kept(Entity):
    """What all items of the recipes have: the moment, in seconds since 1970, from which they may be cleaned up."""

    expires_at: Attr[int | None] = attr(default=None)


K = TypeVar("K", bound=Kept)
R = TypeVar("R")

_bound: WeakKeyDictionary[Table, dict[tuple[type[Kept], str | None], Any]] = WeakKeyDictionary()


def bind(base: type[K], table: Table, variant: str | None = None, **members: Any) -> type[K]:
    """The entity `base` on a table, the same class each time; `members` are added, such as the keys of a `variant`.

    Its keys begin with a prefix of their own, so it may share a table with any entities whose keys have templates.
    Raises `DefinitionError` if the table's keys are not text, or if one of them bears the name of an attribute.
    """
    known = _bound.setdefault(table, {})
    if (base, variant) not in known:
        _refuse_key_names(base, table)
        known[base, variant] = _make(base, table, members)
    made: type[K] = known[base, variant]
    return made


def _make(base: type[K], table: Table, members: dict[str, Any]) -> type[K]:
    def fill(body: dict[str, Any]) -> None:
        body["__module__"], body["__qualname__"] = base.__module__, base.__qualname__
        body.update(members)
        if table.ttl is not None:
            body["expires_at"] = attr(default=None, name=table.ttl, ttl=True)
            body["__annotations__"] = {"expires_at": "Attr[int | None]"}

    return types.new_class(base.__name__, (base,), {"table": table, "name": base.__name__}, fill)


def _refuse_key_names(base: type[Kept], table: Table) -> None:
    names = {name for cls in base.__mro__ for name, member in vars(cls).items() if isinstance(member, Attr)}
    taken = sorted(names & table.attribute_kinds.keys())
    if taken:
        raise DefinitionError(
            f"{base.__name__} cannot be kept in {table!r}: it has an attribute {taken[0]!r}, which is a key of the "
            "table or of one of its indexes; keep it in another table"
        )


def standing(key: Key[K], error: ConditionFailed) -> Steps[K | None]:
    """The item that stood against a condition; None if there is none.

    The service gives it with the error; where it does not (no item, or DynamoDB Local), it is read.
    """
    if error.item is not None:
        found: K | None = key.definition.decode(error.item)
        return found
    return (yield from ask(Get(key, consistent=True, expired=True)))


def insist(make: Callable[[], Statement[R]]) -> Steps[R]:
    """Make a call again when no answer came; only for one whose condition makes a second time harmless."""
    for attempt in range(_ATTEMPTS):
        try:
            return (yield from ask(make()))
        except (ConnectionLost, ServiceUnavailable):
            if attempt == _ATTEMPTS - 1:
                raise
            yield Pause(0.05 * 2.0**attempt)
    raise AssertionError("the last attempt returns or raises")


def seconds_up(value: float) -> int:
    """Whole seconds, never fewer than given: what an expiry attribute holds."""
    return math.ceil(value)


def milliseconds(seconds: float) -> int:
    """A time or a span in whole milliseconds, in which the recipes keep what must be compared exactly."""
    return round(seconds * 1000)
