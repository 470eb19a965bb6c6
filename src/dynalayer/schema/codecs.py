"""How one Python type is written as a DynamoDB value and read back, exactly."""

from __future__ import annotations

import base64
import dataclasses
import enum
import functools
import operator
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Union, get_args, get_origin
from uuid import UUID

import msgspec

from dynalayer.protocol import InvalidValue, from_plain, numbers, to_plain

Wire = dict[str, Any]
"""One value in DynamoDB's JSON, such as `{"S": "text"}`."""


def typed_wire(kind: str, content: Any) -> Any:
    """The struct of `{kind: content}`, which decodes straight from bytes."""
    return msgspec.defstruct(f"Wire{kind}", [(kind, content)], gc=False, forbid_unknown_fields=True)


@dataclass(frozen=True, slots=True)
class Codec:
    """The two directions of one type, and what generated code may inline for its common case.

    `write` gives the wire value or raises `InvalidValue`; `read` takes it apart again. `wire` is the
    typed struct that generated decoders read, `fast_read` gives the expression that takes it apart; `fast_write` gives
    one that makes the wire value where `fast_test` holds. `element` is the codec of what a collection holds.
    """

    type_name: str
    kind: str
    write: Callable[[Any], Wire]
    read: Callable[[Wire], Any]
    wire: Any = Wire
    fast_read: Callable[[str], str] | None = None
    fast_test: Callable[[str], str] | None = None
    fast_write: Callable[[str], str] | None = None
    element: Codec | None = None


def refuse(value: object, wanted: str) -> InvalidValue:
    """The error for a value of the wrong type; it names types, never the value, which may be personal."""
    return InvalidValue(f"expected {wanted}, got {type(value).__name__}")


def _value(wire: Wire, kind: str) -> Any:
    try:
        return wire[kind]
    except KeyError:
        found = next(iter(wire), "nothing")
        raise InvalidValue(f"expected a value of DynamoDB type {kind}, found {found}") from None


def _write_string(value: object) -> Wire:
    if not isinstance(value, str):
        raise refuse(value, "str")
    return {"S": str.__str__(value)}


def _write_integer(value: object) -> Wire:
    if isinstance(value, bool) or not isinstance(value, int):
        raise refuse(value, "int")
    return {"N": numbers.to_text(Decimal(int(value)))}


def _write_decimal(value: object) -> Wire:
    if isinstance(value, bool) or not isinstance(value, (Decimal, int)):
        raise refuse(value, "Decimal")
    if isinstance(value, Decimal) and not value.is_finite():
        raise InvalidValue("NaN and infinity cannot be stored: DynamoDB's numbers are finite")
    return {"N": numbers.normal(str(value) if isinstance(value, Decimal) else str(int(value)))}


def _write_float(value: object) -> Wire:
    if isinstance(value, bool) or not isinstance(value, (float, int)):
        raise refuse(value, "float")
    if value - value != 0:
        raise InvalidValue("NaN and infinity cannot be stored: DynamoDB's numbers are finite")
    return {"N": numbers.to_text(Decimal(repr(float(value)) if isinstance(value, float) else value))}


def _write_boolean(value: object) -> Wire:
    if not isinstance(value, bool):
        raise refuse(value, "bool")
    return {"BOOL": value}


def _write_bytes(value: object) -> Wire:
    if not isinstance(value, (bytes, bytearray, memoryview)):
        raise refuse(value, "bytes")
    return {"B": base64.b64encode(value).decode()}


def _read_integer(wire: Wire) -> int:
    number = Decimal(_value(wire, "N"))
    if number != number.to_integral_value():
        raise InvalidValue(f"expected a whole number, found one with {-int(number.as_tuple().exponent)} decimals")
    return int(number)


def utc_text(value: datetime) -> str:
    """An aware datetime as ISO 8601 in UTC with microseconds and `Z`: of fixed width, so text order is time order."""
    if value.tzinfo is None:
        raise InvalidValue("expected a datetime with a time zone, got one without (use datetime.now(UTC))")
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _write_datetime(value: object) -> Wire:
    if not isinstance(value, datetime):
        raise refuse(value, "datetime")
    return {"S": utc_text(value)}


def _write_date(value: object) -> Wire:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise refuse(value, "date")
    return {"S": value.isoformat()}


def _write_uuid(value: object) -> Wire:
    if not isinstance(value, UUID):
        raise refuse(value, "UUID")
    return {"S": str(value)}


def _write_epoch(value: object) -> Wire:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise refuse(value, "datetime with a time zone")
    return {"N": str(int(value.timestamp()))}


