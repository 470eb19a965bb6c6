"""The way to a part of an attribute, recorded from a function that takes the part out of a stand-in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from dynalayer.protocol import InvalidValue

from .codecs import ANY, Codec, Member


class Place(msgspec.Struct, frozen=True):
    """A part of an attribute: how it is written in messages, the steps as they are stored, and its codec.

    `required` is True where the whole cannot be read without it, `none_is_absent` where None is kept by its absence;
    `model` names the class around it that validates its values as a whole.
    """

    label: str
    steps: tuple[str | int, ...]
    codec: Codec
    required: bool
    none_is_absent: bool
    model: str = ""


class _StandIn:
    """Stands for a value while a function takes a part out of it."""

    # Names that no field will have: every other attribute is a part of the value.
    __slots__ = ("dynalayer_owner", "dynalayer_place")

    def __init__(self, owner: str, place: Place) -> None:
        self.dynalayer_owner = owner
        self.dynalayer_place = place

    def __getattr__(self, name: str) -> _StandIn:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._part(name, False)

    def __getitem__(self, step: Any) -> _StandIn:
        return self._part(step, True)

    # Without this, Python would take a stand-in for a sequence, and ask for its elements without end.
    __iter__ = None

    def _part(self, step: Any, is_item: bool) -> _StandIn:
        place = self.dynalayer_place
        member = _member(f"{self.dynalayer_owner}{place.label}", place.codec, step, is_item)
        return _StandIn(
            self.dynalayer_owner,
            Place(
                place.label + member.name,
                (*place.steps, member.wire_name),
                member.codec,
                member.required,
                member.none_is_absent,
                place.model or member.model,
            ),
        )


def _member(where: str, codec: Codec, step: Any, is_item: bool) -> Member:
    if codec is ANY and is_item and isinstance(step, (str, int)):
        return Member(f"[{step}]" if isinstance(step, int) else "[...]", step, ANY)
    if codec.member is None:
        raise InvalidValue(f"{where}: a {codec.type_name} has no parts that a path can name")
    try:
        return codec.member(step, is_item)
    except InvalidValue as error:
        raise InvalidValue(f"{where}: {error}") from None


def place_of(whole: str, start: Place, select: Callable[[Any], Any]) -> Place:
    """The place of the part that a function takes out of the value at `start`."""
    owner = whole.removesuffix(start.label)
    found = select(_StandIn(owner, start))
    if not isinstance(found, _StandIn) or found.dynalayer_place is start:
        raise InvalidValue(f"{whole}.at takes a function that gives a part of its argument, as lambda a: a.city")
    return found.dynalayer_place
