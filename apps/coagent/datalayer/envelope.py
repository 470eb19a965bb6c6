"""Items as the first data layer laid them out: an envelope around a map of the entity's own fields."""

from __future__ import annotations

import types
from functools import cache
from typing import Any, NamedTuple, TypeVar

from coagent.tables import BY_OWNER, BY_PARENT, coagent
from dynalayer import Attr, Entity, Path, Table, attr, created, index, primary, revision, updated


class Plain(Entity):
    """An item of any kind; a batch writes it as it is."""

    pk: Attr[str] = attr(name="PK", max_bytes=2048)
    sk: Attr[str] = attr(name="SK", max_bytes=1024)
    entity_type: Attr[str] = attr(name="EntityType", default="")
    data: Attr[dict[str, Any]] = attr(name="Data", factory=dict[str, Any])
    created_at: Attr[int] = created(name="CreatedAt")
    updated_at: Attr[int] = updated(name="UpdatedAt")
    gsi1pk: Attr[str | None] = attr(name="GSI1PK", default=None, max_bytes=2048)
    gsi1sk: Attr[str | None] = attr(name="GSI1SK", default=None, max_bytes=1024)
    gsi2pk: Attr[str | None] = attr(name="GSI2PK", default=None, max_bytes=2048)
    gsi2sk: Attr[str | None] = attr(name="GSI2SK", default=None, max_bytes=1024)
    ttl: Attr[int | None] = attr(name="TTL", default=None, ttl=True)
    key = primary(pk, sk)
    by_owner = index(BY_OWNER, gsi1pk, gsi1sk)
    by_parent = index(BY_PARENT, gsi2pk, gsi2sk)


class Envelope(Plain):
    """An item of any kind with the revision that the application's own entities count."""

    revision: Attr[int] = revision(name="Revision")


class Bound(NamedTuple):
    """The two entities on a table."""

    table: Table
    envelope: type[Envelope]
    plain: type[Plain]


P = TypeVar("P", bound=Plain)


@cache
def bound(table_name: str) -> Bound:
    """The entities on the table of this name, which has the keys and indexes of the application's.

    They go by table objects of their own: an entity whose keys are no templates may be any other, which the library
    refuses within one.
    """
    return Bound(_table(table_name), _on(_table(table_name), Envelope), _on(_table(table_name), Plain))


def _table(name: str) -> Table:
    assert coagent.sk is not None
    indexes = list(coagent.indexes.values())
    return Table(name, pk=coagent.pk, sk=coagent.sk, indexes=indexes, ttl=coagent.ttl, stream=coagent.stream)


def _on(table: Table, base: type[P]) -> type[P]:
    made: Any = types.new_class(base.__name__, (base,), {"table": table, "name": "Envelope"})
    return made  # type: ignore[no-any-return] # a class made at run time


def field(*steps: str | int) -> Path[Envelope, Any]:
    """A field of an entity, or a part of one, to filter by: `field("author", "name") == "Ada"`.

    Each step is a name or a position as it is: one with a dot in it is a name with a dot in it.
    """
    if not steps or not all(isinstance(step, int) or step for step in steps):
        raise ValueError("field(...) takes the names that lead to a field, none of them empty")

    def select(data: Any) -> Any:
        for step in steps:
            data = data[step]
        return data

    return bound(coagent.name).envelope.data.at(select)
