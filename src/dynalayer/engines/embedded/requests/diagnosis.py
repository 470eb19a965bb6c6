"""Why a request does not fit its struct: the JSON's types first, then all broken constraints in one message.

The order and the texts are the service's (guide, "Error handling"): wrong JSON types answer with the first fault as
`SerializationException`; broken bounds are counted and listed together as `ValidationException`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast, get_args, get_type_hints

import msgspec
from msgspec import inspect

from dynalayer.engines.embedded.requests.structs import PutItem, Request, UpdateItem
from dynalayer.protocol import SerializationError, ValidationError, messages

# The request validation of 2026 stops at the first wrong enumeration member of these two.
_FIRST_ENUM_ONLY = (PutItem, UpdateItem)
_JAVA_NAMES: Mapping[type[inspect.Type], str] = {
    inspect.StrType: "String",
    inspect.IntType: "Integer",
    inspect.BoolType: "Boolean",
}


def diagnose(shape: type[Request], document: Any) -> None:
    """Raise the error that the document deserves as a request of that shape; return if it deserves none."""
    if not isinstance(document, dict):
        raise SerializationError("" if document is None else messages.FIELD_UNEXPECTED)
    kind = inspect.type_info(shape)
    _check_types(kind, cast("Any", document))
    faults = list(_faults(kind, cast("Any", document), ""))
    if shape in _FIRST_ENUM_ONLY:
        faults = _up_to_enum(faults)
    if faults:
        plural = "s" if len(faults) > 1 else ""
        raise ValidationError(messages.CONSTRAINTS.format(len(faults), plural, "; ".join(faults)))


def _up_to_enum(faults: list[str]) -> list[str]:
    mark = messages.ONE_OF.partition("{")[0]
    for position, fault in enumerate(faults, 1):
        if mark in fault:
            return faults[:position]
    return faults


def _check_types(kind: inspect.Type, value: Any) -> None:
    kind = _bare(kind)
    if isinstance(kind, inspect.AnyType):
        return
    if isinstance(kind, inspect.StructType):
        _expect(value, dict)
        for member in kind.fields:
            if member.encode_name in value:
                _check_types(member.type, value[member.encode_name])
    elif isinstance(kind, inspect.DictType):
        _expect(value, dict)
        for member in value.values():
            _check_types(kind.value_type, member)
    elif isinstance(kind, inspect.ListType):
        _expect(value, list)
        for member in value:
            _check_types(kind.item_type, member)
    else:
        _check_scalar(kind, value)


def _expect(value: Any, kind: type) -> None:
    if not isinstance(value, kind):
        if isinstance(value, list):
            raise SerializationError(messages.COLLECTION_UNEXPECTED.format("java.util.LinkedHashMap"))
        raise SerializationError(messages.MAP_UNEXPECTED if isinstance(value, dict) else messages.FIELD_UNEXPECTED)


def _check_scalar(kind: inspect.Type, value: Any) -> None:
    expected = _JAVA_NAMES.get(type(kind), "String")
    if isinstance(value, dict):
        raise SerializationError(messages.MAP_UNEXPECTED)
    if isinstance(value, list):
        raise SerializationError(messages.COLLECTION_UNEXPECTED.format(f"java.lang.{expected}"))
    found = _json_name(value)
    fits = {"String": "STRING_VALUE", "Integer": "NUMBER_VALUE"}.get(expected, found)
    if found != fits or (expected == "Boolean") != isinstance(value, bool) or isinstance(value, float):
        raise SerializationError(messages.NOT_CONVERTIBLE.format(found, expected))


def _json_name(value: Any) -> str:
    if isinstance(value, bool):
        return "TRUE_VALUE" if value else "FALSE_VALUE"
    return "STRING_VALUE" if isinstance(value, str) else "NUMBER_VALUE"


def _bare(kind: inspect.Type) -> inspect.Type:
    """The type without its "or null"."""
    if isinstance(kind, inspect.UnionType):
        return next(option for option in kind.types if not isinstance(option, inspect.NoneType))
    return kind


def _faults(kind: inspect.Type, value: Any, path: str) -> Iterator[str]:
    kind = _bare(kind)
    if isinstance(kind, inspect.StructType):
        yield from _struct_faults(kind, value, path)
    elif isinstance(kind, inspect.ListType | inspect.DictType):
        yield from _length_faults(kind, value, path)
        if isinstance(kind, inspect.DictType):
            for name, member in value.items():
                yield from _faults(kind.value_type, member, f"{path}.{name}.member")
        else:
            for position, member in enumerate(value, 1):
                yield from _faults(kind.item_type, member, f"{path}.{position}.member")
    elif isinstance(kind, inspect.StrType):
        yield from _length_faults(kind, value, path)
        if kind.pattern is not None and not re.search(kind.pattern, value):
            yield _fault(value, path, messages.PATTERN.format(kind.pattern.strip("^$")))
    elif isinstance(kind, inspect.IntType):
        yield from _bound_faults(kind, value, path)


def _struct_faults(kind: inspect.StructType, value: dict[str, Any], path: str) -> Iterator[str]:
    hints = get_type_hints(kind.cls)
    for member in kind.fields:
        name = member.encode_name
        place = f"{path}.{_camel(name)}" if path else _camel(name)
        if name not in value:
            if member.required:
                yield messages.NULL_CONSTRAINT.format(place)
        elif isinstance(_bare(member.type), inspect.LiteralType):
            # The inspected type has its values sorted; the service lists them in an order of its own.
            options = list(_options(hints[member.name]))
            if value[name] not in options:
                yield _fault(value[name], place, messages.ONE_OF.format(", ".join(options)))
        else:
            yield from _faults(member.type, value[name], place)


def _options(hint: Any) -> Iterator[str]:
    for option in get_args(hint):
        if isinstance(option, str):
            yield option
        else:
            yield from _options(option)


def _length_faults(kind: inspect.StrType | inspect.ListType | inspect.DictType, value: Any, path: str) -> Iterator[str]:
    shown = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    if kind.min_length is not None and len(value) < kind.min_length:
        yield _fault(shown, path, messages.LENGTH_AT_LEAST.format(kind.min_length))
    if kind.max_length is not None and len(value) > kind.max_length:
        yield _fault(shown, path, messages.LENGTH_AT_MOST.format(kind.max_length))


def _bound_faults(kind: inspect.IntType, value: Any, path: str) -> Iterator[str]:
    if kind.ge is not None and value < kind.ge:
        yield _fault(value, path, messages.AT_LEAST.format(kind.ge))
    if kind.le is not None and value > kind.le:
        yield _fault(value, path, messages.AT_MOST.format(kind.le))


def _fault(value: Any, path: str, constraint: str) -> str:
    return messages.CONSTRAINT.format(value, path, constraint)


def _camel(name: str) -> str:
    return name[0].lower() + name[1:]
