"""From declarations to resources: pure, so the same declarations always give the same stack."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dynalayer.infra.alarms.alarm import Alarm
from dynalayer.infra.dashboard import Dashboard
from dynalayer.infra.environment import Environment
from dynalayer.infra.grant import Grant
from dynalayer.infra.infrastructure import Infrastructure
from dynalayer.infra.output import Output, Reference
from dynalayer.infra.policies.document import LONGEST, length_of
from dynalayer.infra.policies.statements import statements_of
from dynalayer.infra.settings import number_of
from dynalayer.infra.topic import Topic
from dynalayer.protocol import DefinitionError
from dynalayer.schema import Table

from .stack import (
    AlarmResource,
    DashboardResource,
    OutputValue,
    PolicyResource,
    Stack,
    TableArn,
    TableResource,
    Told,
    TopicResource,
)

TOPIC = "AlarmTopic"
DASHBOARD = "Dashboard"


def build(declared: Infrastructure, environment: Environment) -> Stack:
    """What a declared stack comes to in an environment.

    Raises `DefinitionError` for names that become the same, and for grants that no policy can say.
    """
    stack = Stack(
        name=f"{declared.name}-{environment.name}",
        description=declared.description,
        environment=environment,
        tables=tuple(table_resource(table, environment) for table in declared.tables),
        topic=None if declared.topic is None else _topic(declared.topic, environment),
        alarms=tuple(_alarm(alarm, environment, has_topic=declared.topic is not None) for alarm in declared.alarms),
        dashboard=None if declared.dashboard is None else _dashboard(declared.dashboard, environment),
        policies=tuple(_policy(grant, declared, environment) for grant in declared.grants),
        outputs=tuple(_output(output, declared, environment) for output in declared.outputs),
    )
    _refuse_one_id(stack)
    return stack


def identifier(name: str) -> str:
    """A name as letters and digits alone: `cache-hit-rate-{env}` is CacheHitRate."""
    words = re.findall(r"[A-Za-z0-9]+", name.replace("{env}", ""))
    return "".join(word[0].upper() + word[1:] for word in words)


def table_id(table: Table) -> str:
    """What a table is called among the resources of its stack."""
    return f"{identifier(table.name)}Table"


def table_resource(table: Table, environment: Environment) -> TableResource:
    """A table as it is to stand in an environment; raises `DefinitionError` if its name there would not do."""
    name = environment.table(table.name)
    if not re.fullmatch(r"[A-Za-z0-9_.-]{3,255}", name):
        raise DefinitionError(
            f"the table {table.name!r} would be called {name!r} in {environment.name}: a name has 3 to 255 of the "
            "characters A-Z a-z 0-9 _ . -"
        )
    return TableResource(
        id=table_id(table),
        table=table,
        name=name,
        retain=environment.retain,
        deletion_protection=table.deletion_protection or environment.deletion_protection,
        point_in_time_recovery=table.point_in_time_recovery or environment.point_in_time_recovery,
        encryption=environment.encryption,
        tags={**environment.tags, **table.tags},
    )


def _topic(topic: Topic, environment: Environment) -> TopicResource:
    name = environment.named(topic.name)
    return TopicResource(TOPIC, name, topic.display_name, environment.alarm_email, environment.tags)


def _dashboard(dashboard: Dashboard, environment: Environment) -> DashboardResource:
    return DashboardResource(DASHBOARD, dashboard, environment.named(dashboard.name))


def _alarm(alarm: Alarm, environment: Environment, *, has_topic: bool) -> AlarmResource:
    return AlarmResource(
        id=f"{identifier(alarm.name)}Alarm",
        alarm=alarm,
        name=environment.named(alarm.name),
        threshold=number_of(alarm.threshold, environment.settings),
        topic=TOPIC if has_topic and alarm.notify else None,
    )


def _policy(grant: Grant, declared: Infrastructure, environment: Environment) -> PolicyResource:
    own = {table.name for table in declared.tables}

    def place(table: str, index: str | None) -> TableArn:
        made_here = f"{identifier(table)}Table" if table in own else None
        return TableArn(made_here, environment.table(table), index)

    names = {table.name for table in (*declared.tables, *declared.uses)}
    statements = statements_of(grant, place)
    for statement in statements:
        if statement.resource.name not in {environment.table(name) for name in names}:
            raise DefinitionError(
                f"stack {declared.name!r}: the grant {grant.name!r} reaches the table {statement.resource.name!r}, "
                "which the stack neither makes nor uses: add it to its `tables` or its `uses`"
            )
    policy = PolicyResource(
        id=f"{identifier(grant.name)}Policy",
        name=f"{declared.name}-{grant.name}-{environment.name}",
        description=f"The access patterns of {grant.name}",
        statements=tuple(statements),
    )
    if (length := length_of(policy)) > LONGEST:
        raise DefinitionError(
            f"stack {declared.name!r}: the policy of the grant {grant.name!r} has {length} characters, at most "
            f"{LONGEST} are possible: split the grant"
        )
    return policy


def _output(output: Output, declared: Infrastructure, environment: Environment) -> OutputValue:
    return OutputValue(output.name, _value(output.of, declared, environment), output.description)


def _value(of: Reference | str, declared: Infrastructure, environment: Environment) -> str | Told | TableArn:
    if isinstance(of, str):
        return environment.named(of)
    if isinstance(of.of, Table):
        if any(of.of is table for table in declared.tables):
            return Told(table_id(of.of), of.what)
        if of.what == "stream":
            raise DefinitionError(f"only the stack that makes {of.of!r} knows the ARN of its stream")
        name = environment.table(of.of.name)
        return name if of.what == "name" else TableArn(None, name)
    return Told(TOPIC if of.of is declared.topic else DASHBOARD, of.what)


def _refuse_one_id(stack: Stack) -> None:
    seen: set[str] = set()
    for found in _ids(stack):
        if found in seen:
            raise DefinitionError(
                f"stack {stack.name!r}: two resources would both be called {found!r}: only letters and digits of "
                "a name count"
            )
        seen.add(found)


def _ids(stack: Stack) -> Iterator[str]:
    yield from (table.id for table in stack.tables)
    yield from (alarm.id for alarm in stack.alarms)
    yield from (policy.id for policy in stack.policies)
    if stack.topic is not None:
        yield stack.topic.id
    if stack.dashboard is not None:
        yield stack.dashboard.id
