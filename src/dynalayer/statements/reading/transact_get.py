"""Reading several items as they are at one moment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import msgspec

from dynalayer.protocol import InvalidValue, Item, ServiceError, TransactionCanceled
from dynalayer.protocol.limits import TRANSACTION_ACTIONS
from dynalayer.schema import Key
from dynalayer.statements.expiry import is_expired
from dynalayer.statements.statement import Statement


class _Response(msgspec.Struct):
    Item: Item | None = None


class _Answer(msgspec.Struct):
    Responses: list[_Response]


class TransactGet(Statement[tuple[Any, ...]], frozen=True):
    """Read up to 100 items together (API reference, TransactGetItems): no write falls between two of them.

    One entry for each key, in order, None where there is no item or its time to live has passed. Items of up to 4 MB in
    all; each read costs twice what a consistent one does.
    """

    keys: tuple[Key[Any], ...]
    expired: bool = False

    operation: ClassVar[str] = "TransactGetItems"
    repeatable: ClassVar[bool] = True

    def request(self, now: float) -> dict[str, Any]:
        gets = [{"Get": {"TableName": key.definition.table.name, "Key": key.wire}} for key in self._distinct]
        return {"TransactItems": gets}

    @property
    def _distinct(self) -> list[Key[Any]]:
        """The service refuses an item named twice."""
        return list(dict.fromkeys(self.keys))

    def read(self, answer: bytes, now: float) -> tuple[Any, ...]:
        responses = msgspec.json.decode(answer, type=_Answer).Responses
        found = {
            key: self._entity(key, response.Item, now) for key, response in zip(self._distinct, responses, strict=True)
        }
        return tuple([found[key] for key in self.keys])

    def _entity(self, key: Key[Any], item: Item | None, now: float) -> Any:
        if not item:
            return None
        entity = key.definition.decode(item)
        return None if not self.expired and is_expired(entity, key.definition, now) else entity

    def explain_error(self, error: ServiceError) -> ServiceError:
        if not isinstance(error, TransactionCanceled) or len(error.reasons) != len(self._distinct):
            return error
        causes = [
            f"{key.definition.name} in {key.definition.table.name}: {reason.message or reason.code}"
            for key, reason in zip(self._distinct, error.reasons, strict=True)
            if reason.code != "None"
        ]
        return TransactionCanceled(f"the items were not read together; {'; '.join(causes)}", reasons=error.reasons)


def transact_get(keys: Sequence[Key[Any]], *, expired: bool = False) -> TransactGet:
    """The read of these keys at one moment; raises `InvalidValue` for none or over 100."""
    if not 1 <= len(keys) <= TRANSACTION_ACTIONS:
        raise InvalidValue(f"a transaction reads 1 to {TRANSACTION_ACTIONS} items, got {len(keys)}")
    return TransactGet(tuple(keys), expired)
