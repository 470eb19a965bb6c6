"""Writes that may take more than one call: moments that must not go backwards, upgrades, unique values."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final, TypeVar, cast
from uuid import uuid4

from msgspec.structs import replace

from dynalayer.protocol import (
    CancellationReason,
    ConditionFailed,
    InvalidValue,
    Item,
    NotUnique,
    ServiceError,
    TransactionCanceled,
)
from dynalayer.schema import Entity, Key, Path, definition_of, marker_key, moment_of, stored_key
from dynalayer.statements.items.items import Delete, Get, Put, Update, revision_of
from dynalayer.statements.plan import Clock, Plan, Steps, ask
from dynalayer.statements.raw import stored_item
from dynalayer.statements.statement import Statement

from .repeating import read_after
from .transaction import Action, Transaction
from .uniques import OWNER, Claim, Release, Write, has_moved, merged, needs_stored, with_markers
from .upgrading import Upgraded

E = TypeVar("E", bound=Entity)
R = TypeVar("R")
T = TypeVar("T")

ATTEMPTS: Final = 10
"""How often a write is planned anew when others change its item in between."""


def plan_of(statement: Statement[R]) -> Plan[R] | None:
    """The plan of a write that may take more than one call; None for one that is a single call."""
    if isinstance(statement, (Put, Update, Delete)):
        return None if statement.definition.is_plain else cast("Plan[R] | None", _plan_of_one(statement))
    if isinstance(statement, Transaction) and any(_is_planned(action) for action in statement.actions):
        return cast("Plan[R]", Plan("transaction", lambda clock: _transaction(statement, clock)))
    return None


def _plan_of_one(write: Write) -> Plan[Any] | None:
    name = f"{type(write).__name__.lower()} {write.definition.name}"
    if write.definition.uniques:
        return Plan(name, lambda clock: _unique_write(write, clock))
    return Plan(name, lambda clock: _write(write, clock)) if _is_planned(write) else None


def _is_planned(action: Action) -> bool:
    definition = action.definition
    if definition.uniques:
        return True
    if isinstance(action, Delete):
        return revision_of(action.target) is not None
    if isinstance(action, Update) and definition.inside:
        return True
    return definition.lifecycle is not None and isinstance(action, (Put, Update))


def _write(write: Write, clock: Clock) -> Steps[Any]:
    """One call, made again when the stored item turned out to be of an older version or a later moment, or to lack the
    map that its attributes are kept inside.
    """
    moment = clock()
    for attempt in range(ATTEMPTS):
        try:
            result: Any = yield from ask(write, moment)
        except ConditionFailed as error:
            item = error.item
            if attempt or not _may_make_map(write):
                item = yield from _refused(write, item)
            later = yield from _remedied([write], [item], moment)
            other = write.other_form(item) if later is None and isinstance(write, Update) else None
            if attempt + 1 == ATTEMPTS or (later is None and other is None):
                raise write.explain_error(ConditionFailed(item=item)) from None
            write, moment = other or write, moment if later is None else later
        else:
            _settle([write], moment)
            return result
    raise AssertionError("unreachable")


def _may_make_map(write: Write) -> bool:
    """True if a refusal without an item means most likely that there is none: what makes it is tried at once."""
    return isinstance(write, Update) and write.upsert and not write.makes_map and bool(write.definition.inside)


def _refused(action: Action, item: Item | None) -> Steps[Item | None]:
    """The item that refused a write, read when the answer did not hold it (not every service gives it back)."""
    if item is not None:
        return item
    found = yield from stored_item(action.definition.table, action.key.wire)
    return found


def _remedied(actions: Sequence[Action], items: Sequence[Item | None], moment: float) -> Steps[float | None]:
    """Do what lets the writes pass that met these items, and give the moment to try again at; None if nothing does."""
    moments: list[float] = []
    for action, item in zip(actions, items, strict=True):
        if item is None or not isinstance(action, (Put, Update)) or action.definition.lifecycle is None:
            continue
        lifecycle, definition = action.definition.lifecycle, action.definition
        is_older = lifecycle.upgraded(item) is not item  # raises for a newer one
        if is_older and isinstance(action, Update):
            # Whoever changes or upgrades it meanwhile makes this fail: the next try finds what they left.
            with suppress(ConditionFailed):
                yield from ask(Upgraded(definition, item))
            moments.append(moment)
        updated = lifecycle.updated
        written = None if updated is None else updated.wire_in(item)
        if updated is not None and written is not None:
            stored = moment_of(updated, updated.codec.read(written))
            if stored > moment:
                moments.append(stored)
    return max(moments, default=None)


def _settle(actions: Sequence[Action], moment: float) -> None:
    for action in actions:
        if isinstance(action, Put):
            action.definition.settle(action.entity, moment)


def _unique_write(write: Write, clock: Clock) -> Steps[Any]:
    """A write with its markers, as a transaction that looks like the single call it stands for."""
    stored: list[Any] = [None]
    if isinstance(write, Update) and not needs_stored(write):
        result: Any = yield from _write(write, clock)
        return result
    try:
        yield from _transaction(Transaction((write,)), clock, stored)
    except TransactionCanceled as error:
        raise as_single(write, error) from None
    if isinstance(write, Update):
        result = yield from read_after(write)
        return result
    return stored[0] if isinstance(write, Delete) else None


def as_single(write: Write, error: TransactionCanceled) -> ServiceError:
    """The error of a transaction with one write of the caller's as the error of that write."""
    reason = error.reasons[0]
    if reason.code == "NotUnique":
        return NotUnique(reason.message or "", attribute=reason.attribute or "")
    if reason.code == "ConditionalCheckFailed":
        return write.explain_error(ConditionFailed(item=reason.item))
    return error


