"""An entity with sealed values, and keys that tests may know."""

import base64
import hashlib

from dynalayer import Attr, Entity, Index, Table, attr, index, primary
from dynalayer.sealing import KeyRing, Sealed, Sealer

vault = Table("vault", pk="PK", sk="SK", indexes=[Index("by-service", pk="GSI1PK", sk="GSI1SK")])


class Token(Entity, table=vault):
    """Tokens of a user at a service; `legacy` held a clear text once."""

    user: Attr[str] = attr()
    service: Attr[str] = attr()
    access: Attr[Sealed] = attr()
    refresh: Attr[Sealed | None] = attr(default=None)
    legacy: Attr[Sealed | str | None] = attr(default=None)
    key = primary(user, service, pk="USER#{user}", sk="TOKEN#{service}")
    by_service = index("by-service", service, user, pk="SERVICE#{service}", sk="USER#{user}")


class Note(Entity, table=vault):
    """Another entity of the same table, with an attribute of the same name."""

    user: Attr[str] = attr()
    access: Attr[Sealed] = attr()
    key = primary(user, pk="USER#{user}", sk="NOTE")


def text_key(name: str) -> str:
    """A key that is always the same for a name."""
    return base64.b64encode(hashlib.sha256(name.encode()).digest()).decode()


def ring(*names: str) -> KeyRing:
    return KeyRing({name: text_key(name) for name in names})


def sealer(*names: str) -> Sealer:
    return Sealer(ring(*names))
