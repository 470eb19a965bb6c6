"""What a module declares for deployment, beside its tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import KW_ONLY, dataclass

from dynalayer.protocol import DefinitionError
from dynalayer.schema import Table

from .alarms.alarm import Alarm
from .dashboard import Dashboard
from .grant import Grant
from .output import Output, Reference
from .settings import Setting
from .topic import Topic


@dataclass(frozen=True, slots=True)
class Infrastructure:
    """One stack: tables, the alarms that watch them and what uses them, the topic that is told, outputs, policies.

    `name` is that of the stack, before the environment's. `uses` are tables that another stack makes and this one
    refers to. `settings` and `texts` are keys that an environment's file may have beside those of alarms: numbers,
    texts. Raises `DefinitionError` for two of one name and for references to what the stack neither makes nor uses.
    """

    name: str
    _: KW_ONLY
    tables: Sequence[Table] = ()
    uses: Sequence[Table] = ()
    topic: Topic | None = None
    alarms: Sequence[Alarm] = ()
    dashboard: Dashboard | None = None
    outputs: Sequence[Output] = ()
    grants: Sequence[Grant] = ()
    settings: Sequence[Setting] = ()
    texts: Sequence[str] = ()
    description: str = ""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,99}", self.name):
            raise DefinitionError(
                f"the stack name {self.name!r} must begin with a letter and have at most 100 letters, digits and -"
            )
        self._refuse_twice("table", [table.name for table in (*self.tables, *self.uses)])
        self._refuse_twice("alarm", [alarm.name for alarm in self.alarms])
        self._refuse_twice("output", [output.name for output in self.outputs])
        self._refuse_twice("grant", [grant.name for grant in self.grants])
        for output in self.outputs:
            if isinstance(output.of, Reference) and not self._knows(output.of):
                raise DefinitionError(
                    f"stack {self.name!r}: the output {output.name!r} tells of {output.of.of!r}, which the stack "
                    "neither makes nor uses"
                )

    @property
    def known_settings(self) -> dict[str, Setting]:
        """The keys that an environment's file may set, with their defaults."""
        return {setting.key: setting for setting in self._settings()}

    def _settings(self) -> Iterator[Setting]:
        yield from self.settings
        yield from (alarm.threshold for alarm in self.alarms if isinstance(alarm.threshold, Setting))

    def _knows(self, reference: Reference) -> bool:
        return any(reference.of is each for each in (*self.tables, *self.uses, self.topic, self.dashboard))

    def _refuse_twice(self, what: str, names: Iterable[str]) -> None:
        seen: set[str] = set()
        for name in names:
            if name in seen:
                raise DefinitionError(f"stack {self.name!r}: the {what} {name!r} is declared twice")
            seen.add(name)


def known_keys(stacks: Iterable[Infrastructure]) -> tuple[frozenset[str], frozenset[str]]:
    """The keys of settings and those of texts that one file may have for all these stacks, for `load_environment`."""
    kept = list(stacks)
    settings = frozenset(key for stack in kept for key in stack.known_settings)
    return settings, frozenset(key for stack in kept for key in stack.texts)
