"""The policies of the service's stacks, held to the calls that its tests make."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from live_translation import access_patterns, infrastructure
from live_translation.metrics.shared import figures
from live_translation.tables import TABLES

from dynalayer import AccessPattern
from dynalayer.access import Recorded
from dynalayer.infra import Grant, Infrastructure, cloudformation_template, declared_by, environment
from tests.infra.iam import allows, asked_by

KEYS = {table.name: table.pk.name for table in (*TABLES, figures)} | {
    (table.name, index.name): index.keys.partition[0].name for table in TABLES for index in table.global_indexes
}
ON_ONE_MACHINE = list(access_patterns.FIGURES)
ITEMS = ("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan")


def refused(calls: Iterable[Recorded], others: Iterable[AccessPattern] = ()) -> list[str]:
    """What of these calls no policy of the service allows, apart from those of one machine and of other patterns."""
    return refused_by([*policies().values(), _document([*others, *ON_ONE_MACHINE])], calls)


def refused_by(documents: Iterable[Any], calls: Iterable[Recorded]) -> list[str]:
    """What of these calls none of the policies allows."""
    kept = list(documents)
    found: dict[str, None] = {}
    for call in calls:
        if call.operation not in ITEMS and not call.operation.startswith(("Batch", "Transact")):
            continue
        for asked in asked_by(call.operation, call.request, KEYS, suffix="-dev"):
            if not any(allows(document, asked) for document in kept):
                found[f"{asked.action} on {asked.resource}"] = None
    return list(found)


@cache
def policies() -> dict[str, Any]:
    """The documents of all policies of the service in dev, by their names."""
    return {
        resource["Properties"]["ManagedPolicyName"]: resource["Properties"]["PolicyDocument"]
        for stack in declared_by(infrastructure)
        for resource in cloudformation_template(stack, environment("dev"))["Resources"].values()
        if resource["Type"] == "AWS::IAM::ManagedPolicy"
    }


def _document(patterns: list[AccessPattern]) -> Any:
    names = tuple(pattern.name for pattern in patterns)
    if names not in _others:
        stack = Infrastructure("others", tables=(*TABLES, figures), grants=[Grant("others", patterns)])
        made = cloudformation_template(stack, environment("dev"))
        _others[names] = made["Resources"]["OthersPolicy"]["Properties"]["PolicyDocument"]
    return _others[names]


_others: dict[tuple[str, ...], Any] = {}
