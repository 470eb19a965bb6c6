"""What the fields of a record are: read off dataclasses, msgspec structs, named tuples and TypedDicts."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Annotated, Any, NotRequired, Required, get_args, get_origin, is_typeddict

import msgspec

from .codec import Tag
from .records import NOTHING, RecordField, Shape, literal_tag

Hints = Mapping[str, Any]


def is_record(cls: Any) -> bool:
    """True for a class that this module can read the fields of."""
    if not isinstance(cls, type):
        return False
    return (
        hasattr(cls, "__dataclass_fields__")
        or issubclass(cls, msgspec.Struct)
        or is_typeddict(cls)
        or (issubclass(cls, tuple) and hasattr(cls, "_fields"))
    )


def shape_of(cls: Any, hints: Hints) -> Shape:
    """The shape of a record class; raises `TypeError` for what could not be read back equal."""
    if issubclass(cls, msgspec.Struct):
        return _struct(cls, hints)
    if is_typeddict(cls):
        return _typed_dict(cls, hints)
    if issubclass(cls, tuple):
        return _named_tuple(cls, hints)
    return _dataclass(cls, hints)


def _dataclass(cls: Any, hints: Hints) -> Shape:
    import dataclasses  # who has such a class has imported it; the start-up of all others is spared

    for name, hint in hints.items():
        if isinstance(hint, dataclasses.InitVar):
            raise TypeError(f"{cls.__name__} cannot be stored: it is made with {name}, an InitVar, which it forgets")
    fields = [
        RecordField(
            field.name,
            field.metadata.get("name", field.name),
            hints[field.name],
            NOTHING if field.default is dataclasses.MISSING else field.default,
            None if field.default_factory is dataclasses.MISSING else field.default_factory,
            field.kw_only is True,
            not field.init,
        )
        for field in dataclasses.fields(cls)
    ]
    has_dict = not any("__slots__" in vars(base) for base in cls.__mro__[:-1])
    return Shape(cls, fields, cls, keeps_unknown=has_dict, tag=literal_tag(fields))


def _struct(cls: type[msgspec.Struct], hints: Hints) -> Shape:
    by_name = _by_name_only(cls)
    fields = [
        RecordField(
            field.name,
            field.encode_name,
            hints[field.name],
            NOTHING if field.default is msgspec.NODEFAULT else field.default,
            None if field.default_factory is msgspec.NODEFAULT else field.default_factory,
            field.name in by_name,
        )
        for field in msgspec.structs.fields(cls)
    ]
    config = cls.__struct_config__
    if config.tag is None or config.tag_field is None:
        return Shape(cls, fields, cls, tag=literal_tag(fields))
    tag = Tag(config.tag_field, "S" if isinstance(config.tag, str) else "N", frozenset({str(config.tag)}))
    return Shape(cls, fields, cls, tag=tag, writes_tag=True)


def _by_name_only(cls: type) -> set[str]:
    parameters = inspect.signature(cls).parameters.values()
    return {parameter.name for parameter in parameters if parameter.kind is parameter.KEYWORD_ONLY}


def _named_tuple(cls: Any, hints: Hints) -> Shape:
    untyped = [name for name in cls._fields if name not in hints]
    if untyped:
        raise TypeError(f"{cls.__name__} cannot be stored: its field {untyped[0]} has no type; use typing.NamedTuple")
    defaults = cls._field_defaults
    fields = [RecordField(name, name, hints[name], defaults.get(name, NOTHING), by_name=False) for name in cls._fields]
    return Shape(cls, fields, cls, tag=literal_tag(fields))


def _typed_dict(cls: Any, hints: Hints) -> Shape:
    fields: list[RecordField] = []
    for name, hint in hints.items():
        # Where annotations are text, the class itself does not know which keys are NotRequired.
        may_lack = name in cls.__optional_keys__
        origin: Any = get_origin(hint)
        while origin in (Annotated, Required, NotRequired):
            if origin is not Annotated:
                may_lack = origin is NotRequired
            hint = get_args(hint)[0]
            origin = get_origin(hint)
        fields.append(RecordField(name, name, hint, may_lack=may_lack))
    return Shape(cls, fields, dict, is_mapping=True, tag=literal_tag(fields))
