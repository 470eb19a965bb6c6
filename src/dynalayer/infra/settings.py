"""Numbers of a declaration that each environment may set in its file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dynalayer.protocol import DefinitionError


@dataclass(frozen=True, slots=True)
class Setting:
    """A number that an environment's file may give under `key`; `default` where it does not.

    `Setting("maxActiveSessions", 100) * 0.9` is nine tenths of it, as the threshold of an alarm.
    """

    key: str
    default: float
    factor: float = 1

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][A-Za-z0-9]*", self.key):
            raise DefinitionError(f"the setting {self.key!r} must be in camelCase, as the other keys of the file")

    def __mul__(self, factor: float) -> Setting:
        """The setting times a number."""
        return Setting(self.key, self.default, self.factor * factor)

    def value(self, given: Mapping[str, float]) -> float:
        """The number in an environment that sets these."""
        return given.get(self.key, self.default) * self.factor


def number_of(number: float | Setting, given: Mapping[str, float]) -> float:
    """A number that may be a setting."""
    return number.value(given) if isinstance(number, Setting) else number
