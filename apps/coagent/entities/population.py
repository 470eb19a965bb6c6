"""How many accounts there are: an item of the application's own, none of the twelve kinds."""

from __future__ import annotations

from coagent.tables import coagent
from dynalayer import Attr, Entity, attr, primary


class Population(Entity, table=coagent, camel_case=True):
    """The number of accounts; that the item is there says that the first account has been made."""

    name: Attr[str] = attr(default="users", max_bytes=100)
    users: Attr[int] = attr(default=0)
    key = primary(name, pk="POPULATION#{name}", sk="COUNT")
