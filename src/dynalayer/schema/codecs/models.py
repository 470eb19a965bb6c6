"""Pydantic models, version 2, as map values: through their own validation, without importing Pydantic."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any, get_args, get_origin

import msgspec

from dynalayer.protocol import InvalidValue, from_plain, to_plain

from .codec import Codec, Wire, refuse
from .collections import Build
from .records import NOTHING, RecordField, Shape, literal_tag, record_codec


def is_model(cls: Any) -> bool:
    """True for a Pydantic model; whoever has made one has imported Pydantic."""
    return isinstance(cls, type) and hasattr(cls, "__pydantic_validator__") and hasattr(cls, "model_validate")


def model_codec(cls: Any, build: Build) -> Codec:
    """The codec of a model: its fields under their aliases, extra ones as they are, all validated when read."""
    if getattr(cls, "__pydantic_root_model__", False):
        return _root_codec(cls, build)
    fields = [_field(cls, name, info) for name, info in cls.model_fields.items() if not info.exclude]
    shape = Shape(cls, fields, _validator(cls), takes_mapping=True, tag=literal_tag(fields), explain=_explain)
    codec = record_codec(shape, _with_own_types(build))
    return _with_extra(cls, codec, fields) if cls.model_config.get("extra") == "allow" else codec


def _field(cls: Any, name: str, info: Any) -> RecordField:
    return RecordField(
        name,
        info.serialization_alias or info.alias or name,
        info.annotation,
        NOTHING if info.is_required() or info.default_factory is not None else info.default,
        _factory(info),
    )


def _factory(info: Any) -> Callable[[], Any] | None:
    return None if info.default_factory is None else info.get_default


def _validator(cls: Any) -> Callable[[dict[str, Any]], Any]:
    """Takes fields by name and gives the model, whatever alias its validation wants."""
    wanted = {name: _input_name(cls, name, info) for name, info in cls.model_fields.items()}
    validate: Callable[[Any], Any] = cls.model_validate
    if all(name == alias for name, alias in wanted.items()):
        return validate
    return lambda values: validate({wanted.get(name, name): value for name, value in values.items()})


def _input_name(cls: Any, name: str, info: Any) -> str:
    alias = info.validation_alias or info.alias
    choices = getattr(alias, "choices", None)
    if choices:
        alias = next((choice for choice in choices if isinstance(choice, str)), alias)
    if alias is None or isinstance(alias, str):
        return alias or name
    if cls.model_config.get("populate_by_name") or cls.model_config.get("validate_by_name"):
        return name
    raise TypeError(f"{cls.__name__} cannot be stored: the alias of {name} is a path; give it one name as well")


def _explain(error: Exception) -> str:
    """Where and why a model refused its input, without the input."""
    errors: Callable[..., list[dict[str, Any]]] | None = getattr(error, "errors", None)
    if errors is None:
        return type(error).__name__
    found = errors(include_input=False, include_url=False, include_context=False)
    return ", ".join(f"{'.'.join(map(str, each['loc'])) or 'the whole'}: {each['type']}" for each in found)


def _with_own_types(build: Build) -> Build:
    """Types that only Pydantic knows, such as its addresses, go through its own plain form."""

    def find(annotation: Any) -> Codec:
        try:
            return build(annotation)
        except TypeError:
            if not _is_of_pydantic(annotation):
                raise
            return _own_type(annotation)

    return find


def _is_of_pydantic(annotation: Any) -> bool:
    parts = [annotation, *get_args(annotation)] if get_origin(annotation) else [annotation]
    return any(hasattr(part, "__get_pydantic_core_schema__") for part in parts)


def _own_type(annotation: Any) -> Codec:
    adapter: Any = sys.modules["pydantic"].TypeAdapter(annotation)
    type_name = getattr(annotation, "__name__", str(annotation))

    def write(value: object) -> Wire:
        wire = from_plain(adapter.dump_python(value, mode="json"))
        if read(wire) != value:
            raise refuse(value, f"a {type_name} that its plain form gives back")
        return wire

    def read(wire: Wire) -> Any:
        return adapter.validate_python(to_plain(wire))

    return Codec(type_name, "", write, read)


def _root_codec(cls: Any, build: Build) -> Codec:
    inner = _with_own_types(build)(cls.model_fields["root"].annotation)

    def write(value: object) -> Wire:
        if type(value) is not cls:
            raise refuse(value, cls.__name__)
        return inner.write(value.root)  # type: ignore[attr-defined]

    def read(wire: Wire) -> Any:
        try:
            return cls.model_validate(inner.read(wire))
        except InvalidValue:
            raise
        except ValueError as error:
            raise InvalidValue(f"{cls.__name__} refuses what is stored ({_explain(error)})") from None

    return Codec(cls.__name__, inner.kind, write, read, element=inner.element, member=None)


def _with_extra(cls: Any, codec: Codec, fields: list[RecordField]) -> Codec:
    known = {field.wire_name for field in fields}
    validate = _validator(cls)
    plain_read = codec.read

    def write(value: object) -> Wire:
        members: Mapping[str, Wire] = codec.write(value)["M"]
        extra: dict[str, Any] = getattr(value, "__pydantic_extra__", None) or {}
        return {"M": {**{name: from_plain(content) for name, content in extra.items()}, **members}}

    def read(wire: Wire) -> Any:
        made = plain_read(wire)
        extra = {name: to_plain(stored) for name, stored in wire["M"].items() if name not in known}
        if not extra:
            return made
        return validate({**{name: getattr(made, name) for name in (f.name for f in fields)}, **extra})

    return msgspec.structs.replace(codec, write=write, read=read, wire=Wire, fast_read=None, names={})