def _transaction(given: Transaction, clock: Clock, found: list[Any] | None = None) -> Steps[None]:
    """A transaction with the markers of its unique values; `found` gets the items that it found."""
    moment = clock()
    for attempt in range(ATTEMPTS):
        stored = yield from _stored(given.actions)
        transaction = _expanded(given, stored, given.token if attempt == 0 else str(uuid4()), moment)
        if found is not None:
            found[:] = stored
        try:
            yield from ask(transaction, moment)
        except TransactionCanceled as error:
            again = yield from _next_try(given.actions, stored, error.reasons, moment)
            if again is None or attempt + 1 == ATTEMPTS:
                raise
            moment, actions = again
            given = replace(given, actions=actions)
        else:
            _settle(given.actions, moment)
            return


def _stored(actions: Sequence[Action]) -> Steps[list[Any]]:
    """The items whose values must be given back, each at the place of its write."""
    stored: list[Any] = []
    for action in actions:
        item: Any = None
        if needs_stored(action):
            item = yield from ask(Get(action.key, consistent=True, expired=True))
        stored.append(item)
    return stored


def _expanded(given: Transaction, stored: Sequence[Any], token: str, moment: float) -> Transaction:
    actions: list[Action] = []
    markers: list[Claim | Release] = []
    for index, (action, item) in enumerate(zip(given.actions, stored, strict=True)):
        if (
            isinstance(action, (Put, Update, Delete))
            and action.definition.uniques
            and (needs_stored(action) or isinstance(action, Put))
        ):
            action, more = with_markers(index, action, item, moment)
            markers += more
        actions.append(action)
    return Transaction(tuple(actions), token, tuple(merged(markers)))


def _next_try(
    actions: Sequence[Action], stored: Sequence[Any], reasons: Sequence[CancellationReason], moment: float
) -> Steps[tuple[float, tuple[Action, ...]] | None]:
    """The moment to try again at and with what, after all that can be done about the reasons; None if these stand."""
    if len(reasons) != len(actions):
        return None
    failed: list[Item | None] = []
    moved = False
    for action, item, reason in zip(actions, stored, reasons, strict=True):
        found: Item | None = None
        if reason.code == "ConditionalCheckFailed" and _is_planned(action):
            found = yield from _refused(action, reason.item)
            moved |= needs_stored(action) and has_moved(action.definition, item, found)
        failed.append(found)
    later = yield from _remedied(actions, failed, moment)
    others = [
        action.other_form(item) if isinstance(action, Update) and reason.code == "ConditionalCheckFailed" else None
        for action, item, reason in zip(actions, failed, reasons, strict=True)
    ]
    if later is None and not moved and not any(others):
        return None
    chosen = [action if other is None else other for action, other in zip(actions, others, strict=True)]
    return moment if later is None else later, tuple(chosen)


def holder_of(entity: type[E], path: Path[E, T], value: T) -> Plan[E | None]:
    """Read the item that has a value of a unique attribute, consistently and without an index: two small reads.

    Raises `InvalidValue` for an attribute that is not declared with `unique=True`.
    """
    definition = definition_of(entity)
    attribute = path.attribute
    if not attribute.unique:
        raise InvalidValue(f"{path!r} is not declared with unique=True, so no marker tells which item has a value")

    def begin(clock: Clock) -> Steps[E | None]:
        key = marker_key(definition.name, definition.table, attribute, attribute.codec.write(value))
        marker = yield from stored_item(definition.table, key)
        if marker is None:
            return None
        owner: Key[E] = stored_key(definition, marker[OWNER]["M"])
        found = yield from ask(Get(owner, consistent=True))
        return found if found is not None and getattr(found, attribute.name) == value else None

    return Plan(f"holder of {path!r}", begin)
