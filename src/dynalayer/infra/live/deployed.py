"""A declared table as an environment wants it."""

from __future__ import annotations

from collections.abc import Iterable

from dynalayer.infra.environment import Environment
from dynalayer.infra.infrastructure import Infrastructure
from dynalayer.infra.resources.building import table_resource
from dynalayer.schema import Table


def deployed(table: Table, place: Environment) -> Table:
    """The table under its name in the environment, with the environment's care for it and its tags."""
    wanted = table_resource(table, place)
    return Table(
        wanted.name,
        pk=table.keys.partition[0],
        sk=table.keys.sort[0] if table.keys.sort else None,
        indexes=list(table.indexes.values()),
        ttl=table.ttl,
        stream=table.stream,
        point_in_time_recovery=wanted.point_in_time_recovery,
        deletion_protection=wanted.deletion_protection,
        tags=wanted.tags,
    )


def deployed_tables(stacks: Iterable[Infrastructure], place: Environment) -> list[Table]:
    """The tables that these stacks make, each once."""
    return [deployed(table, place) for stack in stacks for table in stack.tables]
