"""Several statements in a row, each decided from the answers to those before."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any, Generic, TypeVar

import msgspec

from .statement import Statement

R = TypeVar("R")

Clock = Callable[[], float]
"""Gives seconds since 1970."""


class Pause(msgspec.Struct, frozen=True):
    """A step that waits for so many seconds; `is_idle` if nothing is lost when the program ends instead."""

    seconds: float
    is_idle: bool = False


class At(msgspec.Struct, frozen=True):
    """A step that makes a call with another clock: `now` is its seconds since 1970."""

    statement: Statement[Any]
    now: float


class Together(msgspec.Struct, frozen=True):
    """A step of several statements that need not wait for each other, at most `width` of them in flight.

    It is sent a list with the result of each, or in its place the `DynalayerError` that it ended with.
    """

    statements: Sequence[Statement[Any]]
    width: int = 4


Step = Statement[Any] | At | Pause | Together
Steps = Generator[Step, Any, R]
"""What a plan is made of: it yields what to do next and is sent the result, or thrown the error."""


class Plan(msgspec.Struct, Generic[R], frozen=True):
    """Statements that follow from each other, as a value: it does no I/O, and either executor can run it.

    `begin` starts it anew: it gets the executor's clock and gives the steps. `about` is what `explain` takes it for.
    """

    name: str
    begin: Callable[[Clock], Steps[R]]
    about: Any = None

    def __repr__(self) -> str:
        return f"Plan({self.name})"


def ask(statement: Statement[R], now: float | None = None) -> Steps[R]:
    """A step of a plan with the type of its result: `item = yield from ask(Get(key))`."""
    result: R = yield statement if now is None else At(statement, now)
    return result
