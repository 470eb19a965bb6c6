"""Writes that are made again because no answer came: which may be, and what a refusal of the second one means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar, cast

import msgspec

from dynalayer.protocol import ConditionFailed, DynalayerError, Item, OutcomeUnknown, numbers
from dynalayer.schema import Change, Definition, Key, Wire
from dynalayer.statements.batches.batch import BatchWrite
from dynalayer.statements.batches.batching import EncodedBatch
from dynalayer.statements.items.items import Delete, Get, Put, Update, revision_of
from dynalayer.statements.plan import Clock, Plan, Steps, ask
from dynalayer.statements.raw import stored_item
from dynalayer.statements.statement import Statement

from .transaction import Transaction
from .upgrading import Upgraded

R = TypeVar("R")

_SETS = frozenset({"SS", "NS", "BS"})


def may_repeat(statement: Statement[Any]) -> bool:
    """True if the call may be made again although it may have taken effect: it then does nothing more, or is refused.

    A put writes the same item; a deletion finds nothing; an update may be repeated if none of its changes builds on
    what the first one has left, or if a revision that it asks for lets it pass once only.
    """
    if statement.repeatable or isinstance(statement, (Put, Delete, Upgraded)):
        return True
    if not isinstance(statement, Update):
        return False
    update: Update[Any] = statement
    return revision_of(update.target) is not None or all(_same_twice(each, update.changes) for each in update.changes)


def _same_twice(change: Change[Any], all_of_them: Sequence[Change[Any]]) -> bool:
    if change.path.steps and isinstance(change.path.steps[-1], int):
        # Behind the end of a list a set appends, and after a removal another element has the number.
        return False
    if change.action == "ADD":
        return change.path.codec.is_set
    if change.action == "COPY" and change.source is not None:
        name = change.source.attribute.name
        return all(other.path.attribute.name != name for other in all_of_them)
    return change.action in ("SET", "SET_IF_MISSING", "REMOVE", "DELETE")


def judged(statement: Statement[R], body: bytes, refusal: ConditionFailed) -> Plan[R]:
    """What it means that a write was refused of which an earlier attempt got no answer.

    A put whose own item is what is stored has been made. An update that asks for a revision has not if that revision is
    still there. All else may have been the earlier attempt or somebody else: the plan raises `OutcomeUnknown`.
    """

    def begin(clock: Clock) -> Steps[R]:
        if isinstance(statement, Upgraded):
            raise refusal
        item = refusal.item
        if item is None:
            try:
                item = yield from _stored(statement)
            except DynalayerError as error:
                why = "no answer came to it and, made again, it was refused; what is stored could not be read"
                raise outcome_unknown(statement, f"{why} ({error})") from error
        if isinstance(statement, Put) and item is not None and same_item(_sent(body), item):
            return cast("R", None)
        if isinstance(statement, Update) and _has_wrong_form(statement, item):
            raise refusal
        if isinstance(statement, Update) and _is_untouched(statement, item):
            raise statement.explain_error(ConditionFailed(item=item))
        raise outcome_unknown(
            statement,
            "no answer came to it and, made again, it was refused: the first may have been made and changed since by "
            "others, or they came before it; compare the error's `item`, which is stored now",
            item,
        ) from refusal

    return Plan(f"judge {statement.operation}", begin)


def _is_untouched(update: Update[Any], item: Item | None) -> bool:
    """True if the item still has the revision that the update would have replaced."""
    expected = revision_of(update.target)
    lifecycle = update.definition.lifecycle
    if not expected or item is None or lifecycle is None or lifecycle.revision is None:
        return False
    return lifecycle.revision.wire_in(item) == {"N": str(expected)}


def _has_wrong_form(update: Update[Any], item: Item | None) -> bool:
    """True if an upsert that asks for nothing else was refused by an item for its other form, which can be made now.

    It may be repeated, so it does no harm that the first one may have made the map.
    """
    asks = update.if_ is not None or update.guard is not None or any(change.bounds for change in update.changes)
    return update.upsert and not asks and update.other_form(item) is not None


def _stored(statement: Statement[Any]) -> Steps[Item | None]:
    """The item as it is now: not every service gives it back with the refusal."""
    definition, key = _about(statement)
    if definition is None or key is None:
        return None
    found = yield from stored_item(definition.table, key.wire)
    return found


def _sent(body: bytes) -> Item:
    item: Item = msgspec.json.decode(body, type=dict[str, Any])["Item"]
    return item


def same_item(left: Item, right: Item) -> bool:
    """Whether two items are the same as the service keeps them: however numbers are written and sets are ordered."""
    return left.keys() == right.keys() and all(_same(value, right[name]) for name, value in left.items())


def _same(left: Wire, right: Wire) -> bool:
    if left == right:
        return True
    ((kind, ours),) = left.items()
    if kind not in right:
        return False
    theirs = right[kind]
    if kind == "M":
        return same_item(ours, theirs)
    if kind == "L":
        return len(ours) == len(theirs) and all(_same(a, b) for a, b in zip(ours, theirs, strict=True))
    if kind == "N":
        return numbers.normal(ours) == numbers.normal(theirs)
    if kind in _SETS:
        normal = numbers.normal if kind == "NS" else str
        return {normal(each) for each in ours} == {normal(each) for each in theirs}
    return False


def read_after(write: Update[Any]) -> Steps[Any]:
    """The item after an update that was made as a transaction; no failure of this read may deny the update."""
    try:
        found = yield from ask(Get(write.key, consistent=True, expired=True))
    except DynalayerError as error:
        raise outcome_unknown(write, f"it was made, but the item could not be read after it ({error})") from error
    if found is None:
        raise outcome_unknown(write, "it was made, and others have deleted the item since")
    return found


def outcome_unknown(statement: Statement[Any], why: str, item: Item | None = None) -> OutcomeUnknown:
    """The error of a write that nobody can tell the fate of, with what it was about."""
    definition, key = _about(statement)
    if definition is None:
        tables = sorted(_tables(statement))
        named = f"{statement.operation} on {', '.join(tables)}" if tables else statement.operation
        return OutcomeUnknown(f"{named}: {why}", table=tables[0] if len(tables) == 1 else "", item=item)
    message = f"{statement.operation} of {definition.name} in {definition.table.name} (the error's `key`): {why}"
    return OutcomeUnknown(message, table=definition.table.name, entity=definition.name, key=key, item=item)


def _about(statement: Statement[Any]) -> tuple[Definition | None, Key[Any] | None]:
    if isinstance(statement, (Put, Update, Delete)):
        write: Put[Any] | Update[Any] | Delete[Any] = statement
        return write.definition, write.key
    if isinstance(statement, Transaction) and len(statement.actions) == 1:
        return statement.actions[0].definition, statement.actions[0].key
    return (statement.definition, None) if isinstance(statement, Upgraded) else (None, None)


def _tables(statement: Statement[Any]) -> set[str]:
    if isinstance(statement, Transaction):
        return {action.definition.table.name for action in statement.actions}
    if isinstance(statement, (BatchWrite, EncodedBatch)):
        keys = [each.definition if isinstance(each, Key) else each.__definition__ for each in statement.actions]
        return {definition.table.name for definition in keys}
    return set()
