"""One call of a function that is made once: its key, its payload, and its result as text."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from dynalayer import DefinitionError, InvalidValue
from dynalayer.statements import Plan

from .errors import ResultNotKept
from .idempotency import Finished, Idempotency, Started
from .keeping import Keeper, canonical

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Call(Generic[R]):
    """A call as it is asked for."""

    recipe: Idempotency
    key: str
    payload: bytes
    run_for: float | None
    wait: float
    keeper: Keeper[R] | None

    def begin(self) -> Plan[Started | Finished]:
        """Ask to make it."""
        return self.recipe.begin(self.key, self.payload, run_for=self.run_for, wait=self.wait)

    def text_of(self, result: R) -> str | None:
        """The result as it is kept; None if it is not."""
        return None if self.keeper is None else self.keeper.write(result)

    def result_of(self, finished: Finished) -> R:
        """The result of the run before; raises `ResultNotKept` if it is not known."""
        if self.keeper is None or finished.result is None:
            raise ResultNotKept(f"idempotency {self.recipe.name!r}: the call was made before, its result was not kept")
        return self.keeper.read(finished.result)


@dataclass(frozen=True, slots=True)
class Caller(Generic[R]):
    """Makes calls of a function out of its arguments."""

    recipe: Idempotency
    function: Callable[..., Any]
    signature: inspect.Signature
    key: Callable[..., str] | None
    payload: Callable[..., object] | None
    run_for: float | Callable[..., float] | None
    wait: float
    keeper: Keeper[R] | None

    def call(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Call[R]:
        """The call with these arguments."""
        where = f"idempotency {self.recipe.name!r} of {self.function.__name__}()"
        payload = canonical(self._compared(args, kwargs), where)
        key = payload.decode() if self.key is None else self.key(*args, **kwargs)
        if not isinstance(key, str) or not key:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidValue(f"{where}: key= must give a text that is not empty, got {type(key).__name__}")
        run_for = self.run_for(*args, **kwargs) if callable(self.run_for) else self.run_for
        # Functions may share a recipe; their keys are apart.
        name = f"{self.function.__module__}.{self.function.__qualname__}"
        return Call(self.recipe, f"{name}\0{key}", payload, run_for, self.wait, self.keeper)

    def _compared(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> object:
        if self.payload is not None:
            return self.payload(*args, **kwargs)
        bound = self.signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return dict(bound.arguments)


def caller_of(
    function: Callable[..., Any],
    recipe: Idempotency,
    key: Callable[..., str] | None,
    payload: Callable[..., object] | None,
    run_for: float | Callable[..., float] | None,
    wait: float,
    keep_result: bool,
) -> Caller[Any]:
    """How calls of this function are made; raises `DefinitionError` if its result is to be kept but cannot be."""
    keeper = _keeper(function, recipe) if keep_result else None
    return Caller(recipe, function, inspect.signature(function), key, payload, run_for, wait, keeper)


def _keeper(function: Callable[..., Any], recipe: Idempotency) -> Keeper[Any]:
    where = f"idempotency {recipe.name!r} of {function.__name__}()"
    hints = typing.get_type_hints(function, include_extras=True)
    if "return" not in hints:
        raise DefinitionError(f"{where}: say by a return annotation what it gives, or keep_result=False")
    return Keeper(hints["return"], where)
