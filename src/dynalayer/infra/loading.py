"""What the modules of a program declare for deployment: stacks, or tables and access patterns to make one of."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any

from dynalayer.access import AccessPattern, load, members_of
from dynalayer.protocol import DefinitionError
from dynalayer.schema import Entity, Table

from .grant import Grant
from .infrastructure import Infrastructure
from .output import Output, arn_of, name_of
from .resources.building import identifier


def declared_by(module: ModuleType | str) -> list[Infrastructure]:
    """The stacks of a module: its `Infrastructure` objects, or else one of all its tables and access patterns.

    A module given by its name is imported. Raises `CannotCheck` if that fails, `DefinitionError` if it declares neither
    a stack nor a table.
    """
    found = load(module) if isinstance(module, str) else module
    values = list(members_of(vars(found).values()))
    stacks = list(dict.fromkeys(id(value) for value in values if isinstance(value, Infrastructure)))
    if stacks:
        by_id = {id(value): value for value in values}
        return _with_names([by_id[each] for each in stacks], found.__name__)
    return [_of_tables(found.__name__, values)]


def _with_names(stacks: list[Infrastructure], module: str) -> list[Infrastructure]:
    names = [stack.name for stack in stacks]
    for name in names:
        if names.count(name) > 1:
            raise DefinitionError(f"{module} declares two stacks of the name {name!r}")
    return stacks


def _of_tables(module: str, values: list[Any]) -> Infrastructure:
    tables = list(_tables(module, values).values())
    if not tables:
        raise DefinitionError(f"{module} declares no Infrastructure, no Table and no Entity: there is nothing to make")
    patterns = [value for value in values if isinstance(value, AccessPattern)]
    outputs = [output for table in tables for output in _outputs(table)]
    grants = [Grant("access", patterns)] if patterns else []
    name = module.rpartition(".")[2].replace("_", "-").strip("-")
    return Infrastructure(name, tables=tables, outputs=outputs, grants=grants)


def _outputs(table: Table) -> Iterator[Output]:
    yield Output(f"{identifier(table.name)}TableName", name_of(table), f"The name of the table {table.name}")
    yield Output(f"{identifier(table.name)}TableArn", arn_of(table), f"The ARN of the table {table.name}")


def _tables(module: str, values: list[Any]) -> dict[str, Table]:
    """Each table once: those of the module before those that only its entities name."""
    given = [value for value in values if isinstance(value, Table)]
    given += [value.__definition__.table for value in values if _is_entity(value)]
    found: dict[str, Table] = {}
    for table in given:
        known = found.setdefault(table.name, table)
        if known is not table and not _is_part(table, known):
            if not _is_part(known, table):
                raise DefinitionError(
                    f"{module} declares the table {table.name!r} twice, and neither is the whole of it: say "
                    "which one by an Infrastructure"
                )
            found[table.name] = table
    return found


def _is_part(part: Table, whole: Table) -> bool:
    """True if a table says nothing of itself that another of its name does not say as well."""
    said = part.create_request()
    full = whole.create_request()
    keys = said["KeySchema"] == full["KeySchema"] and part.ttl in (None, whole.ttl)
    lists = ("AttributeDefinitions", "GlobalSecondaryIndexes", "LocalSecondaryIndexes", "Tags")
    rest = [each for name in lists for each in said.get(name, ()) if each not in full.get(name, ())]
    settings = (part.stream in (None, whole.stream), part.point_in_time_recovery <= whole.point_in_time_recovery)
    return keys and not rest and all(settings) and part.deletion_protection <= whole.deletion_protection


def _is_entity(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, Entity) and "__definition__" in vars(value)
