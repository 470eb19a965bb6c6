"""Items as they are stored, whatever they are: what export and deletion of an account must not miss.

They go by a table object of their own, because an entity whose keys are no templates may be any other, and the library
refuses that of one table.
"""

from __future__ import annotations

from typing import Any, Final

from coagent.entities.envelope import DATA
from coagent.tables import BY_OWNER, coagent
from dynalayer import Attr, Entity, Index, Table, attr, index, primary

_whole: Final = Table(coagent.name, pk="PK", sk="SK", indexes=[Index(BY_OWNER, pk="GSI1PK", sk="GSI1SK")])


class Stored(Entity, table=_whole):
    """An item of any kind by its raw keys; its other attributes are not looked into."""

    pk: Attr[str] = attr(name="PK", max_bytes=2048)
    sk: Attr[str] = attr(name="SK", max_bytes=1024)
    owner: Attr[str | None] = attr(default=None, name="GSI1PK", max_bytes=2048)
    place: Attr[str | None] = attr(default=None, name="GSI1SK", max_bytes=1024)
    kind: Attr[str | None] = attr(default=None, name="EntityType")
    data: Attr[dict[str, Any] | None] = attr(default=None, name=DATA)
    created_ms: Attr[int | None] = attr(default=None, name="CreatedAt")
    updated_ms: Attr[int | None] = attr(default=None, name="UpdatedAt")
    key = primary(pk, sk)
    by_owner = index(BY_OWNER, owner, place)
