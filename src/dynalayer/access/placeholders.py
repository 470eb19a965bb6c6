"""Values that stand for any value of a type, so that a statement can be built without one."""

from __future__ import annotations

import dataclasses
import enum
import itertools
import types
import typing
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal, TypeVar, Union, get_args, get_origin
from uuid import UUID

from dynalayer.protocol import InvalidValue
from dynalayer.schema import AttributeDefinition, Entity, definition_of

T = TypeVar("T")

_CHARACTERS: Final = 31
_DAY: Final = date(2000, 1, 1)
_turn = itertools.count()


def any_(of: type[T]) -> T:
    """A value that stands for any value of a type: `Order.key(any_(str), any_(str))`.

    Each call gives another one, so that two of them in a transaction are two items. Texts are one control character,
    which marks them as placeholders; of an entity it is an instance whose defaults are kept and whose other attributes
    are placeholders. Raises `InvalidValue` for a type that it cannot make a value of: give an example instead.
    """
    made: T = _value(of)
    return made


def is_placeholder(value: object) -> bool:
    """True for a text that `any_(str)` gave."""
    return isinstance(value, str) and len(value) == 1 and 1 <= ord(value) <= _CHARACTERS


def _value(of: Any) -> Any:
    plain = next((a for a in get_args(of) if a is not type(None)), of) if _is_union(of) else of
    turn = next(_turn)
    if plain in _SCALARS:
        return _SCALARS[plain](turn)
    origin = get_origin(plain) or plain
    if origin is Literal:
        return _pick(get_args(plain), turn)
    if origin in _COLLECTIONS:
        return _COLLECTIONS[origin](_value((*get_args(plain), Any)[0]), get_args(plain))
    if isinstance(plain, type):
        return _instance(plain, turn)
    raise InvalidValue(f"any_ makes no value of {of!r}: give an example value in its place")


def _is_union(of: Any) -> bool:
    return get_origin(of) in (Union, types.UnionType)


def _pick(values: Any, turn: int) -> Any:
    return values[turn % len(values)]


def _instance(cls: type[Any], turn: int) -> Any:
    if issubclass(cls, enum.Enum):
        return _pick(list(cls), turn)
    if issubclass(cls, Entity):
        attributes = definition_of(cls).attributes.values()
        return cls(**{each.name: _value(each.annotation) for each in attributes if not _keeps_default(each)})
    names = _field_names(cls)
    if names is None:
        raise InvalidValue(f"any_ makes no value of {cls.__name__}: give an example value in its place")
    hints = typing.get_type_hints(cls)
    return cls(**{name: _value(hints[name]) for name in names})


def _keeps_default(attribute: AttributeDefinition) -> bool:
    # What the library fills in itself (stamps, revisions, shards) is not given either.
    is_filled = getattr(attribute, "role", None) is not None
    return is_filled or (attribute.has_default and attribute.when_absent() is not None)


def _field_names(cls: type[Any]) -> list[str] | None:
    """The fields of a dataclass, a msgspec struct, a Pydantic model or a TypedDict; None for other classes."""
    if dataclasses.is_dataclass(cls):
        return [field.name for field in dataclasses.fields(cls)]
    for name in ("__struct_fields__", "model_fields"):
        if hasattr(cls, name):
            return list(getattr(cls, name))
    return list(typing.get_type_hints(cls)) if typing.is_typeddict(cls) else None


def _digit(turn: int) -> int:
    """1 to 9, which fits every key template that pads."""
    return 1 + turn % 9


_SCALARS: Final[dict[Any, Callable[[int], Any]]] = {
    str: lambda turn: chr(1 + turn % _CHARACTERS),
    Any: lambda turn: chr(1 + turn % _CHARACTERS),
    object: lambda turn: chr(1 + turn % _CHARACTERS),
    int: _digit,
    float: lambda turn: float(_digit(turn)),
    Decimal: lambda turn: Decimal(_digit(turn)),
    bool: lambda turn: bool(turn % 2),
    bytes: lambda turn: bytes([1 + turn % _CHARACTERS]),
    datetime: lambda turn: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=turn),
    date: lambda turn: _DAY + timedelta(days=turn % 3650),
    UUID: lambda turn: UUID(int=turn + 1),
}

_COLLECTIONS: Final[dict[Any, Callable[[Any, tuple[Any, ...]], Any]]] = {
    list: lambda element, of: [element],
    tuple: lambda element, of: (element,),
    set: lambda element, of: {element},
    frozenset: lambda element, of: frozenset({element}),
    dict: lambda key, of: {key: _value((*of, Any, Any)[1])},
}
