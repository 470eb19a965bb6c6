"""Which items of a shared table are of an entity, asked of the service as far as it can tell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from dynalayer.protocol import Item
from dynalayer.schema import Definition, KeyPart, entities_of
from dynalayer.statements.rendering import Placeholders


class UnknownItem(msgspec.Struct, frozen=True):
    """An item of none of the entities asked for, as it is stored, in DynamoDB's JSON."""

    table: str
    item: Item


def has_own_table(definition: Definition) -> bool:
    """True if every item of its table is of this entity: nothing is told apart by key text or discriminator."""
    native = all(part.is_native for part in definition.primary.parts)
    alone = definition.table.discriminator is None and len(entities_of(definition.table)) == 1
    return native and alone and not definition.uniques


def is_one_of(definition: Definition, members: Sequence[Definition]) -> bool:
    """True if an entity is one of these, or of a class derived from one of these."""
    return definition in members or any(issubclass(definition.cls, member.cls) for member in members)


def member_text(members: Iterable[Definition], to: Placeholders) -> str | None:
    """A filter that all items of these entities pass and few others, None where there is none to be had.

    It spares the way of items that are left out anyway; what passes is still recognised one by one.
    """
    texts = [_text(member, to) for member in members]
    known = [text for text in texts if text is not None]
    if len(known) != len(texts) or not known:
        return None
    return known[0] if len(known) == 1 else " OR ".join(f"({text})" for text in known)


def _text(member: Definition, to: Placeholders) -> str | None:
    by_key = [text for part in member.primary.parts if (text := _part_text(part, to)) is not None]
    discriminator = member.table.discriminator
    if discriminator is None:
        return " AND ".join(by_key) or None
    names = [each.name for each in entities_of(member.table) if issubclass(each.cls, member.cls)]
    mark = to.name(discriminator)
    named = f"{mark} IN ({', '.join(to.value({'S': name}) for name in names)})"
    return f"{named} OR ({' AND '.join([f'attribute_not_exists({mark})', *by_key])})"


def _part_text(part: KeyPart, to: Placeholders) -> str | None:
    if part.template is None or not part.template.prefix:
        return None
    name, prefix = to.name(part.attribute.name), to.value({"S": part.template.prefix})
    return f"begins_with({name}, {prefix})" if part.template.fields else f"{name} = {prefix}"
