"""Tokens of expressions, and the reader that all parsers build on."""

from __future__ import annotations

import re
from typing import Final, NamedTuple, NoReturn

from dynalayer.engines.embedded.grammar.syntax import Call, Element, Operand, Path, Placeholder
from dynalayer.engines.embedded.grammar.tokens import Tokens
from dynalayer.protocol import messages
from dynalayer.protocol.limits import EXPRESSION_BYTES, EXPRESSION_OPERATORS

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<word>[A-Za-z][A-Za-z0-9_]*)|(?P<name>#[A-Za-z0-9_]+)|(?P<value>:[A-Za-z0-9_]+)"
    r'|(?P<number>0|[1-9][0-9]*)|(?P<sign><>|<=|>=|[=<>(),.\[\]+\-])|(?P<bad>"[^"]*"|\'[^\']*\'|\S))'
)
_KEYWORDS: Final = frozenset({"AND", "OR", "NOT", "BETWEEN", "IN", "SET", "REMOVE", "ADD", "DELETE"})
_DEEPEST_CALL: Final = 100


class ExpressionError(Exception):
    """An expression is faulty; the text is the service's, without the parameter's name."""


class Token(NamedTuple):
    """A token: its kind (a sign or keyword is its own kind), and where it stands in the text."""

    kind: str
    text: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    """The tokens of an expression, closed by one of kind "end"."""
    if not text:
        raise ExpressionError(messages.EXPRESSION_EMPTY)
    if len(text.encode()) > EXPRESSION_BYTES:
        raise ExpressionError(messages.EXPRESSION_TOO_LONG.format(len(text.encode())))
    found: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind, word = str(match.lastgroup), match[match.lastgroup or 0]
        if kind == "word" and word.upper() in _KEYWORDS:
            kind = word.upper()
        elif kind == "sign":
            kind = word
        found.append(Token(kind, word, match.start(match.lastgroup or 0), match.end()))
    found.append(Token("end", "<EOF>", len(text), len(text)))
    return found


class Reader(Tokens[Token]):
    """Reads tokens one by one; the operands that all kinds of expressions share are parsed here."""

    def __init__(self, text: str) -> None:
        super().__init__(tokens(text))
        self._text = text
        self._operators = 0
        self._depth = 0

    def fail(self) -> NoReturn:
        """Refuse the token that comes next, shown with its neighbours as the service does."""
        token = self._tokens[self._at]
        first = self._tokens[max(self._at - 1, 0)]
        last = self._tokens[min(self._at + 1, len(self._tokens) - 1)]
        raise ExpressionError(messages.SYNTAX.format(token.text, self._text[first.start : last.end] or self._text))

    def count(self) -> None:
        """Count an operator or function; there may be 300 of them."""
        self._operators += 1
        if self._operators > EXPRESSION_OPERATORS:
            raise ExpressionError(messages.TOO_MANY_OPERATORS.format(self._operators))

    def path(self) -> Path:
        """A document path: a name, then any number of `.name` and `[position]`."""
        elements: list[Element] = [self._name()]
        while True:
            if self.kind == ".":
                self.take()
                elements.append(self._name())
            elif self.kind == "[":
                self.take()
                elements.append(int(self.expect("number").text))
                self.expect("]")
            else:
                return Path(tuple(elements))

    def _name(self) -> str:
        if self.kind not in ("word", "name"):
            self.fail()
        return self.take().text

    def operand(self) -> Operand:
        """A path, a placeholder, a function, or one of these in parentheses."""
        if self.kind == "value":
            return Placeholder(self.take().text)
        if self.kind == "(":
            with_depth = self._deeper()
            self.take()
            inner_grouped = self.kind == "("
            inner = with_depth.operand()
            self.expect(")")
            if inner_grouped:
                raise ExpressionError(messages.REDUNDANT_PARENTHESES)
            self._depth -= 1
            return inner
        if self.kind == "word" and self.later(1) == "(":
            return self._call()
        return self.path()

    def _call(self) -> Call:
        self._deeper()
        self.count()
        function = self.take().text
        self.take()
        operands = [self.operand()]
        while self.kind == ",":
            self.take()
            operands.append(self.operand())
        self.expect(")")
        self._depth -= 1
        return Call(function, tuple(operands))

    def _deeper(self) -> Reader:
        self._depth += 1
        if self._depth > _DEEPEST_CALL:
            raise ExpressionError(messages.NESTED_TOO_DEEP)
        return self
