"""`@idempotent`: a function whose calls are made once."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, Protocol, TypeVar, overload

from dynalayer import AsyncDatabase, Database, DefinitionError

from . import _async_calls, _sync_calls
from .calls import Caller, caller_of
from .idempotency import Idempotency

P = ParamSpec("P")
R = TypeVar("R")


class Decorator(Protocol):
    """Makes a function idempotent."""

    def __call__(self, function: Callable[P, R], /) -> Callable[P, R]:
        """The function whose calls are made once."""
        ...


class AsyncDecorator(Protocol):
    """Makes an awaited function idempotent."""

    def __call__(self, function: Callable[P, Coroutine[Any, Any, R]], /) -> Callable[P, Coroutine[Any, Any, R]]:
        """The function whose calls are made once."""
        ...


@overload
def idempotent(
    database: Database,
    recipe: Idempotency,
    *,
    key: Callable[..., str] | None = None,
    payload: Callable[..., object] | None = None,
    run_for: float | Callable[..., float] | None = None,
    wait: float = 0.0,
    keep_result: bool = True,
) -> Decorator: ...
@overload
def idempotent(
    database: AsyncDatabase,
    recipe: Idempotency,
    *,
    key: Callable[..., str] | None = None,
    payload: Callable[..., object] | None = None,
    run_for: float | Callable[..., float] | None = None,
    wait: float = 0.0,
    keep_result: bool = True,
) -> AsyncDecorator: ...
def idempotent(
    database: Database | AsyncDatabase,
    recipe: Idempotency,
    *,
    key: Callable[..., str] | None = None,
    payload: Callable[..., object] | None = None,
    run_for: float | Callable[..., float] | None = None,
    wait: float = 0.0,
    keep_result: bool = True,
) -> Any:
    """Make the calls of a function once for each key, and give later callers the first result.

    `key`, `payload` and `run_for` are called with the function's arguments: `key` names the call (by default all of the
    arguments do), `payload` is what must be the same for the same key (by default all arguments; `PayloadMismatch`
    otherwise), `run_for` tells how many seconds the call may take. A second caller waits up to `wait` seconds for the
    first, then gets `StillRunning`. An error of the function is raised and forgets the call. The result is kept in the
    table by the function's return annotation; with `keep_result=False` it never is, and later callers get
    `ResultNotKept`.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        caller = caller_of(function, recipe, key, payload, run_for, wait, keep_result)
        make = _plain if isinstance(database, Database) else _awaited
        return functools.wraps(function)(make(database, caller))

    return decorate


def _plain(database: Any, caller: Caller[Any]) -> Callable[..., Any]:
    function = caller.function
    if inspect.iscoroutinefunction(function):
        raise DefinitionError(f"{function.__name__}() is awaited: give it an AsyncDatabase")

    def call(*args: Any, **kwargs: Any) -> Any:
        return _sync_calls.once(database, caller.call(args, kwargs), lambda: function(*args, **kwargs))

    return call


def _awaited(database: Any, caller: Caller[Any]) -> Callable[..., Any]:
    function = caller.function
    if not inspect.iscoroutinefunction(function):
        raise DefinitionError(f"{function.__name__}() is not awaited: give it a Database")

    async def call(*args: Any, **kwargs: Any) -> Any:
        return await _async_calls.once(database, caller.call(args, kwargs), lambda: function(*args, **kwargs))

    return call
