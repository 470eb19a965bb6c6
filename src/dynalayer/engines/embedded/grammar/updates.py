"""The grammars of update and projection expressions."""

from __future__ import annotations

from typing import Final

from dynalayer.engines.embedded.grammar.lexer import ExpressionError, Reader
from dynalayer.engines.embedded.grammar.syntax import Action, Arithmetic, Operand, Path, Placeholder
from dynalayer.protocol import messages

_SECTIONS: Final = ("SET", "REMOVE", "ADD", "DELETE")


def parse_update(text: str) -> tuple[Action, ...]:
    """The clauses of an update, in the order of the text; raises `ExpressionError`."""
    return _UpdateParser(text).parse()


def parse_projection(text: str) -> tuple[Path, ...]:
    """The paths of a projection; raises `ExpressionError`."""
    reader = Reader(text)
    paths = [reader.path()]
    while reader.kind == ",":
        reader.take()
        paths.append(reader.path())
    reader.expect("end")
    return tuple(paths)


class _UpdateParser(Reader):
    def parse(self) -> tuple[Action, ...]:
        actions: list[Action] = []
        seen: list[str] = []
        while self.kind != "end" or not seen:
            if self.kind not in _SECTIONS:
                self.fail()
            section = self.take().kind
            seen.append(section)
            actions.extend(self._section(section))
        for section in seen:
            if seen.count(section) > 1:
                raise ExpressionError(messages.SECTION_TWICE.format(section))
        return tuple(actions)

    def _section(self, section: str) -> list[Action]:
        actions = [self._action(section)]
        while self.kind == ",":
            self.take()
            actions.append(self._action(section))
        return actions

    def _action(self, section: str) -> Action:
        path = self.path()
        if section == "REMOVE":
            return Action(section, path, None)
        self.count()
        if section == "SET":
            self.expect("=")
            return Action(section, path, self._value())
        return Action(section, path, Placeholder(self.expect("value").text))

    def _value(self) -> Operand:
        groups = 0
        while self.kind == "(":
            self.take()
            groups += 1
        value = self._sum()
        grouped = False
        for _ in range(groups):
            self.expect(")")
            if grouped:
                raise ExpressionError(messages.REDUNDANT_PARENTHESES)
            grouped = True
            # What was a group so far may turn out to be the left side of a sum: (a) + :n
            if self.kind in ("+", "-") and not isinstance(value, Arithmetic):
                value = self._rest(value)
                grouped = False
        return value

    def _sum(self) -> Operand:
        return self._rest(self.operand())

    def _rest(self, left: Operand) -> Operand:
        if self.kind not in ("+", "-"):
            return left
        self.count()
        operator = self.take().kind
        return Arithmetic(operator, left, self.operand())
