"""Text, numbers, truth values, bytes and UUIDs: each exact, or refused."""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import Any
from uuid import UUID

from dynalayer.protocol import InvalidValue, from_plain, numbers, to_plain

from .codec import Codec, Wire, content_of, refuse, typed_wire

_NOT_FINITE = "NaN and infinity cannot be stored: DynamoDB's numbers are finite"


def _write_string(value: object) -> Wire:
    if not isinstance(value, str):
        raise refuse(value, "str")
    return {"S": str.__str__(value)}


def _write_integer(value: object) -> Wire:
    if isinstance(value, bool) or not isinstance(value, int):
        raise refuse(value, "int")
    return {"N": numbers.to_text(Decimal(int(value)))}


def _read_integer(wire: Wire) -> int:
    number = Decimal(content_of(wire, "N"))
    if number != number.to_integral_value():
        raise InvalidValue(f"expected a whole number, found one with {-int(number.as_tuple().exponent)} decimals")
    return int(number)


def _write_decimal(value: object) -> Wire:
    if isinstance(value, bool) or not isinstance(value, (Decimal, int)):
        raise refuse(value, "Decimal")
    if isinstance(value, Decimal) and not value.is_finite():
        raise InvalidValue(_NOT_FINITE)
    return {"N": numbers.normal(str(value) if isinstance(value, Decimal) else str(int(value)))}


def _write_float(value: object) -> Wire:
    if isinstance(value, bool) or not isinstance(value, (float, int)):
        raise refuse(value, "float")
    if value - value != 0:
        raise InvalidValue(_NOT_FINITE)
    if isinstance(value, int) and (abs(value) > 10**38 or float(value) != value):
        raise InvalidValue("this int is no exact float: use int or Decimal")
    # repr gives the shortest decimal that reads back as the same float, 17 digits at most.
    return {"N": numbers.to_text(Decimal(repr(float(value))))}


def _write_boolean(value: object) -> Wire:
    if not isinstance(value, bool):
        raise refuse(value, "bool")
    return {"BOOL": value}


def _write_bytes(value: object) -> Wire:
    if not isinstance(value, (bytes, bytearray, memoryview)):
        raise refuse(value, "bytes")
    return {"B": base64.b64encode(value).decode()}


def _write_uuid(value: object) -> Wire:
    if not isinstance(value, UUID):
        raise refuse(value, "UUID")
    return {"S": str(value)}


SCALARS: dict[Any, Codec] = {
    str: Codec(
        "str",
        "S",
        _write_string,
        lambda w: content_of(w, "S"),
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
        lambda w: content_of(w, "BOOL"),
        typed_wire("BOOL", bool),
        lambda w: f"{w}.BOOL",
        lambda v: f"{v} is True or {v} is False",
        lambda v: f'{{"BOOL": {v}}}',
    ),
    Decimal: Codec(
        "Decimal",
        "N",
        _write_decimal,
        lambda w: Decimal(content_of(w, "N")),
        typed_wire("N", Decimal),
        lambda w: f"{w}.N",
    ),
    float: Codec(
        "float",
        "N",
        _write_float,
        lambda w: float(content_of(w, "N")),
        typed_wire("N", float),
        lambda w: f"{w}.N",
    ),
    bytes: Codec(
        "bytes",
        "B",
        _write_bytes,
        lambda w: base64.b64decode(content_of(w, "B"), validate=True),
        typed_wire("B", bytes),
        lambda w: f"{w}.B",
    ),
    UUID: Codec(
        "UUID",
        "S",
        _write_uuid,
        lambda w: UUID(content_of(w, "S")),
        typed_wire("S", UUID),
        lambda w: f"{w}.S",
    ),
}

ANY = Codec("Any", "", from_plain, to_plain)
"""Plain values as they come: whole numbers read as int, others as Decimal, tuples as list."""
