"""When calls are no longer made because those before them failed: decided without a clock and without a call."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import Final, Literal

import msgspec

from dynalayer.protocol import InvalidValue

State = Literal["closed", "open", "half open"]
Change = tuple[State, State, float]
Told = Callable[[State, State, float], object]
SLOTS: Final = 10
"""The window moves in tenths of itself: a handful of counts instead of a list of all calls."""


class Breaker(msgspec.Struct, frozen=True):
    """When the calls on a table are stopped, and for how long; its reads and its writes are counted apart.

    A circuit opens once `ratio` of the attempts within `window` seconds have failed, of at least `volume`. For `pause`
    seconds none is made; then one at a time is let through, whose success closes the circuit and whose failure opens
    it again. Throttling, failures of the service and lost connections are failures; every other answer is a success,
    failed conditions and refused requests among them. `Breaker(ratio=1.0, volume=5)` opens after five failures in a
    row. Observers are told of each change.

    Raises `InvalidValue` for figures that make no rule.
    """

    ratio: float = 0.5
    volume: int = 20
    window: float = 10.0
    pause: float = 30.0

    def __post_init__(self) -> None:
        if not (0 < self.ratio <= 1 and self.volume >= 1 and 0 < self.window < math.inf and 0 < self.pause < math.inf):
            raise InvalidValue("a breaker takes a ratio above 0 up to 1, a volume from 1 on, and seconds above 0")


class Permit(msgspec.Struct, frozen=True):
    """Leave to make one attempt; it is given back to its circuit with what became of it."""

    circuit: Circuit
    era: int
    is_probe: bool


class Circuit:
    """One circuit: closed while things go well, open while no call is made, half-open while one call tries.

    A permit of an earlier era counts for nothing: what began before the circuit opened must neither close it nor open
    it again. `told` hears of each change: the state before, the one after, and when.
    """

    __slots__ = ("_counts", "_era", "_lock", "_probing", "_until", "kind", "last", "rule", "state", "table", "told")

    def __init__(self, rule: Breaker, table: str = "", kind: str = "", told: Told | None = None) -> None:
        self.rule = rule
        self.told = told
        self.table = table
        self.kind = kind
        self.state: State = "closed"
        self.last = ""
        """The name of the error that opened it last."""
        self._era = 0
        self._until = 0.0
        self._probing = False
        self._counts: deque[list[int]] = deque()
        self._lock = Lock()

    def admit(self, now: float) -> Permit | float:
        """Leave to make an attempt, or how many seconds none is left for; 0 while another attempt tries."""
        with self._lock:
            if self.state == "closed":
                return Permit(self, self._era, is_probe=False)
            if now < self._until:
                return self._until - now
            if self._probing:
                return 0.0
            self._probing = True
            changed = self._become("half open", now) if self.state == "open" else None
            permit = Permit(self, self._era, is_probe=True)
        self._tell(changed)
        return permit

    def succeeded(self, permit: Permit, now: float) -> None:
        """The service has answered."""
        with self._lock:
            changed = None
            if permit.era == self._era:
                if permit.is_probe:
                    changed = self._become("closed", now)
                else:
                    self._count(now, 0)
        self._tell(changed)

    def failed(self, permit: Permit, now: float, error: str = "") -> None:
        """The service was too busy, failed, or did not answer."""
        with self._lock:
            changed = None
            if permit.era == self._era:
                self.last = error
                if permit.is_probe or self._count(now, 1):
                    self._until = now + self.rule.pause
                    changed = self._become("open", now)
        self._tell(changed)

    def abandoned(self, permit: Permit) -> None:
        """The attempt was given up (its task was cancelled), so it tells nothing; another may try."""
        with self._lock:
            if permit.is_probe and permit.era == self._era:
                self._probing = False

    def _become(self, state: State, now: float) -> Change:
        change = (self.state, state, now)
        self.state = state
        self._era += 1
        self._counts.clear()
        self._probing = state == "half open"
        return change

    def _count(self, now: float, failures: int) -> bool:
        """Count an attempt of the closed circuit; True if the rule says to open it."""
        slot = int(now // (self.rule.window / SLOTS))
        counts = self._counts
        if not counts or counts[-1][0] != slot:
            counts.append([slot, 0, 0])
        counts[-1][1] += 1
        counts[-1][2] += failures
        while counts[0][0] <= slot - SLOTS:
            counts.popleft()
        made = sum(count[1] for count in counts)
        return made >= self.rule.volume and sum(count[2] for count in counts) >= self.rule.ratio * made

    def _tell(self, change: Change | None) -> None:
        # Outside of the lock: who is told may ask the circuit.
        if change is not None and self.told is not None:
            self.told(*change)
