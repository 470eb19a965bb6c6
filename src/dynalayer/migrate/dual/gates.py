"""What must have been seen before the next phase is entered: figures and judgements; pure."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from .phases import Phase

_HOUR: Final = 3600


class Figures(Struct, frozen=True):
    """What was counted in the window of a gate, all since the phase was entered.

    `seconds` is how long the present phase lasts, `pending` how many keys wait for repair for longer than the limits
    say, `settling` how many deleted or moved keys wait as long to be looked at again after the backfill.
    """

    seconds: float
    writes_ok: int = 0
    writes_failed: int = 0
    compared_ok: int = 0
    compared_failed: int = 0
    pending: int = 0
    settling: int = 0

    @property
    def writes(self) -> int:
        """All writes to both databases."""
        return self.writes_ok + self.writes_failed

    @property
    def compared(self) -> int:
        """All comparisons."""
        return self.compared_ok + self.compared_failed


class Limits(Struct, frozen=True):
    """What the gates ask for; times in seconds, shares of one.

    A key that waits is under way, and does not keep a gate shut, until it has waited for `waiting_seconds`.
    """

    dual_write_seconds: float = 24 * _HOUR
    dual_write_success: float = 0.99
    dual_write_least: int = 1_000
    compare_seconds: float = 24 * _HOUR
    compare_errors: float = 0.001
    compare_least: int = 1_000
    stable_seconds: float = 48 * _HOUR
    waiting_seconds: float = 60.0

    def window(self, now: Phase) -> float:
        """Over how many seconds the gate after this phase looks back."""
        return {2: self.dual_write_seconds, 3: self.compare_seconds, 4: self.stable_seconds}.get(now.number, 0.0)


NO_WAY_BACK: Final = (
    "after phase 5 SQL is not written any more and nothing brings writes back to it: "
    "a rollback would lose what was written since"
)


def missing(now: Phase, figures: Figures, limits: Limits) -> tuple[str, ...]:
    """What speaks against leaving this phase forward, with figures; nothing if the gate is open."""
    match now.number:
        case 2:
            return (*_lasted(figures, limits.dual_write_seconds), *_written(figures, limits), *_waiting(figures))
        case 3:
            return (*_lasted(figures, limits.compare_seconds), *_compared(figures, limits), *_waiting(figures))
        case 4:
            lasted = _lasted(figures, limits.stable_seconds)
            return (*lasted, *_written(figures, limits), *_waiting(figures), NO_WAY_BACK)
        case _:
            return ()


def _lasted(figures: Figures, seconds: float) -> tuple[str, ...]:
    if figures.seconds >= seconds:
        return ()
    return (f"the phase lasts {figures.seconds / _HOUR:,.1f} h of {seconds / _HOUR:,.1f} h",)


def _written(figures: Figures, limits: Limits) -> tuple[str, ...]:
    if figures.writes < limits.dual_write_least:
        return (f"{figures.writes:,} writes to both databases of at least {limits.dual_write_least:,}",)
    # Compared by counts: a share that was rounded could pass a limit that it does not reach.
    if figures.writes_ok >= limits.dual_write_success * figures.writes:
        return ()
    share = figures.writes_ok / figures.writes
    return (f"{share:.3%} of {figures.writes:,} writes reached DynamoDB, {limits.dual_write_success:.3%} are needed",)


def _compared(figures: Figures, limits: Limits) -> tuple[str, ...]:
    if figures.compared < limits.compare_least:
        return (f"{figures.compared:,} comparisons of at least {limits.compare_least:,}",)
    if figures.compared_failed < limits.compare_errors * figures.compared:
        return ()
    share = figures.compared_failed / figures.compared
    return (f"{share:.3%} of {figures.compared:,} comparisons differ, under {limits.compare_errors:.3%} are needed",)


def _waiting(figures: Figures) -> tuple[str, ...]:
    told: list[str] = []
    if figures.pending:
        told.append(f"{figures.pending:,} keys wait for repair")
    if figures.settling:
        told.append(
            f"{figures.settling:,} deleted or moved keys are not looked at again since the backfill: settle them"
        )
    return tuple(told)