EPOCH_SECONDS = Codec(
    "datetime", "N", _write_epoch, lambda w: datetime.fromtimestamp(int(_value(w, "N")), UTC), wire=Wire
)
"""A datetime stored as whole seconds since 1970, the form that DynamoDB's TTL needs."""

_SCALARS: dict[Any, Codec] = {
    str: Codec(
        "str",
        "S",
        _write_string,
        lambda w: _value(w, "S"),
        typed_wire("S", str),
        lambda w: f"{w}.S",
        lambda v: f"type({v}) is str",
        lambda v: f'{{"S": {v}}}',
    ),
    int: Codec(
        "int",
        "N",
        _write_integer,
        _read_integer,
        typed_wire("N", int),
        lambda w: f"{w}.N",
        lambda v: f"type({v}) is int and -10**38 < {v} < 10**38",
        lambda v: f'{{"N": str({v})}}',
    ),
    bool: Codec(
        "bool",
        "BOOL",
        _write_boolean,
        lambda w: _value(w, "BOOL"),
        typed_wire("BOOL", bool),
        lambda w: f"{w}.BOOL",
        lambda v: f"{v} is True or {v} is False",
        lambda v: f'{{"BOOL": {v}}}',
    ),
    Decimal: Codec(
        "Decimal", "N", _write_decimal, lambda w: Decimal(_value(w, "N")), typed_wire("N", Decimal), lambda w: f"{w}.N"
    ),
    float: Codec("float", "N", _write_float, lambda w: float(_value(w, "N"))),
    bytes: Codec(
        "bytes",
        "B",
        _write_bytes,
        lambda w: base64.b64decode(_value(w, "B"), validate=True),
        typed_wire("B", bytes),
        lambda w: f"{w}.B",
    ),
    datetime: Codec(
        "datetime",
        "S",
        _write_datetime,
        lambda w: datetime.fromisoformat(_value(w, "S")),
        typed_wire("S", datetime),
        lambda w: f"{w}.S",
    ),
    date: Codec(
        "date",
        "S",
        _write_date,
        lambda w: date.fromisoformat(_value(w, "S")),
        typed_wire("S", date),
        lambda w: f"{w}.S",
    ),
    UUID: Codec("UUID", "S", _write_uuid, lambda w: UUID(_value(w, "S")), typed_wire("S", UUID), lambda w: f"{w}.S"),
}

_ANY = Codec("Any", "", from_plain, to_plain)


def codec_for(annotation: Any) -> Codec:
    """The codec of a Python type; raises `TypeError` for a type that has no exact form in DynamoDB."""
    if annotation is Any or annotation is object:
        return _ANY
    if annotation in _SCALARS:
        return _SCALARS[annotation]
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        return _optional(annotation)
    if origin is typing.Literal:
        return codec_for(type(get_args(annotation)[0]))
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return _enum(annotation)
    if origin in (list, tuple) or annotation is list:
        return _list(annotation, origin or list)
    if origin in (set, frozenset):
        return _set(annotation, origin)
    if origin is dict or annotation is dict:
        return _map(annotation)
    if dataclasses.is_dataclass(annotation) or hasattr(annotation, "__struct_fields__"):
        return _record(annotation)
    raise TypeError(f"{annotation!r} cannot be stored: it has no exact form as a DynamoDB value")


def is_optional(annotation: Any) -> bool:
    """True for `T | None`: such an attribute may be absent from an item."""
    return get_origin(annotation) in (Union, types.UnionType) and type(None) in get_args(annotation)


def without_none(annotation: Any) -> Any:
    """`T` of `T | None`."""
    if not is_optional(annotation):
        return annotation
    rest = tuple(a for a in get_args(annotation) if a is not type(None))
    return functools.reduce(operator.or_, rest)


def _optional(annotation: Any) -> Codec:
    if not is_optional(annotation):
        raise TypeError(f"{annotation!r} cannot be stored: a union of types does not say which one a value was")
    inner = codec_for(without_none(annotation))
    return Codec(
        f"{inner.type_name} | None",
        inner.kind,
        lambda v: {"NULL": True} if v is None else inner.write(v),
        lambda w: None if "NULL" in w else inner.read(w),
        element=inner.element,
    )


def _enum(cls: type[enum.Enum]) -> Codec:
    values = {type(member.value) for member in cls}
    if values not in ({str}, {int}):
        raise TypeError(f"{cls.__name__} cannot be stored: the values of an enum must be all str or all int")
    inner = _SCALARS[values.pop()]

    def write(value: object) -> Wire:
        if not isinstance(value, cls):
            raise refuse(value, cls.__name__)
        return inner.write(value.value)

    return Codec(cls.__name__, inner.kind, write, lambda w: cls(inner.read(w)))


