"""Items whose time to live has passed count as gone, although the service deletes them only later."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from dynalayer.protocol import Item
from dynalayer.schema import AttributeDefinition, Definition

from .rendering import Placeholders


def is_expired(entity: Any, definition: Definition, now: float) -> bool:
    """True if the entity's declared expiry is at or before `now` (developer guide, "Time to Live")."""
    if definition.ttl is None:
        return False
    value = getattr(entity, definition.ttl.name)
    if value is None:
        return False
    seconds = value.timestamp() if isinstance(value, datetime) else value
    return bool(seconds <= now)


def item_expired(item: Item, ttl: AttributeDefinition | None, now: float) -> bool:
    """The same of an item that is not decoded; only a number counts as an expiry."""
    seconds = {} if ttl is None else item.get(ttl.wire_name, {})
    return "N" in seconds and Decimal(seconds["N"]) <= now


def not_expired(ttl: AttributeDefinition, to: Placeholders, now: float) -> str:
    """The same rule as a condition on the stored item."""
    name = to.name(ttl.wire_name)
    return f"attribute_not_exists({name}) OR {name} > {to.value({'N': str(int(now))})}"
