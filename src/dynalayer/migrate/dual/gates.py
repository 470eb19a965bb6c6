"""What must have been seen before the next phase is entered: figures and judgements; pure."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from .phases import Phase

_HOUR: Final = 3600


class WayBack(Struct, frozen=True):
    """How the synchronisation back into SQL stands.

    It was heard of `silent` seconds ago; what happened more than `behind` seconds ago is in SQL, except for the `left`
    items. `uncovered` are the entities that it does not bring back.
    """

    silent: float
    behind: float
    left: int = 0
    uncovered: tuple[str, ...] = ()


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
    way_back: WayBack | None = None

    @property
    def numbers(self) -> dict[str, float]:
        """The figures by their names, as a journal keeps them."""
        own = {name: getattr(self, name) for name in self.__struct_fields__ if name != "way_back"}
        back = self.way_back
        return own if back is None else {**own, "silent": back.silent, "behind": back.behind, "left": back.left}

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
    silent_seconds: float = 30
    behind_seconds: float = 60
    quiet_seconds: float = 2
    handover_seconds: float = 20
    waiting_seconds: float = 60.0

    def window(self, now: Phase) -> float:
        """Over how many seconds the gate after this phase looks back."""
        return {2: self.dual_write_seconds, 3: self.compare_seconds, 4: self.stable_seconds}.get(now.number, 0.0)


def missing(now: Phase, figures: Figures, limits: Limits) -> tuple[str, ...]:
    """What speaks against leaving this phase forward, with figures; nothing if the gate is open."""
    match now.number:
        case 2:
            return (*_lasted(figures, limits.dual_write_seconds), *_written(figures, limits), *_waiting(figures))
        case 3:
            return (*_lasted(figures, limits.compare_seconds), *_compared(figures, limits), *_waiting(figures))
        case 4:
            lasted = _lasted(figures, limits.stable_seconds)
            return (*lasted, *_written(figures, limits), *_waiting(figures), *_way_back(figures, limits))
        case _:
            return ()


def missing_back(now: Phase, figures: Figures, limits: Limits) -> tuple[str, ...]:
    """What speaks against going back: in the last phase alone, what was written in it may not be in SQL."""
    if now.writes_sql:
        return ()
    lacking = _way_back(figures, limits)
    return ("SQL may lack what was written in phase 5", *lacking) if lacking else ()


def not_quiet(now: Phase, figures: Figures, since: float) -> tuple[str, ...]:
    """What keeps the other database from taking over `since` so many seconds ago no more writes began."""
    if now.writes_sql:
        return _waiting(figures)
    back = figures.way_back
    if back is None or back.behind > since:
        return ("the synchronisation has not caught up",)
    return (f"{back.left:,} items are not in SQL",) if back.left else ()


def _way_back(figures: Figures, limits: Limits) -> tuple[str, ...]:
    back = figures.way_back
    if back is None:
        return ("nothing brings writes back to SQL: have `dynalayer migrate sync` run",)
    told: list[str] = []
    if back.silent > limits.silent_seconds:
        told.append(
            f"the synchronisation was last heard of {back.silent:,.0f} s ago: have `dynalayer migrate sync` run"
        )
    if back.behind > limits.behind_seconds:
        told.append(f"the synchronisation is {back.behind:,.0f} s behind, {limits.behind_seconds:,.0f} s are allowed")
    if back.left:
        told.append(f"{back.left:,} items are not brought back to SQL: `dynalayer migrate status` lists them")
    if back.uncovered:
        told.append(f"the synchronisation does not bring back {', '.join(back.uncovered)}")
    return tuple(told)


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
    if not figures.compared or figures.compared_failed < limits.compare_errors * figures.compared:
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
