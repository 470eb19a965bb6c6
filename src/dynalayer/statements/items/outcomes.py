"""What it means when an update fails: a bound would be passed, or the item lacks what a change builds on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from dynalayer.protocol import BoundPassed, ConditionFailed, ServiceError, StaleRevision, ValidationError
from dynalayer.schema import Bound, Change, Key


def bounds_of(changes: Iterable[Change[Any]]) -> list[Bound[Any]]:
    """The floors and ceilings of these changes."""
    return [bound for change in changes for bound in change.bounds]


def explain_update(error: ServiceError, key: Key[Any], changes: Sequence[Change[Any]], *, upsert: bool) -> ServiceError:
    """The error of a failed update in words of its changes; any other is given back as it is."""
    where = f"{key.definition.name} in {key.definition.table.name}"
    if isinstance(error, ConditionFailed) and not isinstance(error, StaleRevision):
        passed = _passed(error, changes, upsert)
        return error if passed is None else _bound_passed(where, passed, error)
    if isinstance(error, ValidationError) and any(_builds_on_item(change) for change in changes):
        names = ", ".join(repr(change.path) for change in changes if _builds_on_item(change))
        return ValidationError(
            f"{where}: nothing was written; most likely the item lacks what this builds on: {names}. Set the whole "
            f"attribute first. The service says: {error.message}"
        )
    if isinstance(error, ValidationError) and "document path" in error.message and key.definition.inside:
        return ValidationError(
            f"{where}: nothing was written; most likely the item has a {key.definition.inside!r} that is no map, "
            f"which its attributes should be kept inside. The service says: {error.message}"
        )
    return error


def _builds_on_item(change: Change[Any]) -> bool:
    return bool(change.path.steps) or change.action == "COPY"


def _passed(error: ConditionFailed, changes: Iterable[Change[Any]], upsert: bool) -> Bound[Any] | None:
    if error.item is None and not upsert:
        return None
    return next((bound for bound in bounds_of(changes) if not bound.is_kept_by(error.item)), None)


def _bound_passed(where: str, bound: Bound[Any], error: ConditionFailed) -> BoundPassed:
    message = f"{where}: {bound.path!r} would pass its {bound.name} of {bound.limit}, nothing was written"
    return BoundPassed(
        message, attribute=repr(bound.path), bound=bound.name, limit=Decimal(bound.limit), item=error.item
    )
