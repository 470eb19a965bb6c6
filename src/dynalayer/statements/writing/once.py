"""A write as a transaction of one, whose token lets it take effect once however often it is sent."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from dynalayer.protocol import ItemNotFound, TransactionCanceled
from dynalayer.schema import Definition, kin_condition
from dynalayer.statements.items.guards import Guards
from dynalayer.statements.items.items import Delete, Get, Put, Update, revision_of
from dynalayer.statements.plan import Clock, Plan, Steps, ask
from dynalayer.statements.statement import Statement

from .repeating import read_after
from .transaction import Transaction
from .writing import as_single

R = TypeVar("R")


def exactly_once(statement: Statement[R], now: float) -> Plan[R] | None:
    """The plan of a put, an update or a deletion as a transaction; None for any other statement.

    It costs twice the write units, and an update or a deletion a consistent read besides: a transaction gives back no
    item. An update gives the item as it was read after it, a deletion the one as it was read before.
    """
    if not isinstance(statement, (Put, Update, Delete)):
        return None
    write = cast("Put[Any] | Update[Any] | Delete[Any]", statement)
    return cast("Plan[R]", Plan(f"{write.operation} once", lambda clock: _steps(write, now, clock)))


def _steps(write: Put[Any] | Update[Any] | Delete[Any], now: float, clock: Clock) -> Steps[Any]:
    if isinstance(write, Delete):
        return (yield from _delete(write, now))
    yield from _transacted(write, write, now)
    if not isinstance(write, Update):
        return None
    return (yield from read_after(write))


def _delete(write: Delete[Any], now: float) -> Steps[Any]:
    found = yield from ask(Get(write.key, consistent=True, expired=True))
    plain = write.if_ is None and write.guard is None and revision_of(write.target) is None
    if found is None and plain:
        return None
    if not plain:
        yield from _transacted(write, write, now)
        return found
    try:
        yield from _transacted(write, _DeleteThere(write.target), now)
    except ItemNotFound:
        # Somebody else deleted it since it was read.
        return None
    return found


def _transacted(write: Any, action: Any, now: float) -> Steps[None]:
    try:
        yield from ask(Transaction((action,)), now)
    except TransactionCanceled as error:
        raise as_single(write, error) from None


class _DeleteThere(Delete[Any], frozen=True):
    """A deletion that is refused if there is nothing to delete, so that only one of several finds it."""

    def _add_guards(self, definition: Definition, guards: Guards, now: float) -> None:
        guards.add(f"attribute_exists({guards.to.name(definition.table.pk.name)})")
        guards.add_given(kin_condition(definition))
