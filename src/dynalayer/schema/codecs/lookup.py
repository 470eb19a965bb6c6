"""Which codec a type has."""

from __future__ import annotations

import enum
import typing
from collections.abc import Callable, Mapping
from typing import Any, Literal, get_origin

from dynalayer.protocol import InvalidValue

from .annotations import is_optional, members_of, resolved
from .codec import Codec
from .collections import list_codec, map_codec, set_codec
from .enums import enum_codec, literal_codec
from .models import is_model, model_codec
from .records import Shape, record_codec
from .scalars import ANY, SCALARS
from .shapes import is_record, shape_of
from .times import TIMES
from .unions import optional_codec, union_codec

_SIMPLE = {**SCALARS, **TIMES, Any: ANY, object: ANY}


def codec_for(annotation: Any, scope: Mapping[str, Any] | None = None) -> Codec:
    """The codec of a Python type; raises `TypeError` for a type that has no exact form in DynamoDB.

    `scope` are names that annotations of records may use besides those of their module.
    """
    return _Lookup(scope or {}).codec(annotation)


class _Lookup:
    """One search; it knows which records it is in the middle of, so that types may contain themselves."""

    def __init__(self, scope: Mapping[str, Any]) -> None:
        self._scope = scope
        self._found: dict[Any, Codec | None] = {}

    def codec(self, annotation: Any) -> Codec:
        if hasattr(annotation, "__value__"):
            return self._once(annotation, "", None, lambda: self._plain(annotation))
        return self._plain(annotation)

    def _plain(self, annotation: Any) -> Codec:
        members = members_of(annotation)
        if not members:
            raise TypeError(f"{annotation!r} cannot be stored: there is nothing to tell")
        codecs = [self._single(member) for member in members]
        codec = codecs[0] if len(codecs) == 1 else union_codec(resolved(annotation), codecs)
        return optional_codec(codec) if is_optional(annotation) else codec

    def _single(self, plain: Any) -> Codec:
        if plain in _SIMPLE:
            return _SIMPLE[plain]
        origin: Any = get_origin(plain) or plain
        if origin is Literal:
            return literal_codec(plain)
        if origin in (list, tuple):
            return list_codec(plain, self.codec)
        if origin in (set, frozenset):
            return set_codec(plain, self.codec)
        if origin is dict:
            return map_codec(plain, self.codec)
        if isinstance(plain, type) and issubclass(plain, enum.Enum):
            return enum_codec(plain)
        if is_model(plain):
            return self._once(plain, "M", None, lambda: model_codec(plain, self.codec))
        if is_record(plain):
            shape = shape_of(plain, self._hints(plain))
            return self._once(plain, "M", shape, lambda: record_codec(shape, self.codec))
        raise TypeError(f"{plain!r} cannot be stored: it has no exact form as a DynamoDB value")

    def _once(self, key: Any, kind: str, shape: Shape | None, make: Callable[[], Codec]) -> Codec:
        """The codec of a type that may contain itself; while it is being made, one that asks for it when it is used."""
        if key in self._found:
            return self._found[key] or self._later(key, kind, shape)
        self._found[key] = None
        self._found[key] = codec = make()
        return codec

    def _later(self, key: Any, kind: str, shape: Shape | None) -> Codec:
        def made() -> Codec:
            codec = self._found[key]
            assert codec is not None
            return codec

        def member(step: str | int, is_item: bool) -> Any:
            find = made().member
            if find is None:
                raise InvalidValue(f"a {made().type_name} has no parts that a path can name")
            return find(step, is_item)

        return Codec(
            key.__name__,
            kind,
            lambda v: made().write(v),
            lambda w: made().read(w),
            member=member,
            tag=shape.tag if shape else None,
        )

    def _hints(self, cls: Any) -> dict[str, Any]:
        extras = typing.is_typeddict(cls)
        try:
            return typing.get_type_hints(cls, include_extras=extras)
        except NameError:
            return typing.get_type_hints(cls, localns=dict(self._scope), include_extras=extras)
