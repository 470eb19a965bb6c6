"""The id that ties what a program does for one request of its own together."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Final, ParamSpec, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")

# The ids around each other, the newest last: no token, so that tasks may share one manager.
_set: Final[ContextVar[tuple[str, ...]]] = ContextVar("dynalayer_correlation", default=())

current_correlations: Final[Callable[[], tuple[str, ...]]] = _set.get
"""The ids that are set here, the one that counts last."""


def current_correlation() -> str | None:
    """The id that is set here; None if there is none."""
    ids = _set.get()
    return ids[-1] if ids else None


class correlation:  # noqa: N801 (used like a function)
    """Gives the calls made within an id that their records carry: `with correlation("req-7"):` or as a decorator.

    Tasks inherit it from the task that starts them; threads do if they are started in a copied context
    (`contextvars.copy_context().run`, `asyncio.to_thread`). Given a function, each use calls it for an id. Decorates
    functions and coroutine functions, not generators, whose body runs after the call has returned. The id is written as
    it is: make it of nothing that must not be read.
    """

    def __init__(self, id: str | Callable[[], str]) -> None:
        self._id = id

    def __enter__(self) -> str:
        found = self._id if isinstance(self._id, str) else self._id()
        _set.set((*_set.get(), found))
        return found

    def __exit__(self, *error: object) -> None:
        _set.set(_set.get()[:-1])

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """The function with the id set while it runs; raises `TypeError` for a generator."""
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError(f"{function.__name__} is a generator, which runs after its call: use `with` inside of it")
        if inspect.iscoroutinefunction(function):
            awaited: Callable[P, Any] = function

            @functools.wraps(function)
            async def later(*args: P.args, **kwargs: P.kwargs) -> Any:
                with correlation(self._id):
                    return await awaited(*args, **kwargs)

            return cast("Callable[P, R]", later)

        @functools.wraps(function)
        def at_once(*args: P.args, **kwargs: P.kwargs) -> R:
            with correlation(self._id):
                return function(*args, **kwargs)

        return at_once
