"""Tokens of PartiQL, and the reader that the parsers build on."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple, NoReturn

from dynalayer.engines.embedded.grammar.syntax import Element, Path
from dynalayer.engines.embedded.grammar.tokens import Tokens
from dynalayer.protocol import ValidationError, messages

_TOKEN: Final = re.compile(
    r"(?P<skip>\s+|--[^\n]*|/\*.*?\*/)|(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r'|(?P<word>[A-Za-z_$@][A-Za-z0-9_$]*)|(?P<quoted>"(?:[^"]|"")*")'
    r"|(?P<text>'(?:[^']|'')*')|(?P<sign><<|>>|<>|<=|>=|!=|[=<>(){}\[\],.:?*+\-;])",
    re.DOTALL,
)
_KEYWORDS: Final = frozenset(
    {
        "SELECT",
        "FROM",
        "WHERE",
        "AND",
        "OR",
        "NOT",
        "IN",
        "BETWEEN",
        "IS",
        "MISSING",
        "NULL",
        "TRUE",
        "FALSE",
        "ORDER",
        "INSERT",
        "INTO",
        "UPDATE",
        "SET",
        "REMOVE",
        "DELETE",
        "RETURNING",
        "EXISTS",
        "AS",
    }
)
"""Words that are never names unless quoted; all others are read as what their place asks for."""

_REMEMBERED_LENGTH: Final = 1024
"""Longer statements are rare, and their tokens would fill the memory."""


class Token(NamedTuple):
    """A token: its kind (a sign or keyword is its own kind), its text without quotes, and where it begins."""

    kind: str
    text: str
    start: int


def malformed(detail: str) -> ValidationError:
    """The error of a statement that cannot be read."""
    return ValidationError(messages.STATEMENT_MALFORMED.format(detail))


def tokens(text: str) -> tuple[Token, ...]:
    """The tokens of a statement, closed by one of kind "end"."""
    return _remembered(text) if len(text) <= _REMEMBERED_LENGTH else _found(text)


def _found(text: str) -> tuple[Token, ...]:
    found: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            # Whoever reads on after a stray quote reads the rest again from every quote that follows.
            raise malformed(messages.STATEMENT_CHARACTER.format(text[at], at + 1))
        at = match.end()
        if match.lastgroup != "skip":
            found.append(_token(str(match.lastgroup), match[0], match.start()))
    found.append(Token("end", "end of statement", len(text)))
    return tuple(found)


_remembered: Final = lru_cache(256)(_found)


def _token(kind: str, text: str, start: int) -> Token:
    if kind == "word" and text.upper() in _KEYWORDS:
        return Token(text.upper(), text, start)
    if kind == "sign":
        return Token("<>" if text == "!=" else text, text, start)
    if kind in ("quoted", "text"):
        quote = text[0]
        return Token(kind, text[1:-1].replace(quote * 2, quote), start)
    return Token(kind, text, start)


class Reader(Tokens[Token]):
    """Reads tokens one by one; names and document paths, which are everywhere, are parsed here."""

    def __init__(self, text: str) -> None:
        super().__init__(tokens(text))
        self.alias: str | None = None

    def accept(self, kind: str) -> bool:
        """Take the next token if it is of that kind."""
        if self.kind != kind:
            return False
        self.take()
        return True

    def is_word(self, *words: str) -> bool:
        """Whether the next token is one of these words, which are keywords in their place only."""
        token = self._tokens[self._at]
        return token.kind == "word" and token.text.upper() in words

    def expect_word(self, *words: str) -> str:
        """The next token, which must be one of these words; in capitals."""
        if not self.is_word(*words):
            self.fail()
        return self.take().text.upper()

    def fail(self) -> NoReturn:
        """Refuse the token that comes next."""
        token = self._tokens[self._at]
        raise malformed(messages.STATEMENT_TOKEN.format(token.text, token.start + 1))

    def name(self) -> str:
        """A name, quoted or not."""
        if self.kind not in ("word", "quoted"):
            self.fail()
        text = self.take().text
        if not text:
            raise malformed(messages.STATEMENT_NAME)
        return text

    def path(self) -> Path:
        """A document path: a name, then any number of `.name`, `['name']` and `[position]`."""
        elements: list[Element] = [self.name()]
        while self.kind in (".", "["):
            if self.take().kind == ".":
                elements.append(self.name())
            else:
                elements.append(self._subscript())
                self.expect("]")
        return self.resolved(Path(tuple(elements)))

    def resolved(self, path: Path) -> Path:
        """The path without the alias that it begins with."""
        if len(path.elements) > 1 and path.elements[0] == self.alias:
            return Path(path.elements[1:])
        return path

    def _subscript(self) -> Element:
        if self.kind == "text":
            return self.take().text
        if not (self.kind == "number" and self._tokens[self._at].text.isdigit()):
            self.fail()
        return int(self.take().text)
