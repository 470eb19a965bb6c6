"""Enumerations and literals: one of some values, stored as the value."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any, Literal, get_args

from dynalayer.protocol import InvalidValue

from .codec import Codec, Wire, named, refuse, typed_wire
from .scalars import SCALARS


def enum_codec(cls: type[enum.Enum]) -> Codec:
    """An enum whose values are all str or all int; the members of a Flag may be joined."""
    values = {type(member.value) for member in cls} or {int}
    if values not in ({str}, {int}):
        raise TypeError(f"{cls.__name__} cannot be stored: the values of an enum must be all str or all int")
    inner = SCALARS[values.pop()]

    def write(value: object) -> Wire:
        if not isinstance(value, cls):
            raise refuse(value, cls.__name__)
        return inner.write(value.value)

    def read(wire: Wire) -> Any:
        value = inner.read(wire)
        try:
            return cls(value)
        except ValueError:
            raise InvalidValue(f"what is stored is no {cls.__name__}") from None

    names: dict[str, Any] = {}
    make = named("cls", cls, names)
    own = make("")[:-2]
    fast_read: Callable[[str], str] = lambda w: f"{w}.{inner.kind}"  # noqa: E731
    wire = typed_wire(inner.kind, cls)
    if issubclass(cls, enum.Flag):
        wire, fast_read = inner.wire, lambda w: make(f"{w}.N")
    content = f"{{{{{inner.kind!r}: {'{}._value_' if inner.kind == 'S' else 'str({}._value_)'}}}}}"
    return Codec(
        cls.__name__,
        inner.kind,
        write,
        read,
        wire,
        fast_read,
        lambda v: f"type({v}) is {own}",
        lambda v: content.format(v),
        names,
    )


def literal_codec(annotation: Any) -> Codec:
    """Literals of one type, which must be str, int, bool or an enum; any other value is refused."""
    allowed = get_args(annotation)
    inner = _codec_of({type(value) for value in allowed}, annotation)
    known = frozenset(allowed)

    def write(value: object) -> Wire:
        wire = inner.write(value)
        if value not in known:
            raise InvalidValue(f"expected one of the {len(known)} literals, got another {inner.type_name}")
        return wire

    def read(wire: Wire) -> Any:
        value = inner.read(wire)
        if value not in known:
            raise InvalidValue(f"what is stored is none of the {len(known)} literals")
        return value

    if inner.type_name not in ("str", "int"):
        return Codec(inner.type_name, inner.kind, write, read)
    return Codec(
        inner.type_name,
        inner.kind,
        write,
        read,
        typed_wire(inner.kind, Literal[*allowed]),
        lambda w: f"{w}.{inner.kind}",
    )


def _codec_of(classes: set[Any], annotation: Any) -> Codec:
    cls, *others = classes
    if not others and cls in (str, int, bool):
        return SCALARS[cls]
    if not others and issubclass(cls, enum.Enum):
        return enum_codec(cls)
    raise TypeError(f"{annotation!r} cannot be stored: its values must be all str, all int, all bool or of one enum")
