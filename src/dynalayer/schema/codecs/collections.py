"""Lists, tuples, sets and maps of other values."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, Literal, cast, get_args, get_origin
from uuid import UUID

from dynalayer.protocol import InvalidValue

from .annotations import without_none
from .codec import UNREADABLE, Codec, Member, Wire, content_of, inside, reader, refuse, typed_wire
from .enums import enum_codec, literal_codec
from .scalars import SCALARS

Build = Callable[[Any], Codec]
"""Gives the codec of a type inside another."""

_TEXT = {str}


def _all_text(values: Iterable[Any]) -> bool:
    # Most collections hold text, and one look at the types of all their elements is less than a call for each.
    return set(map(type, values)) == _TEXT


def list_codec(annotation: Any, build: Build) -> Codec:
    """`list[T]`, `tuple[T, ...]` and `tuple[A, B]`."""
    origin: Any = get_origin(annotation) or annotation
    arguments = get_args(annotation)
    if origin is tuple and arguments and (len(arguments) != 2 or arguments[1] is not Ellipsis):
        return _fixed_tuple([build(argument) for argument in arguments])
    return _list(origin, build(arguments[0] if arguments else Any))


def _list(origin: Any, element: Codec) -> Codec:
    type_name = f"{origin.__name__} of {element.type_name}"
    write_element, read_element = element.write, element.read
    of_text = element is SCALARS[str]

    def write(value: object) -> Wire:
        if not isinstance(value, origin):
            raise refuse(value, type_name)
        if of_text and _all_text(cast("list[Any]", value)):
            return {"L": [{"S": text} for text in cast("list[str]", value)]}
        try:
            return {"L": [write_element(v) for v in cast("list[Any]", value)]}
        except InvalidValue:
            raise _at_index(cast("list[Any]", value), write_element) from None

    def read(wire: Wire) -> Any:
        stored = content_of(wire, "L")
        try:
            return origin([read_element(v) for v in stored])
        except UNREADABLE:
            raise _at_index(stored, read_element, element.type_name) from None

    names: dict[str, Any] = {}
    each = reader(element, names)("x")
    fast_read = (lambda w: f"[{each} for x in {w}.L]") if origin is list else (lambda w: f"(*[{each} for x in {w}.L],)")
    wire = typed_wire("L", list.__class_getitem__(element.wire))
    return Codec(
        type_name,
        "L",
        write,
        read,
        wire,
        fast_read,
        names=names,
        element=element,
        member=lambda step, _: Member(f"[{step}]", _index(step), element),
    )


def _at_index(values: list[Any], convert: Callable[[Any], Any], type_name: str = "") -> InvalidValue:
    """The error of the first element that cannot be converted; found anew, so that good lists pay nothing for it."""
    for position, value in enumerate(values):
        try:
            convert(value)
        except UNREADABLE as error:
            return inside(f"[{position}]", error, type_name)
    raise AssertionError("every element can be converted after all")


def _index(step: str | int) -> int:
    if not isinstance(step, int) or step < 0:
        raise InvalidValue("an element of a list is named by its position from 0")
    return step


def _fixed_tuple(elements: list[Codec]) -> Codec:
    type_name = f"tuple of {', '.join(element.type_name for element in elements)}"

    def write(value: object) -> Wire:
        if not isinstance(value, tuple):
            raise refuse(value, type_name)
        return {"L": [_converted(e.write, v, n, e) for n, (e, v) in enumerate(_pairs(cast("tuple[Any]", value)))]}

    def read(wire: Wire) -> tuple[Any, ...]:
        return tuple(_converted(e.read, v, n, e) for n, (e, v) in enumerate(_pairs(content_of(wire, "L"))))

    def _pairs(values: Any) -> zip[tuple[Codec, Any]]:
        if len(values) != len(elements):
            raise InvalidValue(f"expected {len(elements)} elements, got {len(values)}")
        return zip(elements, values, strict=True)

    def member(step: str | int, _: bool) -> Member:
        if _index(step) >= len(elements):
            raise InvalidValue(f"a {type_name} has {len(elements)} elements")
        return Member(f"[{step}]", step, elements[_index(step)], required=True)

    names: dict[str, Any] = {}
    reads = [reader(element, names)(f"{{0}}.L[{n}]") for n, element in enumerate(elements)]
    whole = f"({''.join(f'{read}, ' for read in reads)})"
    wire = typed_wire("L", tuple.__class_getitem__(tuple(element.wire for element in elements)))
    return Codec(type_name, "L", write, read, wire, lambda w: whole.replace("{0}", w), names=names, member=member)


def _converted(convert: Callable[[Any], Any], value: Any, position: int, element: Codec) -> Any:
    try:
        return convert(value)
    except UNREADABLE as error:
        raise inside(f"[{position}]", error, element.type_name) from None


def set_codec(annotation: Any, build: Build) -> Codec:
    """`set[T]` and `frozenset[T]` of what is stored as a string, a number or bytes."""
    origin: Any = get_origin(annotation) or annotation
    arguments = get_args(annotation)
    element = build(arguments[0] if arguments else Any)
    if element.kind not in ("S", "N", "B"):
        raise TypeError(f"{annotation!r} cannot be stored: a set holds strings, numbers or bytes")
    inner, kind = element.kind, element.kind + "S"
    of_text = element is SCALARS[str]
    type_name = f"{origin.__name__} of {element.type_name}"

    def write(value: object) -> Wire:
        if not isinstance(value, origin):
            raise refuse(value, type_name)
        if of_text and _all_text(cast("set[Any]", value)):
            return {"SS": sorted(cast("set[str]", value))}
        found = sorted(element.write(v)[inner] for v in cast("set[Any]", value))
        if not found:
            raise InvalidValue("an empty set cannot be stored, only left out, and an element of a list or map cannot")
        return {kind: found}

    def read(wire: Wire) -> Any:
        try:
            return origin([element.read({inner: v}) for v in content_of(wire, kind)])
        except InvalidValue:
            raise
        except UNREADABLE as error:
            raise inside("", error, type_name) from None

    fast: dict[str, Any] = {}
    if get_origin(annotation) in (set, frozenset) and element.type_name in ("str", "int", "Decimal", "bytes", "UUID"):
        fast = {"wire": typed_wire(kind, annotation), "fast_read": lambda w: f"{w}.{kind}"}
    return Codec(type_name, kind, write, read, element=element, **fast)


def map_codec(annotation: Any, build: Build) -> Codec:
    """`dict[K, T]` where K is str, int, UUID, date, an enum or a literal."""
    arguments = get_args(annotation) or (str, Any)
    key, element = _key_codec(arguments[0], annotation), build(arguments[1])
    of_text = key is element is SCALARS[str]
    type_name = f"dict of {element.type_name}"
    has_text_keys, write_element = key is SCALARS[str], element.write

    def write(value: object) -> Wire:
        if not isinstance(value, dict):
            raise refuse(value, type_name)
        if of_text and "" not in value and _all_text(value) and _all_text(value.values()):
            return {"M": {name: {"S": text} for name, text in value.items()}}
        if has_text_keys and set(map(type, value)) <= {str} and "" not in value:
            try:
                return {"M": {k: write_element(v) for k, v in value.items()}}
            except InvalidValue:
                pass  # once more, to tell where
        members: dict[str, Wire] = {}
        for k, v in value.items():
            name = write_key(k)
            try:
                members[name] = element.write(v)
            except InvalidValue as error:
                raise inside(_key_step(k), error) from None
        return {"M": members}

    def write_key(k: object) -> str:
        try:
            ((_, name),) = key.write(k).items()
        except InvalidValue as error:
            raise InvalidValue(f"key of a map: {error}") from None
        if not name:
            raise InvalidValue("the key of a map must not be empty")
        return str(name)

    def read(wire: Wire) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for name, stored in content_of(wire, "M").items():
            try:
                found[key.read({key.kind: name})] = element.read(stored)
            except UNREADABLE as error:
                raise inside(_key_step(name), error, element.type_name) from None
        return found

    def member(step: str | int, is_item: bool) -> Member:
        if not is_item:
            raise InvalidValue(f"a {type_name} has keys, not attributes: write [...]")
        return Member(_key_step(step), write_key(step), element)

    names: dict[str, Any] = {}
    each = reader(element, names)("x")
    content = dict.__class_getitem__((str, element.wire))
    read_key = "k"
    if key is not SCALARS[str]:
        names[f"key_{id(key)}"] = lambda k: key.read({key.kind: k})  # pyright: ignore[reportUnknownLambdaType]
        read_key = f"key_{id(key)}(k)"
    return Codec(
        type_name,
        "M",
        write,
        read,
        typed_wire("M", content),
        lambda w: f"{{{read_key}: {each} for k, x in {w}.M.items()}}",
        names=names,
        element=element,
        member=member,
    )


def _key_codec(annotation: Any, whole: Any) -> Codec:
    from .times import TIMES

    plain = without_none(annotation)
    if plain in (str, int, UUID):
        return SCALARS[plain]
    if plain is date:
        return TIMES[plain]
    if get_origin(plain) is Literal:
        return literal_codec(plain)
    if isinstance(plain, type) and issubclass(plain, enum.Enum):
        return enum_codec(plain)
    raise TypeError(f"{whole!r} cannot be stored: the keys of a map are str, int, UUID, date or an enum")


def _key_step(key: object) -> str:
    # The keys of a map are data, and may be personal: a message shows that there is one, not which.
    return "[...]"
