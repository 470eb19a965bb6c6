"""Where alarms are told."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dynalayer.protocol import DefinitionError


@dataclass(frozen=True, slots=True)
class Topic:
    """An SNS topic; in `name` {env} stands for the environment.

    It gets an e-mail subscription where the environment has `alarmEmail`. Raises `DefinitionError` for a display name
    over 100 characters (API reference of SNS, SetTopicAttributes).
    """

    name: str
    display_name: str = ""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,236}", self.name.replace("{env}", "")):
            raise DefinitionError(f"topic {self.name!r}: a name has letters, digits, - and _ beside {{env}}")
        if len(self.display_name) > 100:
            raise DefinitionError(f"topic {self.name!r}: a display name has at most 100 characters")
