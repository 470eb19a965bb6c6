"""The resources of a stack, as values that every format is rendered from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from dynalayer.infra.alarms.alarm import Alarm
from dynalayer.infra.dashboard import Dashboard
from dynalayer.infra.environment import Environment
from dynalayer.schema import Table


@dataclass(frozen=True, slots=True)
class TableResource:
    """A table as it is to stand; `id` is its name among the resources of the stack."""

    id: str
    table: Table
    name: str
    retain: bool
    deletion_protection: bool
    point_in_time_recovery: bool
    encryption: str
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TopicResource:
    """A topic, and who has subscribed to it by e-mail."""

    id: str
    name: str
    display_name: str
    email: str | None
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AlarmResource:
    """An alarm with its name and its threshold; `topic` is the id of the topic that it tells."""

    id: str
    alarm: Alarm
    name: str
    threshold: float
    topic: str | None


@dataclass(frozen=True, slots=True)
class DashboardResource:
    """A dashboard with its name."""

    id: str
    dashboard: Dashboard
    name: str


@dataclass(frozen=True, slots=True)
class TableArn:
    """The ARN of a table or of one of its indexes; `id` is None for a table that another stack makes."""

    id: str | None
    name: str
    index: str | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """What may be done with one table or index, and with which of its partitions and attributes.

    `leading_keys` may hold * and variables of IAM; None is all partitions. `attributes` None is all attributes.
    """

    sid: str
    actions: tuple[str, ...]
    resource: TableArn
    leading_keys: tuple[str, ...] | None = None
    attributes: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class PolicyResource:
    """A policy to be attached to whatever role does what it allows."""

    id: str
    name: str
    description: str
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What a resource of the stack tells: its name, its ARN, its stream's ARN."""

    id: str
    what: Literal["name", "arn", "stream"]


@dataclass(frozen=True, slots=True)
class OutputValue:
    """An output with its value."""

    name: str
    value: str | Told | TableArn
    description: str


@dataclass(frozen=True, slots=True)
class Stack:
    """All of a stack in its environment."""

    name: str
    description: str
    environment: Environment
    tables: tuple[TableResource, ...]
    topic: TopicResource | None
    alarms: tuple[AlarmResource, ...]
    dashboard: DashboardResource | None
    policies: tuple[PolicyResource, ...]
    outputs: tuple[OutputValue, ...]

    def place(self, of: str | Table) -> str:
        """The value of a dimension: the name of a table, or text, in this environment."""
        return self.environment.table(of.name) if isinstance(of, Table) else self.environment.named(of)
