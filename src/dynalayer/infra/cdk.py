"""Declared stacks inside an app of the AWS Cloud Development Kit; needs the extra `cdk`, and Node.

What is declared becomes constructs with the same properties and logical ids as in the plain template, by CDK's own
`CfnInclude`; what an app adds (functions, sockets) refers to them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import aws_cdk as cdk
import msgspec
from aws_cdk import aws_dynamodb, aws_iam, aws_sns
from aws_cdk.cloudformation_include import CfnInclude

from dynalayer.protocol import DefinitionError
from dynalayer.schema import Table

from .environment import Environment, load_environment
from .infrastructure import Infrastructure, known_keys
from .loading import declared_by
from .rendering.cloudformation import template
from .resources.building import TOPIC, build, table_id


class Declared:
    """The constructs of a declared stack in `stack`: its tables, topic and policies for what an app adds to it."""

    def __init__(self, stack: cdk.Stack, declared: Infrastructure, environment: Environment) -> None:
        self.stack = stack
        self.declared = declared
        self.environment = environment
        self._resources = build(declared, environment)
        self._views: dict[str, Any] = {}
        with tempfile.TemporaryDirectory() as folder:
            # CDK reads templates from files only; this one is read before the constructor returns.
            file = Path(folder) / "template.json"
            file.write_bytes(msgspec.json.encode(template(self._resources)))
            self.include = CfnInclude(stack, "Declared", template_file=str(file))

    def resource(self, id: str) -> cdk.CfnResource:
        """A resource by its id in the template; raises `DefinitionError` if there is none."""
        if id not in template(self._resources)["Resources"]:
            raise DefinitionError(f"stack {self.declared.name!r} has no resource {id!r}")
        return self.include.get_resource(id)

    def table(self, table: Table) -> aws_dynamodb.ITable:
        """A table, for what takes tables: grants, event sources, metrics.

        Raises `DefinitionError` for one that the stack neither makes nor uses.
        """
        view: aws_dynamodb.ITable = self._view(f"{table_id(table)}View", lambda id: self._table(table, id))
        return view

    def _table(self, table: Table, id: str) -> aws_dynamodb.ITable:
        attributes: dict[str, Any] = {
            "global_indexes": [index.name for index in table.global_indexes],
            "local_indexes": [index.name for index in table.local_indexes],
        }
        if any(table is each for each in self.declared.tables):
            made: Any = self.resource(table_id(table))
            attributes["table_arn"] = made.attr_arn
            if table.stream is not None:
                attributes["table_stream_arn"] = made.attr_stream_arn
        elif any(table is each for each in self.declared.uses):
            attributes["table_name"] = self.environment.table(table.name)
        else:
            raise DefinitionError(f"stack {self.declared.name!r} neither makes nor uses {table!r}")
        return aws_dynamodb.Table.from_table_attributes(self.stack, id, **attributes)

    def policy(self, grant: str) -> aws_iam.IManagedPolicy:
        """The policy of a grant, to be attached to a role; raises `DefinitionError` if there is no such grant."""
        ids = {each.name: made.id for each, made in zip(self.declared.grants, self._resources.policies, strict=True)}
        if grant not in ids:
            raise DefinitionError(
                f"stack {self.declared.name!r} has no grant {grant!r}; it has {', '.join(ids) or 'none'}"
            )
        arn = self.resource(ids[grant]).ref
        view: aws_iam.IManagedPolicy = self._view(
            f"{ids[grant]}View", lambda id: aws_iam.ManagedPolicy.from_managed_policy_arn(self.stack, id, arn)
        )
        return view

    @property
    def topic(self) -> aws_sns.ITopic:
        """The topic that alarms tell; raises `DefinitionError` if the stack has none."""
        arn = self.resource(TOPIC).ref
        view: aws_sns.ITopic = self._view(f"{TOPIC}View", lambda id: aws_sns.Topic.from_topic_arn(self.stack, id, arn))
        return view

    def _view(self, id: str, make: Callable[[str], Any]) -> Any:
        """A resource as CDK's other constructs take it, made once: a stack has one construct of a name."""
        if id not in self._views:
            self._views[id] = make(id)
        return self._views[id]


def add_stack(scope: cdk.App | cdk.Stage, declared: Infrastructure, environment: Environment) -> Declared:
    """A declared stack as a stack of an app, in the account and region of its environment if these are known."""
    place = cdk.Environment(account=environment.account, region=environment.region)
    name = f"{declared.name}-{environment.name}"
    # Its description comes with the template.
    stack = cdk.Stack(scope, name, stack_name=name, env=place)
    return Declared(stack, declared, environment)


def add_stacks(
    app: cdk.App, module: ModuleType | str, environment: str, config: Path | str = "config"
) -> list[Declared]:
    """All stacks of a module, in the environment of the file `<config>/<environment>.json`.

    Raises `CannotCheck` if the module cannot be imported, `DefinitionError` for what cannot be made.
    """
    stacks = declared_by(module)
    place = load_environment(environment, config, *known_keys(stacks))
    return [add_stack(app, stack, place) for stack in stacks]
