"""Reading a JSON document member by member, each problem noted with its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from .findings import Findings, did_you_mean, pointer_to

_MISSING: Final = object()
_KINDS: Final[dict[type, str]] = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    list: "a list",
    dict: "an object",
    type(None): "null",
}


def kind_of(value: object) -> str:
    """What a JSON value is, in words."""
    return _KINDS.get(type(value), type(value).__name__)


class Node:
    """A value of the document and the place where it stands."""

    def __init__(self, value: Any, findings: Findings, steps: tuple[str | int, ...] = ()) -> None:
        self.value = value
        self.findings = findings
        self.steps = steps

    @property
    def pointer(self) -> str:
        """The place, as RFC 6901 writes it."""
        return pointer_to(*self.steps)

    def error(self, reason: str, hint: str = "") -> None:
        """Note that this is wrong."""
        self.findings.error(self.pointer, reason, hint)

    def warn(self, reason: str, hint: str = "") -> None:
        """Note that this should be looked at."""
        self.findings.warn(self.pointer, reason, hint)

    def at(self, step: str | int) -> Node:
        """The member of that name; its value is None if there is none."""
        value = self.value
        inner = value.get(step) if isinstance(value, dict) else value[step]
        return Node(inner, self.findings, (*self.steps, step))

    def has(self, name: str) -> bool:
        """True if there is such a member, and it is not null."""
        return isinstance(self.value, dict) and self.value.get(name) is not None

    def is_object(self, what: str) -> bool:
        """True for an object; notes an error for anything else."""
        if isinstance(self.value, dict):
            return True
        self.error(f"{what} must be an object, this is {kind_of(self.value)}")
        return False

    def text(self, name: str, *aliases: str) -> str | None:
        """A text that must be there and not be empty; None, with an error noted, if it is not."""
        found = self.optional_text(name, *aliases)
        if found is None and self._given(name, *aliases) is None:
            self.error(f"the member {name!r} is missing")
        return found

    def optional_text(self, name: str, *aliases: str) -> str | None:
        """A text that may be left out; None, with an error noted, if it is anything else or empty."""
        member = self._given(name, *aliases)
        if member is None:
            return None
        if not isinstance(member.value, str):
            member.error(f"{member.steps[-1]!r} must be a text, this is {kind_of(member.value)}")
            return None
        if not member.value.strip():
            member.error(f"{member.steps[-1]!r} is empty")
            return None
        return member.value

    def scalar_text(self, name: str) -> str | None:
        """A text or number that may be left out, as text; an empty text is one."""
        member = self._given(name)
        if member is None:
            return None
        if isinstance(member.value, bool) or not isinstance(member.value, (str, int, float)):
            member.error(f"{name!r} must be a text or a number, this is {kind_of(member.value)}")
            return None
        return str(member.value)

    def choice(self, name: str, choices: Sequence[str]) -> str | None:
        """One of some words, whatever their case; None, with an error noted, for another or none."""
        word = self.text(name)
        if word is None:
            return None
        found = next((choice for choice in choices if choice.lower() == word.lower()), None)
        if found is None:
            self.at(name).error(f"{name} {word!r} is unknown", did_you_mean(word, choices))
        return found

    def flag(self, name: str) -> bool:
        """True or false; false if it is left out."""
        member = self._given(name)
        if member is None:
            return False
        if not isinstance(member.value, bool):
            member.error(f"{name!r} must be true or false, this is {kind_of(member.value)}")
            return False
        return member.value

    def whole_number(self, name: str, *, least: int) -> int | None:
        """A whole number of at least `least`; None if it is left out."""
        member = self._given(name)
        if member is None:
            return None
        value = member.value
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            member.error(f"{name!r} must be a whole number of at least {least}, got {member.value!r}")
            return None
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts, or one text; none if it is left out."""
        member = self._given(name)
        if member is None:
            return ()
        values = [member.value] if isinstance(member.value, str) else member.value
        if not isinstance(values, list) or not all(isinstance(each, str) and each.strip() for each in values):
            member.error(f"{name!r} must be a list of texts that are not empty")
            return ()
        return tuple(values)

    def children(self, name: str) -> Iterator[Node]:
        """The elements of a list that may be left out."""
        member = self._given(name)
        if member is None:
            return
        if not isinstance(member.value, list):
            member.error(f"{name!r} must be a list, this is {kind_of(member.value)}")
            return
        for number in range(len(member.value)):
            yield member.at(number)

    def _given(self, *names: str) -> Node | None:
        if not isinstance(self.value, dict):
            return None
        for name in names:
            if self.value.get(name, _MISSING) not in (_MISSING, None):
                return self.at(name)
        return None
