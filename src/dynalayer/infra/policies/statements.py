"""IAM statements from access patterns: which actions on which table or index, in which partitions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dynalayer.access import AccessPattern, Shape, definitions_of, first_statement, shapes_of
from dynalayer.infra.grant import Grant
from dynalayer.infra.resources.stack import Statement, TableArn
from dynalayer.protocol import DefinitionError
from dynalayer.schema import Definition, KeyAttribute, Table

from .tenants import leading_keys

Place = Callable[[str, str | None], TableArn]
"""The ARN of a table or of its index, by their declared names."""

# A transaction is allowed by the actions of its parts (DynamoDB guide, "Using IAM with DynamoDB transactions").
_ACTIONS: Final = {
    "BatchWriteItem PutRequest": "BatchWriteItem",
    "BatchWriteItem DeleteRequest": "BatchWriteItem",
    "TransactGetItems Get": "GetItem",
    "TransactWriteItems Put": "PutItem",
    "TransactWriteItems Update": "UpdateItem",
    "TransactWriteItems Delete": "DeleteItem",
    "TransactWriteItems ConditionCheck": "ConditionCheckItem",
}

_READS: Final = frozenset({"GetItem", "Query"})
"""The actions whose attributes IAM can hold to a list: batches and writes tell whole items."""


@dataclass(frozen=True, slots=True)
class _Need:
    """One action that a pattern needs; `attributes` None if it reads whole items."""

    action: str
    table: str
    index: str | None
    leading_keys: tuple[str, ...] | None
    attributes: frozenset[str] | None


def statements_of(grant: Grant, place: Place) -> list[Statement]:
    """The statements of a grant, one for each table or index and each set of partitions and attributes.

    Raises `DefinitionError` where a tenant cannot be held to their own partitions.
    """
    needs = [need for pattern in grant.patterns for need in _needs(pattern, grant)]
    whole = {(n.action, n.table, n.index, n.leading_keys) for n in needs if n.attributes is None}
    groups: dict[tuple[str, str, tuple[str, ...], frozenset[str] | None], set[str]] = {}
    for need in needs:
        # Where a pattern reads whole items, a list of attributes for another one holds nobody to it.
        free = (need.action, need.table, need.index, need.leading_keys) in whole
        key = (need.table, need.index or "", need.leading_keys or (), None if free else need.attributes)
        groups.setdefault(key, set()).add(need.action)
    made = [
        Statement(
            _sid(table, index, number),
            tuple(f"dynamodb:{action}" for action in sorted(actions)),
            place(table, index or None),
            keys or None,
            None if attributes is None else tuple(sorted(attributes)),
        )
        for number, ((table, index, keys, attributes), actions) in enumerate(sorted(groups.items(), key=_order), 1)
    ]
    if not made:
        raise DefinitionError(f"the grant {grant.name!r} has no access pattern, so its policy would allow nothing")
    return made


def _order(group: tuple[Any, Any]) -> tuple[Any, ...]:
    table, index, keys, attributes = group[0]
    return table, index, keys, sorted(attributes or ())


def _sid(table: str, index: str, number: int) -> str:
    return re.sub(r"[^A-Za-z0-9]", "", f"{table}{index}") + str(number)


def _needs(pattern: AccessPattern, grant: Grant) -> Iterator[_Need]:
    columns = _columns(pattern)
    entities = definitions_of(pattern)
    for shape in shapes_of(pattern):
        action = _ACTIONS.get(shape.operation, shape.operation)
        reached = [each for each in entities if each.table.name == shape.table and each.name in shape.entities]
        keys = None if grant.tenant is None else leading_keys(shape, reached, pattern.name, grant.tenant)
        yield _Need(action, shape.table, shape.index, keys, columns if action in _READS else None)
        yield from _markers(shape, reached, keys)


def _markers(shape: Shape, reached: Sequence[Definition], keys: tuple[str, ...] | None) -> Iterator[_Need]:
    """The items that hold unique values are written and deleted with the item that has them."""
    found = [entity for entity in reached if entity.uniques]
    if found and shape.operation.startswith("TransactWriteItems"):
        if keys is not None:
            raise DefinitionError(
                f"{found[0].name} has unique attributes, whose values are held in partitions of no tenant: "
                "a policy with a tenant cannot allow it"
            )
        for action in ("DeleteItem", "PutItem"):
            yield _Need(action, shape.table, None, None, None)


def _columns(pattern: AccessPattern) -> frozenset[str] | None:
    """The attributes that a pattern's read names, filters and all keys included; None if it names none."""
    request = first_statement(pattern).request(0)
    if "ProjectionExpression" not in request:
        return None
    names: dict[str, str] = request.get("ExpressionAttributeNames", {})
    texts = [text for name, text in request.items() if name.endswith("Expression")]
    # The condition of a policy lists attributes of the item, not what is inside of one.
    used = {name for text in texts for name in re.findall(r"(?<!\.)#\w+", text)}
    # The key of the item that a page ends with comes back with the request for the next one.
    keys = [key.name for table in _tables(pattern) for key in _all_keys(table, request.get("IndexName"))]
    return frozenset((*(names[name] for name in used), *keys))


def _tables(pattern: AccessPattern) -> list[Table]:
    return list({entity.table: None for entity in definitions_of(pattern)})


def _all_keys(table: Table, index: str | None) -> tuple[KeyAttribute, ...]:
    of_index = () if index is None else table.keys_of(table.indexes[index]).attributes
    return (*table.keys.attributes, *of_index)
