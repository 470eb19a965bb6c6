"""Writing batches of items to the target, at a rate, until every item is written or known to be there already."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any, Final

from msgspec import Struct

from dynalayer import Database, RetryPolicy
from dynalayer.migrate.contract import TableSpec
from dynalayer.protocol import ConditionFailed, DynalayerError, Throttled
from dynalayer.statements import Raw

from .batches import Write
from .rate import WriteRate

_ROUNDS: Final = 60


class TargetRefuses(DynalayerError):
    """The target does not take items any more, after all tries; what is written so far is noted."""


class Written(Struct, frozen=True):
    """What became of the items of a batch: written, or kept because one with that key was there."""

    written: int
    kept: int


class Writer:
    """Writes to one table; `only_new` leaves items alone that are there already, `only_newer` those that are not older.

    Rates count write units as they are estimated before. `sleep` waits seconds, `chance` spreads the waits.
    """

    def __init__(
        self,
        database: Database,
        rate: WriteRate,
        sleep: Callable[[float], None],
        chance: random.Random,
        *,
        only_new: bool = False,
        only_newer: bool = False,
    ) -> None:
        self._database = database
        self._rate = rate
        self._sleep = sleep
        self._between = RetryPolicy(base=0.025, cap=20.0, random=chance.random)
        self._only_new = only_new
        self._only_newer = only_newer

    def write(self, table: TableSpec, physical: str, batch: Sequence[Write], newer_by: str | None = None) -> Written:
        """Write all of a batch; raises `TargetRefuses` if the target throttles for too long.

        `newer_by` is the attribute that tells which of two items is newer.
        """
        if self._only_new or self._only_newer:
            age = newer_by if self._only_newer else None
            kept = sum(not self._create(table, physical, write, age) for write in batch)
            return Written(len(batch) - kept, kept)
        self._put(physical, batch)
        return Written(len(batch), 0)

    def _put(self, physical: str, batch: Sequence[Write]) -> None:
        left: list[Any] = [{"PutRequest": {"Item": write.item}} for write in batch]
        units = sum(write.units for write in batch)
        for number in range(_ROUNDS):
            self._wait(self._rate.reserve(units * len(left) / len(batch)))
            left = self._attempt(physical, left)
            if not left:
                return
            self._rate.throttled()
            self._wait(self._between.wait(number + 1))
        raise TargetRefuses(f"table {physical!r} left {len(left)} items of a batch unwritten {_ROUNDS} times in a row")

    def _attempt(self, physical: str, left: list[Any]) -> list[Any]:
        """What is left after one request."""
        request = Raw("BatchWriteItem", {"RequestItems": {physical: left}}, repeatable=True)
        try:
            answer = self._database.run(request)
        except Throttled:
            return left
        unprocessed: list[Any] = (answer.get("UnprocessedItems") or {}).get(physical, [])
        return unprocessed

    def _create(self, table: TableSpec, physical: str, write: Write, age: str | None) -> bool:
        """Write an item if there is none with its key, or one that is older by `age`; False if there is another."""
        request: dict[str, Any] = {
            "TableName": physical,
            "Item": write.item,
            "ConditionExpression": "attribute_not_exists(#key)",
            "ExpressionAttributeNames": {"#key": table.pk},
        }
        if age is not None and age in write.item:
            request["ConditionExpression"] += " OR #age < :age"
            request["ExpressionAttributeNames"]["#age"] = age
            request["ExpressionAttributeValues"] = {":age": write.item[age]}
        for number in range(_ROUNDS):
            self._wait(self._rate.reserve(write.units))
            try:
                self._database.run(Raw("PutItem", request, repeatable=True))
            except ConditionFailed:
                return False
            except Throttled:
                self._rate.throttled()
                self._wait(self._between.wait(number + 1))
            else:
                return True
        raise TargetRefuses(f"table {physical!r} throttled one item {_ROUNDS} times in a row")

    def _wait(self, seconds: float) -> None:
        if seconds > 0:
            self._sleep(seconds)
