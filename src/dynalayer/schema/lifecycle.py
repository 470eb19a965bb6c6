"""What writing an item fills in: its moments, its revision, its shard, and the version of its schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from zlib import crc32

import msgspec

from dynalayer.protocol import DefinitionError, InvalidValue, Item, NewerVersion, from_plain, to_plain

from .stored import AttributeDefinition

VERSION_NAME: Final = "_v"
"""The attribute that holds the version of an item's schema; an item without it is of version 1."""

PlainItem = dict[str, Any]
"""An item with its attributes as plain Python values, under their names in the table."""


class Upgrade:
    """A step from one version of a schema to the next; see `upgrade`."""

    def __init__(self, version: int, function: Callable[[PlainItem], PlainItem]) -> None:
        self.version = version
        self.function = function


def upgrade(version: int) -> Callable[[Callable[[PlainItem], PlainItem]], Upgrade]:
    """Decorate a function in the body of an entity that makes an item of `version` one of `version + 1`.

    It gets the item as a dictionary of plain values under their names in the table, and gives back the new one. The
    primary key must stay what it is. It runs on every read of an older item, so it must be quick and must not fail.
    """

    def decorate(function: Callable[[PlainItem], PlainItem]) -> Upgrade:
        return Upgrade(version, function)

    return decorate


class Lifecycle(msgspec.Struct, frozen=True):
    """The attributes that writing fills in, and the steps from older versions."""

    entity: str
    created: AttributeDefinition | None
    updated: AttributeDefinition | None
    revision: AttributeDefinition | None
    version: int | None
    upgrades: Mapping[int, Upgrade]

    @property
    def is_needed(self) -> bool:
        """True if there is anything to fill in."""
        return any(part is not None for part in (self.created, self.updated, self.revision, self.version))

    def at_write(self, values: Mapping[str, Any], now: float) -> dict[str, Any]:
        """The values of an instance as they are written at `now`."""
        new = dict(values)
        if self.created is not None:
            new.setdefault(self.created.name, stamp(self.created, now))
        if self.updated is not None:
            moment = stamp(self.updated, now)
            new[self.updated.name] = max(moment, new.get(self.updated.name, moment))
        if self.revision is not None:
            new[self.revision.name] = new[self.revision.name] + 1
        return new

    def stored_version(self, item: Item) -> int:
        """The version of the schema that an item was written with."""
        return int(item[VERSION_NAME]["N"]) if VERSION_NAME in item else 1

    def upgraded(self, item: Item) -> Item:
        """The item as the newest version has it; raises `NewerVersion` for one of a version not known here."""
        if self.version is None:
            return item
        found = self.stored_version(item)
        if found == self.version:
            return item
        if found > self.version:
            raise NewerVersion(
                f"{self.entity}: the item is of version {found}, this program knows versions up to {self.version}; "
                "update the programs that read before those that write"
            )
        plain = {name: to_plain(value) for name, value in item.items() if name != VERSION_NAME}
        for version in range(found, self.version):
            plain = self.upgrades[version].function(plain)
        return {name: from_plain(value) for name, value in plain.items()}


def lifecycle_of(
    entity: str, attributes: Mapping[str, AttributeDefinition], version: int | None, steps: list[Upgrade]
) -> Lifecycle:
    """What writing fills in for an entity; raises `DefinitionError` for two of a kind and for missing upgrades."""
    by_role = {role: _only(entity, role, attributes) for role in ("created", "updated", "revision")}
    upgrades = {step.version: step for step in steps}
    if (version is not None and version < 1) or (steps and version is None):
        raise DefinitionError(f"{entity}: upgrades need version=, a whole number from 1")
    if len(upgrades) != len(steps):
        raise DefinitionError(f"{entity} has two upgrades from one version")
    if sorted(upgrades) != list(range(1, version or 1)):
        raise DefinitionError(f"{entity} is of version {version}, so it needs an upgrade from each version below")
    return Lifecycle(entity, by_role["created"], by_role["updated"], by_role["revision"], version, upgrades)


def _only(entity: str, role: str, attributes: Mapping[str, AttributeDefinition]) -> AttributeDefinition | None:
    found = [attribute for attribute in attributes.values() if attribute.role == role]
    if len(found) > 1:
        raise DefinitionError(f"{entity}: {found[0].name} and {found[1].name} are both declared as {role}()")
    return found[0] if found else None


def stamp(attribute: AttributeDefinition, moment: float) -> Any:
    """A moment (seconds since 1970) as an attribute holds it."""
    if attribute.codec.type_name == "datetime":
        return datetime.fromtimestamp(moment, UTC)
    return int(moment * (1000 if attribute.unit == "ms" else 1))


def moment_of(attribute: AttributeDefinition, value: Any) -> float:
    """The moment that an attribute holds; `stamp` of it gives the same value."""
    if isinstance(value, datetime):
        return value.timestamp()
    # Half a unit more, so that rounding down cannot land below the value.
    return float(value + 0.5) / (1000 if attribute.unit == "ms" else 1)


def shard_number(source: AttributeDefinition, value: Any, count: int) -> int:
    """The shard that a value belongs to: the same on every machine and for ever."""
    try:
        wire = source.codec.write(value)
    except InvalidValue as error:
        raise InvalidValue(f"{source.owner}.{source.name}: {error}") from None
    return shard_of(wire, count)


def shard_of(wire: Any, count: int) -> int:
    """The shard of a value as it is stored, with its type."""
    return crc32(msgspec.json.encode(wire)) % count
