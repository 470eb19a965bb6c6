"""Literals and parameters as attribute values, and the operands that they are part of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from dynalayer.engines.embedded.grammar.syntax import Call, Operand, Placeholder
from dynalayer.engines.embedded.partiql.lexer import Reader, malformed
from dynalayer.protocol import ValidationError, Value, check_value, messages
from dynalayer.protocol.limits import NESTING

_SETS: Final = {"S": "SS", "N": "NS", "B": "BS"}
_LITERALS: Final = frozenset({"text", "number", "-", "+", "TRUE", "FALSE", "NULL", "[", "{", "<<", "?"})
_DEEPEST_CALL: Final = 50


class ValueReader(Reader):
    """Reads operands; every literal and parameter becomes a placeholder with its value in `values`."""

    def __init__(self, text: str, parameters: Sequence[Value]) -> None:
        super().__init__(text)
        self._parameters = parameters
        self._used = 0
        self.values: dict[str, Value] = {}

    def check_parameters(self) -> None:
        """Refuse parameters too few or too many for the question marks read."""
        if self._used != len(self._parameters):
            raise ValidationError(messages.PARAMETER_COUNT)

    def placeholder(self, value: Value) -> Placeholder:
        """A placeholder for the value, once that is known to be sound."""
        check_value(value)
        name = f":{len(self.values)}"
        self.values[name] = value
        return Placeholder(name)

    def operand(self, depth: int = 0) -> Operand:
        """A literal, a parameter, a function or a path."""
        if self.kind in _LITERALS:
            return self.placeholder(self.literal())
        if self.kind == "word" and self.later(1) == "(":
            return self._call(depth + 1)
        return self.path()

    def _call(self, depth: int) -> Call:
        if depth > _DEEPEST_CALL:
            raise malformed(messages.NESTED_TOO_DEEP)
        function = self.take().text.lower()
        self.take()
        operands = [self.operand(depth)]
        while self.accept(","):
            operands.append(self.operand(depth))
        self.expect(")")
        return Call(function, tuple(operands))

    def literal(self, depth: int = 0) -> Value:
        """A literal or parameter as an attribute value."""
        if depth > NESTING:
            raise ValidationError(messages.NESTING)
        if self.kind in ("[", "{", "<<"):
            return _NESTED[self.kind](self, depth + 1)
        if self.kind not in _LITERALS:
            self.fail()
        token = self.take()
        if token.kind == "text":
            return {"S": token.text}
        if token.kind == "number":
            return {"N": token.text}
        if token.kind in ("-", "+"):
            return {"N": token.kind.strip("+") + self.expect("number").text}
        if token.kind == "?":
            return self._parameter()
        return {"NULL": True} if token.kind == "NULL" else {"BOOL": token.kind == "TRUE"}

    def _parameter(self) -> Value:
        self._used += 1
        # Question marks beyond the parameters are counted now and refused once the statement is known to be sound.
        return self._parameters[self._used - 1] if self._used <= len(self._parameters) else {"NULL": True}

    def _elements(self, end: str, depth: int) -> list[Value]:
        self.take()
        elements: list[Value] = []
        while self.kind != end:
            if elements:
                self.expect(",")
            elements.append(self.literal(depth))
        self.take()
        return elements

    def list_literal(self, depth: int) -> Value:
        """A list: `[1, 'a']`."""
        return {"L": self._elements("]", depth)}

    def set_literal(self, depth: int) -> Value:
        """A set, whose elements are all strings, numbers or binary: `<<1, 2>>`."""
        elements = self._elements(">>", depth)
        kinds = {kind for element in elements for kind in element}
        kind = kinds.pop() if len(kinds) == 1 else ""
        if kind not in _SETS:
            raise ValidationError(messages.STATEMENT_SET)
        return {_SETS[kind]: [element[kind] for element in elements]}

    def map_literal(self, depth: int) -> Value:
        """A map: `{'name': value}`."""
        self.take()
        members: dict[str, Any] = {}
        while self.kind != "}":
            if members:
                self.expect(",")
            if self.kind not in ("text", "quoted"):
                self.fail()
            name = self.take().text
            if name in members:
                raise malformed(messages.STATEMENT_NAME_TWICE.format(name))
            self.expect(":")
            members[name] = self.literal(depth)
        self.take()
        return {"M": members}


_NESTED: Final[dict[str, Callable[[ValueReader, int], Value]]] = {
    "[": ValueReader.list_literal,
    "{": ValueReader.map_literal,
    "<<": ValueReader.set_literal,
}
