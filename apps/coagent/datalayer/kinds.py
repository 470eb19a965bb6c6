"""The twelve kinds of item as the application declares them: which one an item is, and its keys in the indexes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, NamedTuple

from coagent.entities import ENTITIES
from coagent.entities.envelope import DATA
from coagent.entities.mending import UNCHECKED
from dynalayer import Entity, InvalidValue

from .envelope import bound
from .environment import DEFAULT_TABLE
from .errors import ValidationError
from .types import DynamoDBItem

INDEX_KEYS: Final = ("GSI1PK", "GSI1SK", "GSI2PK", "GSI2SK")
KINDS: Final[Mapping[str, type[Entity]]] = {entity.__definition__.name: entity for entity in ENTITIES}


class Named(NamedTuple):
    """A key taken apart: the kind of item, and the values of its fields that the key holds, by their names."""

    kind: type[Entity]
    values: dict[str, Any]


def _templates(entity: type[Entity]) -> tuple[Any, Any]:
    partition, sort = (part.template for part in entity.__definition__.primary.parts)
    assert partition is not None
    assert sort is not None
    return partition, sort


_BY_PREFIX: Final = [
    (partition.prefix, sort.prefix, partition, sort, entity)
    for entity in ENTITIES
    for partition, sort in [_templates(entity)]
]
"""What keys of each kind begin with; looking at that first spares most of the reading."""


def named_by(pk: str, sk: str) -> Named | None:
    """What a primary key says; None if it is that of none of the twelve kinds."""
    for owner, own, partition, sort, entity in _BY_PREFIX:
        if pk.startswith(owner) and sk.startswith(own):
            try:
                return Named(entity, {**partition.parse(pk), **sort.parse(sk)})
            except InvalidValue:
                continue
    return None


def completed(item: DynamoDBItem) -> DynamoDBItem:
    """The item with the keys that its kind has in the indexes; one of no declared kind is as it was.

    Raises `ValidationError` if the key is that of another kind than the item says, or if its fields are not those of
    its kind: what the application's own entities cannot read must not be written.
    """
    named = named_by(item.pk, item.sk)
    declared = KINDS.get(item.entity_type)
    if (None if named is None else named.kind) is not declared:
        of = "any such item" if declared is None else f"a {item.entity_type}"
        raise ValidationError(f"The key is not one of {of}: one key is of one entity type.")
    return item if named is None else replace(item, **_index_keys(named, item))


def refuse_other_ids(named: Named, data: Mapping[str, Any]) -> None:
    """Raise `ValidationError` for fields that say other ids than the key."""
    definition = named.kind.__definition__
    for name, value in named.values.items():
        field = definition.attributes[name].wire_name
        if data.get(field, value) != value:
            raise ValidationError(f"The field {field} of a {definition.name} is not what its key says.")


def _index_keys(named: Named, item: DynamoDBItem) -> dict[str, Any]:
    definition = named.kind.__definition__
    refuse_other_ids(named, item.data)
    _refuse_no_moments(named, item)
    try:
        entity = definition.decode(_as_before(item))
        for name, value in named.values.items():
            # Keys of indexes are made of ids too: none but those of the primary key, or an item would be with others.
            setattr(entity, name, value)
        whole = definition.encode(entity)
    except InvalidValue as error:
        raise ValidationError(f"The fields are not those of a {item.entity_type}: {error}") from None
    _refuse_set_aside(whole, item)
    return {name.lower(): whole[name]["S"] for name in INDEX_KEYS if name in whole}


def _refuse_no_moments(named: Named, item: DynamoDBItem) -> None:
    for attribute in named.kind.__definition__.attributes.values():
        value = item.data.get(attribute.wire_name)
        if attribute.codec.type_name == "datetime" and isinstance(value, str):
            try:
                datetime.fromisoformat(value)
            except ValueError:
                raise ValidationError(
                    f"The field {attribute.wire_name} of a {item.entity_type} is a moment as ISO 8601 writes it."
                ) from None


def _refuse_set_aside(whole: dict[str, Any], item: DynamoDBItem) -> None:
    """What the declared kinds read of earlier writers although it is wrong, which nobody may write any more."""
    aside = whole.get(DATA, {}).get("M", {}).get(UNCHECKED, {}).get("M", {})
    wrong = sorted(aside.keys() & item.data.keys())
    if wrong:
        raise ValidationError(f"These fields of a {item.entity_type} are not what they must be: {', '.join(wrong)}.")


def _as_before(item: DynamoDBItem) -> dict[str, Any]:
    """The item in the shape of the first data layer, which the declared kinds bring forward when they read it."""
    plain = bound(DEFAULT_TABLE).plain
    whole = plain(pk=item.pk, sk=item.sk, entity_type=item.entity_type, data=item.data)
    whole.created_at = whole.updated_at = item.created_at or 0
    return plain.__definition__.encode(whole)
