"""Updates of attributes that are kept inside a map, which the service can change only where the map is there.

Setting a path below a map that is missing is refused, and one expression cannot both make a map and change what is in
it (guide, "Update expressions"). So such an update has two forms, each asking for the state of the item that it is for:
one changes what is in the map, the other makes the map with what the changes amount to where there is nothing yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dynalayer.protocol import Item, ValidationError
from dynalayer.schema import Change, Definition, Key, Wire

from .guards import Guards


def is_inside(change: Change[Any]) -> bool:
    """True for a change of what is kept inside the map."""
    return bool(change.path.attribute.inside)


def guard_map(definition: Definition, guards: Guards, *, makes_map: bool) -> None:
    """The map is there, or is not yet."""
    function = "attribute_not_exists" if makes_map else "attribute_exists"
    guards.add(f"{function}({guards.to.name(definition.inside)})")


def new_map(key: Key[Any], changes: Sequence[Change[Any]]) -> Wire:
    """The map that an item without one has after these changes.

    Raises `ValidationError`, as the service does for an attribute of its own, if one builds on what is not there.
    """
    content: Item = {}
    for change in changes:
        if change.path.steps or change.action == "COPY":
            definition = key.definition
            raise ValidationError(
                f"{definition.name} in {definition.table.name}: nothing was written; the item has no map "
                f"{definition.inside!r} yet, and this builds on what is in it: {change.path!r}. Set the whole attribute"
            )
        if change.operand is not None:
            content[change.path.attribute.wire_name] = change.operand
    return {"M": content}


def has_other_form(definition: Definition, item: Item | None, *, makes_map: bool, upsert: bool) -> bool:
    """True if the item that refused an update is one for its other form."""
    if not definition.inside or (item is None and not upsert):
        return False
    return (item is not None and definition.inside in item) == makes_map
