"""INSERT, UPDATE, DELETE and EXISTS as the writes of the plain API that do the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from dynalayer.engines.embedded.engine import Engine
from dynalayer.engines.embedded.evaluation.operands import Values
from dynalayer.engines.embedded.grammar.syntax import Call, Condition, Or, Path
from dynalayer.engines.embedded.items.capacity import Consumed
from dynalayer.engines.embedded.operations import items
from dynalayer.engines.embedded.partiql import planning
from dynalayer.engines.embedded.partiql.planning import Keyed
from dynalayer.engines.embedded.partiql.rendering import Renderer
from dynalayer.engines.embedded.partiql.syntax import Delete, Exists, Insert, Update, Write
from dynalayer.engines.embedded.requests.decoding import encode
from dynalayer.engines.embedded.tables.shape import Table
from dynalayer.protocol import ConditionFailed, DuplicateItem, Item, messages

_OPERATIONS: Final[Mapping[str, Callable[[Engine, bytes], bytes]]] = {
    "Put": items.put_item,
    "Update": items.update_item,
    "Delete": items.delete_item,
}


def write(
    engine: Engine, statement: Write, values: Values, on_failure: str, capacity: str
) -> tuple[Item | None, Consumed | None]:
    """Carry one write out; returns what its RETURNING asks for, and what it consumed.

    Raises `DuplicateItem` for an INSERT of an item that is there, `ConditionFailed` for an UPDATE of one that is not,
    and for conditions that do not hold.
    """
    kind, request = request_of(engine, statement, values, on_failure)
    request["ReturnConsumedCapacity"] = capacity
    if not isinstance(statement, Insert):
        request["ReturnValues"] = statement.returning
    try:
        answer = msgspec.json.decode(_OPERATIONS[kind](engine, encode(request)))
    except ConditionFailed:
        if isinstance(statement, Insert):
            raise DuplicateItem(messages.DUPLICATE_ITEM) from None
        raise
    return answer.get("Attributes"), answer.get("ConsumedCapacity")


def request_of(
    engine: Engine, statement: Write | Exists, values: Values, on_failure: str
) -> tuple[str, dict[str, Any]]:
    """The action of TransactWriteItems that does what a statement says, and its parameters."""
    table = engine.table(statement.table)
    renderer = Renderer(values)
    request: dict[str, Any] = {"TableName": statement.table}
    if isinstance(statement, Insert):
        request["Item"] = statement.item
        request["ConditionExpression"] = renderer.condition(_absent(table))
        return "Put", request | renderer.members()
    found = planning.required_key(table, statement.where, values)
    request["Key"] = found.key
    request["ReturnValuesOnConditionCheckFailure"] = on_failure
    if isinstance(statement, Update):
        request["UpdateExpression"] = renderer.update(statement.actions)
    condition = _of_deletion(table, found) if isinstance(statement, Delete) else _of_present(table, found)
    if condition is not None:
        request["ConditionExpression"] = renderer.condition(condition)
    kind = {Update: "Update", Delete: "Delete", Exists: "ConditionCheck"}[type(statement)]
    return kind, request | renderer.members()


def _absent(table: Table) -> Condition:
    return Call("attribute_not_exists", (Path((table.hash.name,)),))


def _of_present(table: Table, found: Keyed) -> Condition:
    """The item must be there (guide, "PartiQL update statements"), and meet the conditions beside its key."""
    return planning.joined((Call("attribute_exists", (Path((table.hash.name,)),)), *found.rest))


def _of_deletion(table: Table, found: Keyed) -> Condition | None:
    """Without an item a deletion succeeds, whatever its conditions (guide, "PartiQL delete statements")."""
    if not found.rest:
        return None
    rest = planning.joined(found.rest)
    others = rest.conditions if isinstance(rest, Or) else (rest,)
    return Or((_absent(table), *others))
