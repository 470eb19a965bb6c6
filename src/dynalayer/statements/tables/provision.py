"""Bringing tables into being, up to their declaration, and away again: plans of several statements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from dynalayer.protocol import (
    DefinitionError,
    NotReady,
    ResourceInUse,
    ResourceNotFound,
    ServiceError,
    UnknownOperation,
)
from dynalayer.schema import Index, Table
from dynalayer.statements.plan import Clock, Pause, Plan, Steps, ask
from dynalayer.statements.statement import Statement

from .differences import Difference, Found, differences, refuse, shape_differences
from .settings import (
    CreateIndex,
    DescribeRecovery,
    DescribeTags,
    EnableProtection,
    EnableRecovery,
    EnableStream,
    WriteTags,
)
from .tables import CreateTable, DeleteTable, DescribeExpiry, DescribeTable, Description, EnableExpiry
from .waiting import pauses, ready, settled, waits

R = TypeVar("R")


class IndexProgress(msgspec.Struct, frozen=True):
    """How far a new index is: its status, whether it is being filled, and the seconds waited for it."""

    index: str
    status: str
    backfilling: bool
    waited: float


def create_tables(tables: Sequence[Table]) -> Plan[None]:
    """Create the tables that are missing and bring the settings of the others up to their declaration."""

    def begin(clock: Clock) -> Steps[None]:
        missing: list[Table] = []
        made: list[tuple[Table, Description]] = []
        there: list[tuple[Table, Found]] = []
        for table in tables:
            found = yield from _find(table)
            if found is None:
                missing.append(table)
            else:
                there.append((table, found))
        refuse([d for table, found in there for d in differences(table, found) if d.remedy != "create_tables"])
        for table in missing:
            new = yield from _create(table)
            if isinstance(new, Found):
                there.append((table, new))
            else:
                made.append((table, new))
        for table, description in made:
            yield from _finish_new(table, description)
        for table, found in there:
            yield from _bring_up(table, found)

    return Plan("create_tables", begin)


def look_at(name: str) -> Plan[Found | None]:
    """All that is known of a table, every setting asked for; None if it is not there."""

    def begin(clock: Clock) -> Steps[Found | None]:
        description = yield from _unless_missing(DescribeTable(name))
        if description is None:
            return None
        ttl = yield from ask(DescribeExpiry(name))
        recovery = yield from _if_known(DescribeRecovery(name))
        return Found(description, ttl, recovery, (yield from _tags(description["TableArn"])))

    return Plan("look_at", begin)


def bring_up(table: Table) -> Plan[None]:
    """Bring the settings of a table that is there up to their declaration, whatever shape its indexes are in."""

    def begin(clock: Clock) -> Steps[None]:
        found = yield from _find(table)
        if found is None:
            raise DefinitionError(f"table {table.name!r} is not there: create_tables() makes it")
        yield from _bring_up(table, found)

    return Plan("bring_up", begin)


def settle(table: Table) -> Plan[None]:
    """Wait until a table and its indexes are ready for the next change; raises `NotReady` after half an hour."""
    return Plan("settle", lambda clock: settled(table))


def delete_tables(tables: Sequence[Table]) -> Plan[None]:
    """Delete tables with all their items and wait until they are gone; those that are not there are no error."""

    def begin(clock: Clock) -> Steps[None]:
        for table in tables:
            for wait in waits(f"table {table.name!r} cannot be deleted yet: it is being changed"):
                try:
                    yield from ask(DeleteTable(table.name))
                except ResourceNotFound:
                    break
                except ResourceInUse:
                    yield wait
                else:
                    break
        for table in tables:
            yield from _gone(table)

    return Plan("delete_tables", begin)


def table_differences(table: Table) -> Plan[list[Difference]]:
    """In which ways the table that is there is not the declared one."""

    def begin(clock: Clock) -> Steps[list[Difference]]:
        found = yield from _find(table)
        if found is None:
            return [Difference(table.name, "table", "it", "none", "create_tables")]
        return differences(table, found)

    return Plan("table_differences", begin)


def add_index(table: Table, name: str, progress: Callable[[IndexProgress], None] | None = None) -> Plan[None]:
    """Add a declared global index to a table that is there, and wait until it is filled."""
    index = table.indexes.get(name)
    if not isinstance(index, Index):
        why = "has no index of that name" if index is None else "can have a local index only from the start"
        raise DefinitionError(f"index {name!r} cannot be added: {table!r} {why}")

    def begin(clock: Clock) -> Steps[None]:
        found = yield from ready(table)
        refuse([d for d in shape_differences(table, found) if repr(name) in d.what and d.remedy != "add_index"])
        waited, asked = 0.0, False
        for pause in pauses():
            description = yield from ask(DescribeTable(table.name))
            status = _status(description, name)
            if status is None and asked:
                raise NotReady(f"index {name!r} of table {table.name!r} was taken away while it was waited for")
            if status is None:
                yield from ask(CreateIndex(table, index))
                asked = True
                description = yield from ask(DescribeTable(table.name))
                status = _status(description, name) or IndexProgress(name, "CREATING", False, 0.0)
            if progress is not None:
                progress(replace(status, waited=waited))
            if status.status == "ACTIVE" and description["TableStatus"] == "ACTIVE":
                return
            waited += pause
            yield Pause(pause)

    return Plan("add_index", begin)


def _find(table: Table) -> Steps[Found | None]:
    """What is there of a table; its settings are only asked for where the declaration says something of them."""
    known = yield from _unless_missing(DescribeTable(table.name))
    if known is None:
        return None
    if known["TableStatus"] == "DELETING":
        yield from _gone(table)
        return None
    description = yield from ready(table, known)
    ttl = recovery = tags = None
    if table.ttl is not None:
        ttl = yield from ask(DescribeExpiry(table.name))
    if table.point_in_time_recovery:
        recovery = yield from _if_known(DescribeRecovery(table.name))
    if table.tags:
        tags = yield from _tags(description["TableArn"])
    return Found(description, ttl, recovery, tags)


def _gone(table: Table) -> Steps[None]:
    """Wait until a table that is being deleted is gone."""
    for wait in waits(f"table {table.name!r} is still being deleted"):
        if (yield from _unless_missing(DescribeTable(table.name))) is None:
            return
        yield wait


def _tags(arn: str) -> Steps[dict[str, str] | None]:
    tags: dict[str, str] = {}
    after: str | None = None
    while True:
        found = yield from _if_known(DescribeTags(arn, after))
        if found is None:
            return None
        more, after = found
        tags |= more
        if after is None:
            return tags


def _create(table: Table) -> Steps[Found | Description]:
    """Create a table and tell of it; or what is there if somebody else did so meanwhile."""
    try:
        return (yield from ask(CreateTable(table)))
    except ResourceInUse:
        found = yield from _find(table)
        if found is None:
            raise
        refuse([d for d in differences(table, found) if d.remedy != "create_tables"])
        return found


def _finish_new(table: Table, description: Description) -> Steps[None]:
    yield from ready(table, description)
    if table.ttl is not None:
        yield from ask(EnableExpiry(table))
    if table.point_in_time_recovery:
        yield from _enable_recovery(table)


def _bring_up(table: Table, found: Found) -> Steps[None]:
    """End the differences that nothing is lost by."""
    wanted = {difference.what for difference in differences(table, found)}
    if "ttl" in wanted:
        yield from ask(EnableExpiry(table))
    if "stream" in wanted:
        yield from ask(EnableStream(table))
        yield from ready(table)
    if "deletion protection" in wanted:
        yield from ask(EnableProtection(table))
        yield from ready(table)
    if "point-in-time recovery" in wanted:
        yield from _enable_recovery(table)
    tags = {key: value for key, value in table.tags.items() if f"tag {key!r}" in wanted}
    if tags:
        yield from ask(WriteTags(found.description["TableArn"], tags))


def _enable_recovery(table: Table) -> Steps[None]:
    for wait in waits(f"point-in-time recovery of table {table.name!r} cannot be turned on yet"):
        try:
            yield from _if_known(EnableRecovery(table))
        except ServiceError as error:
            # The service answers so for a moment after a table was made.
            if error.code != "ContinuousBackupsUnavailableException":
                raise
            yield wait
        else:
            return


def _status(description: Description, name: str) -> IndexProgress | None:
    for index in description.get("GlobalSecondaryIndexes", ()):
        if index["IndexName"] == name:
            return IndexProgress(name, index["IndexStatus"], index.get("Backfilling", False), 0.0)
    return None


def _unless_missing(statement: Statement[R]) -> Steps[R | None]:
    try:
        return (yield from ask(statement))
    except ResourceNotFound:
        return None


def _if_known(statement: Statement[R]) -> Steps[R | None]:
    """The result, or None from an engine without that operation (DynamoDB Local has no recovery and no tags)."""
    try:
        return (yield from ask(statement))
    except UnknownOperation:
        return None
