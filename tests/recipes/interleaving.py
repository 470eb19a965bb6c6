"""Runs plans at the same time, one call at a time, in an order that a test chooses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from dynalayer import Database, DynalayerError
from dynalayer.statements import Pause, Plan, Steps

R = TypeVar("R")


@dataclass
class Running(Generic[R]):
    """A plan under way; `result` or `error` once `done`.

    `before` may let a call fail without effect, `fault` after it has taken effect.
    """

    steps: Steps[R]
    database: Database
    step: Any = None
    done: bool = False
    result: R | None = None
    error: BaseException | None = None
    slept: float = 0.0
    before: Callable[[], DynalayerError | None] = field(default=lambda: None)
    fault: Callable[[], DynalayerError | None] = field(default=lambda: None)

    def advance(self) -> None:
        """Make one call, and let the plan decide what to do next."""
        try:
            if self.step is None:
                self.step = next(self.steps)
                return
            try:
                answer = self._take()
            except DynalayerError as error:
                self.step = self.steps.throw(error)
            else:
                self.step = self.steps.send(answer)
        except StopIteration as end:
            self.done, self.result = True, end.value
        except DynalayerError as error:
            self.done, self.error = True, error

    def _take(self) -> Any:
        if isinstance(self.step, Pause):
            self.slept += self.step.seconds
            return None
        if (refused := self.before()) is not None:
            raise refused
        answer = self.database.run(self.step)
        fault = self.fault()
        if fault is not None:
            raise fault
        return answer


def start(plan: Plan[R], database: Database, clock: Callable[[], float]) -> Running[R]:
    return Running(plan.begin(clock), database)


def interleave(running: Sequence[Running[Any]], choose: Callable[[int], int]) -> None:
    """Advance one of those that are not done, as `choose(how many)` says, until all are."""
    while waiting := [each for each in running if not each.done]:
        waiting[choose(len(waiting))].advance()
