"""Calls that are made once, however often they are asked for: in progress, done, and forgotten after a while."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final

from dynalayer import Attr, ConditionFailed, DefinitionError, Delete, Get, Key, Put, Statement, Table, attr, primary
from dynalayer.statements import Clock, Pause, Plan, Steps

from .binding import Kept, bind, insist, milliseconds, seconds_up, standing
from .errors import PayloadMismatch, StillRunning, TakenOver
from .lease import Ids, unique_id

_FIRST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 1.0
_LONGEST_NAME: Final = 900
"""Bytes; escaped they may double, and with the prefix and the hash they fit into the 2,048 of a partition key."""


class CallRecord(Kept):
    """A call that is being made, or has been; `until` (ms since 1970) another may take it over, or make it anew.

    Of the key and the arguments it holds hashes only.
    """

    calls: Attr[str] = attr(max_bytes=_LONGEST_NAME)
    hashed: Attr[str] = attr(max_bytes=64)
    run: Attr[str] = attr()
    fingerprint: Attr[str] = attr()
    done: Attr[bool] = attr(default=False)
    until: Attr[int] = attr()
    result: Attr[str | None] = attr(default=None)
    key = primary((calls, hashed), pk="CALL#{calls}#{hashed}")


@dataclass(frozen=True, slots=True)
class Started:
    """The caller makes the call; `run` is its own name."""

    hashed: str
    fingerprint: str
    run: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The call was made before; `result` as it was given to `finish`, None if it was not kept."""

    result: str | None


class Idempotency:
    """Remembers calls of one kind by a key: `begin`, then make the call, then `finish` or `abandon`.

    A call in progress belongs to its run for `run_for` seconds; after that it counts as crashed and the next caller may
    take it over, so choose more than a call can take (in AWS Lambda: its remaining time). A call that is done is
    remembered for `keep_for` seconds. A result over `most_bytes` is not kept. Times are by the clocks of the callers.

    `@idempotent` does all this around a function.
    """

    def __init__(
        self,
        table: Table,
        name: str,
        *,
        keep_for: float = 86_400.0,
        run_for: float = 60.0,
        most_bytes: int = 350_000,
        ids: Ids = unique_id,
    ) -> None:
        if keep_for <= 0 or run_for <= 0:
            raise DefinitionError(f"idempotency {name!r}: keep_for and run_for must be more than 0 seconds")
        self.name = name
        self._keep_for = keep_for
        self._run_for = run_for
        self._most_bytes = most_bytes
        self._ids = ids
        self._entity = bind(CallRecord, table)

    def begin(
        self, key: str, payload: bytes = b"", *, run_for: float | None = None, wait: float = 0.0
    ) -> Plan[Started | Finished]:
        """Ask to make a call.

        Raises `PayloadMismatch` if the key was used with another payload, `StillRunning` if the call is being made
        elsewhere and is neither done nor crashed within `wait` seconds.
        """
        run_for = self._run_for if run_for is None else run_for
        hashed, fingerprint = _hash(key.encode()), _hash(payload)
        return Plan(
            f"begin {self.name}",
            lambda clock: self._begin(clock, Started(hashed, fingerprint, self._ids()), run_for, wait),
        )

    def finish(self, run: Started, result: str | None = None) -> Plan[None]:
        """Remember that the call is done; raises `TakenOver` if another run has taken its place."""
        return Plan(f"finish {self.name}", lambda clock: self._finish(clock, run, result))

    def abandon(self, run: Started) -> Plan[None]:
        """Forget a call that was not made, so that the next caller may make it."""
        return Plan(f"abandon {self.name}", lambda clock: self._abandon(run))

    def key(self, key: str) -> Key[CallRecord]:
        """The key of a call's record: to delete it is to forget the call."""
        return self._entity.key(self.name, _hash(key.encode()))

    def statements(self, hashed: str) -> tuple[Statement[Any], ...]:
        """All that may be asked of the database, to be declared as access patterns: give it `any_(str)`.

        Beginning (and finishing), reading what stands in the way, and abandoning, in this order.
        """
        entity = self._entity
        made = self._record(Started(hashed, "", ""), 0.0, done=True, result="")
        key = entity.key(self.name, hashed)
        return Put(made, entity.run.exists()), Get(key, consistent=True), Delete(key, entity.run.exists())

    def _begin(self, clock: Clock, mine: Started, run_for: float, wait: float) -> Steps[Started | Finished]:
        give_up, pause = clock() + wait, _FIRST_PAUSE
        while True:
            try:
                yield from insist(lambda: self._put(mine, clock(), run_for))
            except ConditionFailed as error:
                now = clock()
                record = yield from standing(self._entity.key(self.name, mine.hashed), error)
                left = 0.0 if record is None else (record.until - milliseconds(now)) / 1000
                if record is not None and left > 0:
                    if record.fingerprint != mine.fingerprint:
                        raise PayloadMismatch(
                            f"idempotency {self.name!r}: this key was used before with other arguments; make keys that "
                            "are different for different calls"
                        ) from None
                    if record.done:
                        return Finished(record.result)
                    if now >= give_up:
                        raise self._still_running(left) from None
                yield Pause(max(0.001, min(pause, give_up - now, left)))
                pause = min(2 * pause, _LONGEST_PAUSE)
            else:
                return mine

    def _still_running(self, left: float) -> StillRunning:
        return StillRunning(f"idempotency {self.name!r}: the same call is in progress, for {left:.3f} s at most", left)

    def _put(self, mine: Started, now: float, run_for: float) -> Put[CallRecord]:
        entity = self._entity
        is_free = entity.run.missing() | (entity.until <= milliseconds(now))
        # Its own try counts as free, so that a call whose answer was lost can be made again.
        return Put(self._record(mine, now + run_for), is_free | (entity.run == mine.run))

    def _record(self, mine: Started, until: float, *, done: bool = False, result: str | None = None) -> CallRecord:
        return self._entity(
            calls=self.name,
            hashed=mine.hashed,
            run=mine.run,
            fingerprint=mine.fingerprint,
            done=done,
            until=milliseconds(until),
            result=result,
            expires_at=seconds_up(until),
        )

    def _finish(self, clock: Clock, mine: Started, result: str | None) -> Steps[None]:
        kept = result if result is not None and len(result.encode()) <= self._most_bytes else None
        still_mine = self._entity.run.missing() | (self._entity.run == mine.run)
        try:
            yield from insist(
                lambda: Put(self._record(mine, clock() + self._keep_for, done=True, result=kept), still_mine)
            )
        except ConditionFailed:
            raise TakenOver(
                f"idempotency {self.name!r}: the call took longer than its time to run and another has taken it over; "
                "it may have been made twice: give it more time by run_for="
            ) from None

    def _abandon(self, mine: Started) -> Steps[None]:
        running = (self._entity.run == mine.run) & (self._entity.done == False)  # noqa: E712
        try:
            yield from insist(lambda: Delete(self._entity.key(self.name, mine.hashed), running))
        except ConditionFailed:
            return


def _hash(value: bytes) -> str:
    return hashlib.sha256(value).hexdigest()
