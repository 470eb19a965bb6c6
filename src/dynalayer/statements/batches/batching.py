"""Batches of any size: cut to the service's sizes, leftovers tried again, and a result that accounts for everything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Generic, Never, TypeVar, cast

import msgspec

from dynalayer.protocol import BatchIncomplete, DynalayerError, ServiceError, Throttled
from dynalayer.protocol.limits import BATCH_BYTES
from dynalayer.schema import Entity, Key
from dynalayer.statements.plan import Clock, Pause, Plan, Steps, Together
from dynalayer.statements.statement import Statement

from .batch import BatchGet, BatchWrite, batch_gets, batch_writes

E = TypeVar("E", bound=Entity)
E_co = TypeVar("E_co", bound=Entity, covariant=True)
T = TypeVar("T", bound=Entity)
Action = Entity | Key[Any]


class BatchRead(msgspec.Struct, Generic[E_co], frozen=True):
    """What became of each key of a batch read: each is in exactly one of `done`, `missing` and `undone`.

    `undone` tells for each key that was not looked up what prevented it.
    """

    keys: tuple[Key[E_co], ...]
    done: Mapping[Key[Any], E_co]
    missing: tuple[Key[E_co], ...]
    undone: Mapping[Key[Any], DynalayerError]
    rounds: int

    def __getitem__(self, key: Key[T]) -> T | None:
        """The item of a key, None where there is none; raises `BatchIncomplete` if the key was not looked up."""
        if key in self.undone:
            self._refuse([key])
        if key not in self.done and key not in self.missing:
            raise KeyError(f"{key.definition.name}: this key was not asked for")
        return cast("T | None", self.done.get(key))

    @property
    def items(self) -> list[E_co | None]:
        """One entry for each key, in order; raises `BatchIncomplete` if some were not looked up."""
        return [self.done.get(key) for key in self.checked().keys]

    def checked(self) -> BatchRead[E_co]:
        """This result if it is complete; raises `BatchIncomplete` otherwise."""
        if self.undone:
            self._refuse(list(self.undone))
        return self

    def _refuse(self, undone: Sequence[Key[Any]]) -> Never:
        _raise(undone, next(iter(self.undone.values())), self, "read", bool(self.done or self.missing))


class NotWritten(msgspec.Struct, frozen=True):
    """A write of a batch that was not made, or of which no answer tells that it was, and why."""

    action: Action
    reason: DynalayerError


class BatchWritten(msgspec.Struct, frozen=True):
    """What became of each write of a batch: each is in exactly one of `done` and `undone`."""

    done: tuple[Action, ...]
    undone: tuple[NotWritten, ...]
    rounds: int

    def checked(self) -> BatchWritten:
        """This result if it is complete; raises `BatchIncomplete` otherwise."""
        if self.undone:
            actions = [left.action for left in self.undone]
            _raise(actions, self.undone[0].reason, self, "written", bool(self.done))
        return self


def _raise(
    undone: Sequence[Any], reason: DynalayerError, result: BatchRead[Any] | BatchWritten, done: str, some: bool
) -> Never:
    if not some and not isinstance(reason, _LeftOver):
        raise reason
    message = f"{len(undone)} items of the batch were not {done} after {result.rounds} attempts: {reason}"
    raise BatchIncomplete(message, undone, result) from reason


class _LeftOver(Throttled):
    """The service took the batch and gave part of it back."""


class Patience(msgspec.Struct, frozen=True):
    """How leftovers are tried again: `attempts` rounds in a row that get little done, `wait` seconds between rounds.

    A round that does a quarter of its work or more does not count: large items come 16 MB an answer.
    """

    attempts: int
    wait: Callable[[int], float]
    width: int = 4

    def after(self, poor: int, asked: int, left: int) -> int:
        """The number of poor rounds after one that left so many of those asked for."""
        return poor + 1 if (asked - left) * 4 < asked else poor


def read_batch(keys: Iterable[Key[E]], patience: Patience, *, consistent: bool = False) -> Plan[BatchRead[E]]:
    """Read any number of items by their keys; the result tells of each what became of it."""
    wanted = tuple(keys)

    def begin(clock: Clock) -> Steps[BatchRead[E]]:
        found: dict[Key[Any], Any] = {}
        undone: dict[Key[Any], DynalayerError] = {}
        rest: list[Key[Any]] = list(dict.fromkeys(wanted))
        poor = rounds = 0
        while rest:
            refusal = yield from _waited(patience, poor, rounds)
            if refusal is not None:
                undone |= dict.fromkeys(rest, refusal)
                break
            rounds += 1
            parts = batch_gets(rest, consistent=consistent)
            left: list[Key[Any]] = []
            for part, outcome in zip(parts, (yield Together(parts, patience.width)), strict=True):
                if isinstance(outcome, DynalayerError):
                    undone |= dict.fromkeys(part.keys, outcome)
                    continue
                found |= outcome
                left += [key for key in part.keys if key not in outcome]
            poor = patience.after(poor, len(rest), len(left))
            if poor >= patience.attempts:
                undone |= dict.fromkeys(left, _left_over())
                break
            rest = left
        done = {key: entity for key, entity in found.items() if entity is not None}
        missing = tuple(key for key, entity in found.items() if entity is None)
        return BatchRead(wanted, done, missing, undone, rounds)

    return Plan("batch read", begin, BatchGet(wanted, consistent))


def write_batch(put: Iterable[Entity], delete: Iterable[Key[Any]], patience: Patience) -> Plan[BatchWritten]:
    """Put and delete any number of items, each on its own; the result tells of each what became of it.

    Everything is encoded before the first call, so what cannot be stored is refused before anything is written.
    """
    wanted: list[Action] = [*put, *delete]

    def begin(clock: Clock) -> Steps[BatchWritten]:
        done: list[Action] = []
        undone: list[NotWritten] = []
        rest = wanted
        poor = rounds = 0
        while rest:
            refusal = yield from _waited(patience, poor, rounds)
            if refusal is not None:
                undone += [NotWritten(action, refusal) for action in rest]
                break
            rounds += 1
            now = clock()
            parts = [small for part in batch_writes(rest) for small in _fitting(part, now)]
            left: list[Action] = []
            for part, outcome in zip(parts, (yield Together(parts, patience.width)), strict=True):
                if isinstance(outcome, DynalayerError):
                    undone += [NotWritten(action, outcome) for action in part.actions]
                    continue
                left += outcome
                behind = set(map(id, outcome))
                done += [_settled(action, now) for action in part.actions if id(action) not in behind]
            poor = patience.after(poor, len(rest), len(left))
            if poor >= patience.attempts:
                undone += [NotWritten(action, _left_over()) for action in left]
                break
            rest = left
        return BatchWritten(tuple(done), tuple(undone), rounds)

    return Plan("batch write", begin, BatchWrite(tuple(wanted)))


def _waited(patience: Patience, poor: int, rounds: int) -> Steps[DynalayerError | None]:
    """Wait between two rounds; the error that forbids it (a deadline), so that what is done already is still told."""
    if rounds:
        try:
            yield Pause(patience.wait(max(poor, 1)))
        except DynalayerError as error:
            return error
    return None


def _left_over() -> DynalayerError:
    return _LeftOver("the service left it over, as it does when a table is written or read too fast; try it later")


def _settled(action: Action, now: float) -> Action:
    """An entity takes over what its write has filled in."""
    if not isinstance(action, Key):
        action.__definition__.settle(action, now)
    return action


class EncodedBatch(Statement[list[Action]], frozen=True):
    """A batch write whose bytes are made already, because their number decides how batches are cut."""

    whole: BatchWrite
    bytes_: bytes

    operation = BatchWrite.operation
    repeatable = BatchWrite.repeatable

    @property
    def actions(self) -> tuple[Action, ...]:
        return self.whole.actions

    def request(self, now: float) -> dict[str, Any]:
        return self.whole.request(now)

    def body(self, now: float) -> bytes:
        return self.bytes_

    def read(self, answer: bytes, now: float) -> list[Action]:
        return self.whole.read(answer, now)

    def explain_error(self, error: ServiceError) -> ServiceError:
        return self.whole.explain_error(error)


def _fitting(part: BatchWrite, now: float) -> Iterator[EncodedBatch]:
    """The batch in as many parts as the service's 16 MB for a request make it (API reference, BatchWriteItem)."""
    body = part.body(now)
    if len(body) <= BATCH_BYTES or len(part.actions) == 1:
        yield EncodedBatch(part, body)
        return
    middle = len(part.actions) // 2
    yield from _fitting(BatchWrite(part.actions[:middle]), now)
    yield from _fitting(BatchWrite(part.actions[middle:]), now)


__all__ = ["BatchGet", "BatchRead", "BatchWritten", "NotWritten", "Patience", "read_batch", "write_batch"]
