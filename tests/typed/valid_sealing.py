"""Sealed values as users write them: both type checkers must accept all of it."""

from dynalayer import AsyncDatabase, Attr, Database, Entity, Table, attr, primary
from dynalayer.sealing import KeyRing, Rotated, Sealed, Sealer, Secret, new_key

vault = Table("vault", pk="PK", sk="SK")


class Token(Entity, table=vault):
    user: Attr[str] = attr()
    name: Attr[str] = attr(default="")
    access: Attr[Sealed] = attr()
    refresh: Attr[Sealed | None] = attr(default=None)
    legacy: Attr[Sealed | str | None] = attr(default=None)
    moving: Attr[Sealed | str] = attr(default="")
    key = primary(user, pk="TOKEN#{user}", sk="T")


class Other(Entity, table=vault):
    user: Attr[str] = attr()
    access: Attr[Sealed] = attr()
    key = primary(user, pk="OTHER#{user}", sk="O")


sealer = Sealer(KeyRing({"a": new_key()}), max_uses=10, max_age=1.5)
key = Token.key("ada")
secret = Secret("t")
sealed: Sealed = sealer.seal(key, Token.access, secret)
token = Token(user="ada", access=sealed, refresh=sealer.seal(key, Token.refresh, secret))
change = Token.legacy.set(sealer.seal(key, Token.legacy, secret))
first: Secret = sealer.secret_of(token, Token.access)
second: Secret | None = sealer.secret_of(token, Token.refresh)
third: Secret | None = sealer.secret_of(token, Token.legacy)
fourth: Secret = sealer.secret_of(token, Token.moving)
fifth: Secret = sealer.open(key, Token.access, token.access)
sixth: Secret | None = sealer.open(key, Token.refresh, token.refresh)
text: str = first.reveal()
by_key = Token.key.partition("ada").where(Token.access.at(lambda value: value.key) != "a")


def rotate(db: Database) -> Rotated:
    return db.run(sealer.rotate(by_key, Token.access, Token.refresh, Token.legacy, Token.moving, cursor=None))


async def rotate_awaited(db: AsyncDatabase) -> int:
    return (await db.run(sealer.rotate(by_key, Token.access))).rotated
