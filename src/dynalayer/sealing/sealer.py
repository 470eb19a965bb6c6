"""Seals secrets for one attribute of one item, and opens them there and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from os import urandom
from time import monotonic
from typing import Any, TypeVar, overload

import msgspec

from dynalayer import Entity, InvalidValue, Key, NewerVersion, Path
from dynalayer.schema import key_of
from dynalayer.statements import Pages, Plan

from .ciphers import NotAuthentic, Random
from .datakeys import DataKeys
from .errors import Tampered, UnknownKey, WrongKey
from .keys import Context, WrappingKeys
from .rotation import Attribute, Rotated, rotation
from .sealed import VERSION, Sealed
from .secret import Secret, as_bytes, from_bytes

E = TypeVar("E", bound=Entity)


class Sealer:
    """Turns a `Secret` into the `Sealed` value that an item holds, and back.

    A sealed value opens only in the table, entity, attribute and item (by its primary key) that it was sealed for: what
    somebody copies to another place is refused there with `Tampered`. Each data key seals at most `max_uses` values
    within `max_age` seconds; those that opened something are kept as long, at most `capacity` of them, so a key that
    the operator takes away opens for `max_age` seconds more. `clock` counts seconds and never goes back. Safe for
    threads.
    """

    def __init__(
        self,
        keys: WrappingKeys,
        *,
        max_uses: int = 10_000,
        max_age: float = 300.0,
        capacity: int = 1000,
        clock: Callable[[], float] = monotonic,
        random: Random = urandom,
    ) -> None:
        self.keys = keys
        self._data_keys = DataKeys(keys, max_uses=max_uses, max_age=max_age, capacity=capacity, clock=clock)
        self._random = random

    def seal(self, key: Key[E], attribute: Attribute[E], secret: Secret) -> Sealed:
        """The secret, sealed for this attribute of the item that the key names.

        Raises `KeysUnavailable` if the operator's keys cannot be used, and `InvalidValue` for an attribute of another
        entity.
        """
        where = _place(key, attribute)
        use = self._data_keys.to_seal(_purpose(key))
        return Sealed(use.key, use.wrapped, use.cipher.seal(as_bytes(secret), where, self._random))

    @overload
    def open(self, key: Key[E], attribute: Attribute[E], sealed: Sealed | str) -> Secret: ...
    @overload
    def open(self, key: Key[E], attribute: Attribute[E], sealed: Sealed | str | None) -> Secret | None: ...
    def open(self, key: Key[E], attribute: Attribute[E], sealed: Sealed | str | None) -> Secret | None:
        """The secret that this attribute of that item holds.

        A text that was stored in the clear, which only an attribute declared as `Sealed | str` can hold, is given back
        as a secret. Raises `UnknownKey`, `WrongKey` or `KeysUnavailable` as the operator's keys say, and `Tampered` for
        what was changed or moved.
        """
        if sealed is None or isinstance(sealed, str):
            return None if sealed is None else Secret(sealed)
        if sealed.version != VERSION:
            raise NewerVersion(
                f"{attribute!r}: the value is sealed in form {sealed.version}, this program knows form {VERSION}; "
                "update the programs that read before those that write"
            )
        where = _place(key, attribute)
        try:
            cipher = self._data_keys.to_open(sealed.key, sealed.wrapped, _purpose(key))
            return from_bytes(cipher.open(sealed.content, where))
        except (UnknownKey, WrongKey) as error:
            raise type(error)(f"{attribute!r}: {error}", key=error.key) from error.__cause__
        except NotAuthentic:
            raise Tampered(
                f"{attribute!r}: the stored value was changed, or moved here from another item or attribute; restore "
                "the item from a backup, or seal the secret anew"
            ) from None

    @overload
    def secret_of(self, item: E, attribute: Path[E, Sealed] | Path[E, Sealed | str]) -> Secret: ...
    @overload
    def secret_of(self, item: E, attribute: Path[E, Sealed | None] | Path[E, Sealed | str | None]) -> Secret | None: ...
    def secret_of(self, item: E, attribute: Attribute[E]) -> Secret | None:
        """The secret that an item holds in this attribute; raises what `open` does."""
        stored: Any = getattr(item, attribute.attribute.name)
        secret: Secret | None = self.open(key_of(item), attribute, stored)
        return secret

    def needs_rotation(self, sealed: Sealed | str | None) -> bool:
        """True for a value that the current key did not seal: one of an earlier key, or a text in the clear."""
        return sealed is not None and (isinstance(sealed, str) or sealed.key != self.keys.current)

    def reseal(self, key: Key[E], attribute: Attribute[E], sealed: Sealed | str) -> Sealed:
        """The same secret sealed with the current key."""
        return self.seal(key, attribute, self.open(key, attribute, sealed))

    def rotate(
        self, source: Pages[E], *attributes: Attribute[E], size: int = 100, cursor: str | None = None
    ) -> Plan[Rotated]:
        """Seal anew what a page of items holds that the current key did not seal; give its `cursor` to go on.

        `source` is a query of an access path that all items with such attributes are on (or a scan, if you choose to
        make one). Each item is written only if it still holds what was read, so the job may run beside the program, be
        stopped anywhere, begun again, and be run by several. Repeat it from the start until nothing is `rotated` or
        `changed`; then the old key may go. A write of it is one like any other: it counts a revision and moves the
        moment of the last update. Raises what `open` does at the first value that does not open.
        """
        if not attributes:
            raise InvalidValue("rotate(...) takes the attributes to seal anew, such as Token.access")
        return Plan("rotate", lambda clock: rotation(self, source, attributes, size, cursor, clock()))

    def forget(self) -> None:
        """Let go of all data keys that are kept, for example when a key was taken away."""
        self._data_keys.forget()

    def __repr__(self) -> str:
        return f"Sealer({self.keys!r})"


def _purpose(key: Key[Any]) -> Context:
    definition = key.definition
    return {"table": definition.table.name, "entity": definition.root or definition.name}


def _place(key: Key[Any], attribute: Attribute[Any]) -> bytes:
    """Everything that a sealed value is bound to, in one form for ever."""
    definition = key.definition
    known = attribute.attribute
    declared = definition.attributes.get(known.name)
    if declared is None or declared.wire_name != known.wire_name or attribute.steps:
        raise InvalidValue(f"{attribute!r} is not an attribute of {definition.name} that can be sealed as a whole")
    parts = [[name, key.wire[name]] for name in definition.table.key_names]
    return msgspec.json.encode(
        ["dynalayer sealed", VERSION, *(_purpose(key)[part] for part in ("table", "entity")), known.wire_name, parts]
    )
