"""Going through tokens one by one, whatever language they are of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, NoReturn, Protocol, TypeVar


class AnyToken(Protocol):
    """What a token needs to be gone through; the last one is of kind "end"."""

    @property
    def kind(self) -> str:
        """A sign or keyword is its own kind."""
        ...


T = TypeVar("T", bound=AnyToken)


class Tokens(Generic[T]):
    """A place in a row of tokens; the end is never passed."""

    def __init__(self, tokens: Sequence[T]) -> None:
        self._tokens = tokens
        self._at = 0

    @property
    def kind(self) -> str:
        """The kind of the token that comes next."""
        return self._tokens[self._at].kind

    def later(self, distance: int) -> str:
        """The kind of the token that many places after the next one."""
        return self._tokens[min(self._at + distance, len(self._tokens) - 1)].kind

    def take(self) -> T:
        """The next token."""
        token = self._tokens[self._at]
        if token.kind != "end":
            self._at += 1
        return token

    def expect(self, kind: str) -> T:
        """The next token, which must be of that kind."""
        if self.kind != kind:
            self.fail()
        return self.take()

    def fail(self) -> NoReturn:
        """Refuse the token that comes next."""
        raise NotImplementedError
