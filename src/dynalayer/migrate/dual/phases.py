"""The five phases of moving an application over: who is read and written in each, and which may follow; pure."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct

from dynalayer.protocol import DynalayerError

Side = Literal["sql", "dynamodb"]


class Phase(Struct, frozen=True):
    """Which of the two databases are read and written, and whose answer the caller gets."""

    number: int
    reads_sql: bool
    reads_dynamodb: bool
    writes_sql: bool
    writes_dynamodb: bool
    returns: Side
    meaning: str

    @property
    def compares(self) -> bool:
        """True if both databases are read."""
        return self.reads_sql and self.reads_dynamodb

    def __str__(self) -> str:
        return f"{self.number} ({self.meaning})"


PHASES: Final = (
    Phase(1, True, False, True, False, "sql", "SQL only"),
    Phase(2, True, False, True, True, "sql", "both written, SQL read"),
    Phase(3, True, True, True, True, "sql", "both written, both read and compared"),
    Phase(4, False, True, True, True, "dynamodb", "both written, DynamoDB read"),
    Phase(5, False, True, False, True, "dynamodb", "DynamoDB only"),
)
FIRST: Final = PHASES[0]
LAST: Final = PHASES[-1]


class IllegalTransition(DynalayerError):
    """The phase asked for cannot follow the present one; the text says which can."""


def phase(number: int) -> Phase:
    """The phase of that number; raises `IllegalTransition` for one that is not there."""
    if not 1 <= number <= len(PHASES):
        raise IllegalTransition(f"there is no phase {number}; the phases are 1 to {len(PHASES)}")
    return PHASES[number - 1]


def phase_of_flags(*, reads_sql: bool, reads_dynamodb: bool, writes_sql: bool, writes_dynamodb: bool) -> Phase:
    """The phase that these four flags are; raises `IllegalTransition` in words if they are none."""
    flags = (reads_sql, reads_dynamodb, writes_sql, writes_dynamodb)
    for each in PHASES:
        if flags == (each.reads_sql, each.reads_dynamodb, each.writes_sql, each.writes_dynamodb):
            return each
    raise IllegalTransition(_why_not(*flags))


def _why_not(reads_sql: bool, reads_dynamodb: bool, writes_sql: bool, writes_dynamodb: bool) -> str:
    if not (reads_sql or reads_dynamodb):
        return "no phase reads neither database"
    if not (writes_sql or writes_dynamodb):
        return "no phase writes neither database"
    if reads_sql and not writes_sql:
        return "no phase reads SQL without writing it: what is read would grow old"
    if reads_dynamodb and not writes_dynamodb:
        return "no phase reads DynamoDB without writing it: what is read would grow old"
    return "no phase is like that; the phases are " + ", ".join(str(each) for each in PHASES)


def following(now: Phase) -> Phase | None:
    """The phase after this; None after the last."""
    return None if now is LAST or now.number == LAST.number else PHASES[now.number]


def check_cutover(now: Phase, to: Phase) -> None:
    """Raises `IllegalTransition` unless `to` is the phase after this one."""
    after = following(now)
    if after is None:
        raise IllegalTransition(f"phase {now} is the last one")
    if to.number != after.number:
        raise IllegalTransition(f"after phase {now} comes phase {after}, not {to}: phases are entered one by one")


def check_rollback(now: Phase, to: Phase) -> None:
    """Raises `IllegalTransition` unless `to` is the phase before this one, or the first."""
    if now.number == FIRST.number:
        raise IllegalTransition(f"phase {now} is the first one: there is nothing to go back to")
    if to.number not in (FIRST.number, now.number - 1):
        raise IllegalTransition(f"from phase {now} the way back leads to {PHASES[now.number - 2]} or {FIRST}, not {to}")
