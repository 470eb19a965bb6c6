"""Values with named fields: dataclasses, msgspec structs, named tuples and TypedDicts, each stored as a map."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal, get_args, get_origin

import msgspec

from dynalayer.protocol import InvalidValue

from .annotations import is_optional, resolved, without_none
from .codec import (
    UNREADABLE,
    Codec,
    Inside,
    Member,
    Tag,
    Wire,
    compiled,
    content_of,
    inside,
    named,
    reader,
    refuse,
    typed_wire,
    writer,
)
from .collections import Build
from .enums import literal_codec

UNKNOWN: Final = "__unknown__"
"""Where an instance keeps members of its map that its class does not declare; they are written back."""

NOTHING: Final[Any] = object()


class RecordField(msgspec.Struct, frozen=True):
    """One field as its class declares it; `may_lack` is True where a TypedDict need not have the key."""

    name: str
    wire_name: str
    annotation: Any
    default: Any = NOTHING
    factory: Callable[[], Any] | None = None
    by_name: bool = True
    set_later: bool = False
    may_lack: bool = False


class Shape(msgspec.Struct, frozen=True):
    """What the code that writes and reads a record is made from.

    `make` is the expression's function that takes the fields; `is_mapping` is True where the value itself is a dict.
    """

    cls: Any
    fields: list[RecordField]
    make: Callable[..., Any]
    is_mapping: bool = False
    takes_mapping: bool = False
    keeps_unknown: bool = False
    tag: Tag | None = None
    writes_tag: bool = False
    explain: Callable[[Exception], str] | None = None


class _Bound(msgspec.Struct, frozen=True):
    """A field with its codec and with what its absence means."""

    field: RecordField
    codec: Codec
    wire_attribute: str
    none_is_absent: bool
    absent: Callable[[], Any] | None

    @property
    def may_be_absent(self) -> bool:
        return self.absent is not None or self.field.may_lack


def record_codec(shape: Shape, build: Build) -> Codec:
    """The codec of a record; raises `TypeError` for a field without exact form."""
    bound = [_bind(shape, field, number, build) for number, field in enumerate(shape.fields)]
    wire_names = [b.field.wire_name for b in bound]
    if len(set(wire_names)) < len(wire_names):
        raise TypeError(f"{shape.cls.__name__} cannot be stored: two fields have one name in the map")
    names: dict[str, Any] = {}
    construct = named("make", _constructor(shape, bound), names)
    return Codec(
        shape.cls.__name__,
        "M",
        _writer(shape, bound),
        _reader(shape, bound),
        typed_wire("M", _wire_struct(shape, bound)),
        lambda w: construct(f"{w}.M"),
        names=names,
        member=_member(shape, bound),
        tag=shape.tag,
    )


def _bind(shape: Shape, field: RecordField, number: int, build: Build) -> _Bound:
    optional = is_optional(field.annotation)
    none_is_absent = optional and field.default in (NOTHING, None) and field.factory is None and not field.may_lack
    try:
        codec = build(without_none(field.annotation) if none_is_absent else field.annotation)
        if codec.is_set and optional:
            raise TypeError(f"{codec.type_name} | None does not tell an empty set from None: leave out None")
    except TypeError as error:
        raise TypeError(f"{shape.cls.__name__}.{field.name}: {error}") from None
    absent = _absent(field, codec, none_is_absent)
    return _Bound(field, codec, f"f{number}", none_is_absent, absent)


def _absent(field: RecordField, codec: Codec, none_is_absent: bool) -> Callable[[], Any] | None:
    if field.may_lack:
        return None
    if none_is_absent:
        return lambda: None
    if codec.is_set:
        return frozenset if get_origin(resolved(field.annotation)) is frozenset else set
    if field.factory is not None:
        return field.factory
    return None if field.default is NOTHING else lambda: field.default


def _writer(shape: Shape, bound: list[_Bound]) -> Callable[[object], Wire]:
    names: dict[str, Any] = {"cls": dict if shape.is_mapping else shape.cls, "refuse": refuse, "known": set[str]()}
    start = {shape.tag.wire_name: _tag_wire(shape.tag)} if shape.tag and shape.writes_tag else {}
    right = "isinstance(value, cls)" if shape.is_mapping else "type(value) is cls"
    lines = ["def write(value):", f"    if not ({right}): raise refuse(value, {shape.cls.__name__!r})"]
    lines.append(f"    m = {start!r}")
    for b in bound:
        names["known"].add(b.field.name)
        lines += _write_lines(shape, b, names)
    if shape.is_mapping:
        names["unknown"] = _refuse_unknown
        lines.append("    if value.keys() - known: raise unknown()")
    if shape.keeps_unknown:
        lines += [f"    u = value.__dict__.get({UNKNOWN!r})", "    if u: m = {**u, **m}"]
    return compiled("write", [*lines, '    return {"M": m}'], names)


def _refuse_unknown() -> InvalidValue:
    return InvalidValue("a key that the TypedDict does not declare")


def _write_lines(shape: Shape, b: _Bound, names: dict[str, Any]) -> list[str]:
    write = writer(msgspec.structs.replace(b.codec, write=_located(b)), names)("v")
    store = f"m[{b.field.wire_name!r}] = {write}"
    if not shape.is_mapping:
        lines = [f"    v = value.{b.field.name}"]
    elif b.field.may_lack:
        return [f"    if {b.field.name!r} in value:", f"        v = value[{b.field.name!r}]", f"        {store}"]
    else:
        names["lacks"] = _lacks
        lines = [f"    v = value[{b.field.name!r}] if {b.field.name!r} in value else lacks({b.field.name!r})"]
    if b.none_is_absent:
        return [*lines, f"    if v is not None: {store}"]
    if b.codec.is_set:
        empty = "v.__class__ is set or v.__class__ is frozenset"
        return [*lines, f"    if v or not ({empty}): {store}"]
    return [*lines, f"    {store}"]


def _lacks(name: str) -> None:
    raise Inside(f".{name}", "is missing")


def _located(b: _Bound) -> Callable[[Any], Wire]:
    write, step = b.codec.write, f".{b.field.name}"

    def located(value: Any) -> Wire:
        try:
            return write(value)
        except InvalidValue as error:
            raise inside(step, error) from None

    return located


def _reader(shape: Shape, bound: list[_Bound]) -> Callable[[Wire], Any]:
    known = {b.field.wire_name for b in bound} | ({shape.tag.wire_name} if shape.tag else set())

    def read(wire: Wire) -> Any:
        stored = content_of(wire, "M")
        values = {
            b.field.name: _read(b, stored) for b in bound if not (b.field.may_lack and b.field.wire_name not in stored)
        }
        try:
            made = _made(shape, values)
        except (ValueError, TypeError) as error:
            why = shape.explain(error) if shape.explain else type(error).__name__
            raise InvalidValue(f"{shape.cls.__name__} refuses what is stored ({why})") from None
        unknown = {name: value for name, value in stored.items() if name not in known} if shape.keeps_unknown else None
        if unknown:
            made.__dict__[UNKNOWN] = unknown
        return made

    later = [f for f in shape.fields if f.set_later]

    def _made(shape: Shape, values: dict[str, Any]) -> Any:
        if shape.is_mapping:
            return values
        if shape.takes_mapping:
            return shape.make(values)
        made = shape.make(**{f.name: values[f.name] for f in shape.fields if not f.set_later})
        for f in later:
            object.__setattr__(made, f.name, values[f.name])
        return made

    return read


def _read(b: _Bound, stored: dict[str, Wire]) -> Any:
    wire = stored.get(b.field.wire_name)
    step = f".{b.field.name}"
    if wire is None:
        if b.absent is None:
            raise Inside(step, f"the stored map has no member {b.field.wire_name!r}; give the field a default")
        return b.absent()
    if b.none_is_absent and "NULL" in wire:
        return None
    try:
        return b.codec.read(wire)
    except UNREADABLE as error:
        raise inside(step, error, b.codec.type_name) from None


def _wire_struct(shape: Shape, bound: list[_Bound]) -> Any:
    fields: list[Any] = []
    renamed: dict[str, str] = {}
    for b in bound:
        renamed[b.wire_attribute] = b.field.wire_name
        fields.append(
            (b.wire_attribute, b.codec.wire | None, None) if b.may_be_absent else (b.wire_attribute, b.codec.wire)
        )
    if shape.tag and shape.writes_tag:
        renamed["tag"] = shape.tag.wire_name
        fields.append(("tag", typed_wire(shape.tag.kind, Literal[*shape.tag.contents])))
    fields.sort(key=len)
    return msgspec.defstruct(
        f"{shape.cls.__name__}Wire", fields, rename=renamed, forbid_unknown_fields=shape.keeps_unknown, gc=False
    )


def _constructor(shape: Shape, bound: list[_Bound]) -> Callable[[Any], Any]:
    names: dict[str, Any] = {"make": shape.make, "put": object.__setattr__}
    given: list[str] = []
    later: list[str] = []
    for b in bound:
        value = reader(b.codec, names)(f"w.{b.wire_attribute}")
        if b.absent is not None:
            name = f"absent_{b.wire_attribute}"
            names[name] = b.absent
            absent = "None" if b.none_is_absent else f"{name}()"
            value = f"{absent} if w.{b.wire_attribute} is None else {value}"
        if b.field.may_lack:
            later.append(f"    if w.{b.wire_attribute} is not None: o[{b.field.name!r}] = {value}")
        elif b.field.set_later:
            later.append(f"    put(o, {b.field.name!r}, {value})")
        elif shape.is_mapping or shape.takes_mapping:
            given.append(f"{b.field.name!r}: {value}")
        else:
            given.append(f"{b.field.name}={value}" if b.field.by_name else value)
    arguments = ", ".join(given)
    if shape.is_mapping:
        made = f"{{{arguments}}}"
    else:
        made = f"make({{{arguments}}})" if shape.takes_mapping else f"make({arguments})"
    return compiled("construct", ["def construct(w):", f"    o = {made}", *later, "    return o"], names)


def _member(shape: Shape, bound: list[_Bound]) -> Callable[[str | int, bool], Member]:
    by_name = {
        b.field.name: Member(
            f".{b.field.name}",
            b.field.wire_name,
            b.codec,
            not b.may_be_absent,
            b.none_is_absent,
            shape.cls.__name__ if shape.takes_mapping else "",
        )
        for b in bound
    }

    def member(step: str | int, is_item: bool) -> Member:
        if is_item is not shape.is_mapping or step not in by_name:
            raise InvalidValue(f"{shape.cls.__name__} has no such field; it has {', '.join(by_name)}")
        return by_name[str(step)]

    return member


def _tag_wire(tag: Tag) -> Wire:
    (content,) = tag.contents
    return {tag.kind: content}


def literal_tag(fields: list[RecordField]) -> Tag | None:
    """The one field whose literal type tells a record from others."""
    literals = [field for field in fields if get_origin(resolved(field.annotation)) is Literal]
    if len(literals) != 1:
        return None
    annotation = resolved(literals[0].annotation)
    codec = literal_codec(annotation)
    contents = frozenset(str(codec.write(value)[codec.kind]) for value in get_args(annotation))
    return Tag(literals[0].wire_name, codec.kind, contents)
