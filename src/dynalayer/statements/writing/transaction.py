"""Several writes that happen together or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import uuid4

import msgspec

from dynalayer.protocol import (
    CancellationReason,
    ConditionFailed,
    InvalidValue,
    ServiceError,
    TransactionCanceled,
)
from dynalayer.protocol.limits import TOKEN_LENGTH, TRANSACTION_ACTIONS
from dynalayer.statements.items.items import Check, Delete, Put, Update, within_limit
from dynalayer.statements.statement import Statement, encode

from .uniques import Claim, Release

Action = Put[Any] | Update[Any] | Delete[Any] | Check[Any]


class Transaction(Statement[None], frozen=True):
    """Up to 100 writes and checks on as many items, as one (API reference, TransactWriteItems).

    The token makes a repeated call take effect once, for ten minutes.
    """

    actions: tuple[Action, ...]
    token: str = msgspec.field(default_factory=lambda: str(uuid4()))
    markers: tuple[Claim | Release, ...] = ()

    operation: ClassVar[str] = "TransactWriteItems"
    repeatable: ClassVar[bool] = True
    writes: ClassVar[bool] = True

    def request(self, now: float) -> dict[str, Any]:
        items = [_action(action, now) for action in self.actions]
        items += [marker.action(now) for marker in self.markers]
        if len(items) > TRANSACTION_ACTIONS:
            raise InvalidValue(
                f"the transaction takes {len(self.actions)} statements and {len(self.markers)} more that keep values "
                f"unique; the service's limit is {TRANSACTION_ACTIONS}"
            )
        return {"TransactItems": items, "ClientRequestToken": self.token}

    def body(self, now: float) -> bytes:
        request = self.request(now)
        pairs = zip(self.actions, request["TransactItems"], strict=False)
        items = [(a.entity.__definition__, made["Put"]["Item"]) for a, made in pairs if isinstance(a, Put)]
        return within_limit(encode(request), items)

    def read(self, answer: bytes, now: float) -> None:
        return None

    def explain_error(self, error: ServiceError) -> ServiceError:
        if not isinstance(error, TransactionCanceled) or len(error.reasons) != len(self.actions) + len(self.markers):
            return error
        pairs = list(zip(self.actions, error.reasons, strict=False))
        reasons = [_reason(action, reason) for action, reason in pairs]
        for marker, reason in zip(self.markers, error.reasons[len(pairs) :], strict=True):
            if reasons[marker.index].code == "None":
                reasons[marker.index] = _marker_reason(marker, reason)
        causes = "; ".join(f"{i + 1}: {r.message}" for i, r in enumerate(reasons) if r.code != "None")
        message = f"the transaction was cancelled, nothing was written; {causes}"
        return TransactionCanceled(message, reasons=reasons, statements=self.actions)


def transaction(actions: Sequence[Action], token: str | None = None) -> Transaction:
    """A transaction of these actions; raises `InvalidValue` for none, over 100, or two on one item.

    `token` has 1 to 36 characters (API reference, TransactWriteItems); without it each transaction has one of its own.
    """
    if token is not None and not 1 <= len(token) <= TOKEN_LENGTH:
        raise InvalidValue(f"the token of a transaction has 1 to {TOKEN_LENGTH} characters, got {len(token)}")
    if not 1 <= len(actions) <= TRANSACTION_ACTIONS:
        raise InvalidValue(f"a transaction takes 1 to {TRANSACTION_ACTIONS} statements, got {len(actions)}")
    seen: set[Any] = set()
    for action in actions:
        key = action.key
        if key in seen:
            raise InvalidValue(f"a transaction may touch an item once, but two of its statements are on {key!r}")
        seen.add(key)
    return Transaction(tuple(actions)) if token is None else Transaction(tuple(actions), token)


def _action(action: Action, now: float) -> dict[str, Any]:
    match action:
        case Put():
            return {"Put": action.request(now)}
        case Update():
            return {"Update": action.action(now)}
        case Delete():
            return {"Delete": action.action(now)}
        case Check():
            return {"ConditionCheck": action.action(now)}


def _marker_reason(marker: Claim | Release, reason: CancellationReason) -> CancellationReason:
    if reason.code != "ConditionalCheckFailed":
        return reason
    where = f"{marker.definition.name} in {marker.definition.table.name}"
    message = f"{where}: another item has this {marker.attribute.name}, which is unique; nothing was written"
    return CancellationReason("NotUnique", message, attribute=marker.attribute.name)


def _reason(action: Action, reason: CancellationReason) -> CancellationReason:
    if reason.code != "ConditionalCheckFailed" or isinstance(action, Check):
        name = action.key.definition.name if isinstance(action, Check) else ""
        message = f"{name}: the check was not met" if name and reason.code != "None" else reason.message
        return CancellationReason(reason.code, message, reason.item)
    explained = action.explain_error(ConditionFailed(item=reason.item))
    return CancellationReason(reason.code, explained.message, reason.item)