def _list(annotation: Any, origin: Any) -> Codec:
    arguments = get_args(annotation) or (Any,)
    if origin is tuple and (len(arguments) != 2 or arguments[1] is not Ellipsis):
        raise TypeError(f"{annotation!r} cannot be stored: write tuple[T, ...]")
    element = codec_for(arguments[0])

    def write(value: object) -> Wire:
        if not isinstance(value, (list, tuple)):
            raise refuse(value, f"{origin.__name__} of {element.type_name}")
        return {"L": [element.write(v) for v in typing.cast("list[Any]", value)]}

    return Codec(
        f"{origin.__name__} of {element.type_name}",
        "L",
        write,
        lambda w: origin(element.read(v) for v in _value(w, "L")),
        **_fast_collection("L", _list_of, element, (lambda e, w: f"[{e} for x in {w}.L]") if origin is list else None),
    )


def _set(annotation: Any, origin: Any) -> Codec:
    element = codec_for(get_args(annotation)[0])
    if element.kind not in ("S", "N", "B"):
        raise TypeError(f"{annotation!r} cannot be stored: a set holds strings, numbers or bytes")
    kind = element.kind + "S"

    def write(value: object) -> Wire:
        if not isinstance(value, (set, frozenset)):
            raise refuse(value, f"set of {element.type_name}")
        return {kind: sorted(element.write(v)[element.kind] for v in typing.cast("set[Any]", value))}

    def read(wire: Wire) -> Any:
        return origin(element.read({element.kind: v}) for v in _value(wire, kind))

    fast: dict[str, Any] = {}
    if annotation in (set[str], set[int], set[Decimal], set[bytes]):
        fast = {"wire": typed_wire(kind, annotation), "fast_read": lambda w: f"{w}.{kind}"}
    return Codec(f"set of {element.type_name}", kind, write, read, element=element, **fast)


def _map(annotation: Any) -> Codec:
    arguments = get_args(annotation) or (str, Any)
    if arguments[0] is not str:
        raise TypeError(f"{annotation!r} cannot be stored: the keys of a map are str")
    element = codec_for(arguments[1])

    def write(value: object) -> Wire:
        if not isinstance(value, Mapping):
            raise refuse(value, f"dict of {element.type_name}")
        return {"M": {_name(k): element.write(v) for k, v in typing.cast("dict[Any, Any]", value).items()}}

    def read(wire: Wire) -> dict[str, Any]:
        return {k: element.read(v) for k, v in _value(wire, "M").items()}

    fast = _fast_collection("M", _texts_to, element, lambda e, w: f"{{k: {e} for k, x in {w}.M.items()}}")
    return Codec(f"dict of {element.type_name}", "M", write, read, **fast)


def _list_of(content: Any) -> Any:
    return list[content]


def _texts_to(content: Any) -> Any:
    return dict[str, content]


def _fast_collection(
    kind: str, of: Callable[[Any], Any], element: Codec, read: Callable[[str, str], str] | None
) -> dict[str, Any]:
    """The typed struct and the expression for a collection whose elements have theirs."""
    if read is None or element.fast_read is None:
        return {"element": element}
    each = element.fast_read("x")
    return {"element": element, "wire": typed_wire(kind, of(element.wire)), "fast_read": lambda w: read(each, w)}


def _name(key: object) -> str:
    if not isinstance(key, str):
        raise refuse(key, "str as the key of a map")
    return key


def _record(cls: Any) -> Codec:
    """Dataclasses and msgspec structs become maps of their fields; a field that is None is left out."""
    hints = typing.get_type_hints(cls)
    names = cls.__struct_fields__ if hasattr(cls, "__struct_fields__") else [f.name for f in dataclasses.fields(cls)]
    fields = {name: codec_for(hints[name]) for name in names}

    def write(value: object) -> Wire:
        if not isinstance(value, cls):
            raise refuse(value, cls.__name__)
        present = ((name, codec, getattr(value, name)) for name, codec in fields.items())
        return {"M": {name: codec.write(v) for name, codec, v in present if v is not None}}

    def read(wire: Wire) -> Any:
        stored = _value(wire, "M")
        given = {name: codec.read(stored[name]) for name, codec in fields.items() if name in stored}
        absent = {name: None for name in fields if name not in stored and is_optional(hints[name])}
        return cls(**absent, **given)

    return Codec(cls.__name__, "M", write, read)
