"""`T | None`, and unions whose members the stored form tells apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import msgspec

from dynalayer.protocol import InvalidValue

from .codec import Codec, Wire, WrongType, content_of, refuse


def optional_codec(inner: Codec) -> Codec:
    """`T | None` inside a collection, where None is DynamoDB's NULL."""
    fast: dict[str, Any] = {}
    if inner.wire is not Wire and inner.fast_read is not None:
        fast = {"wire": _or_null(inner.wire), "names": inner.names}
        fast_read = inner.fast_read
        fast["fast_read"] = lambda w: f"(None if {w}.NULL else {fast_read(w)})"
    return Codec(
        f"{inner.type_name} | None",
        inner.kind,
        lambda v: {"NULL": True} if v is None else inner.write(v),
        lambda w: None if "NULL" in w else inner.read(w),
        element=inner.element,
        member=inner.member,
        **fast,
    )


def _or_null(wire: Any) -> Any:
    # The content has no default: a value that is neither NULL nor of its type is an error of the general way.
    (content,) = msgspec.structs.fields(wire)
    fields: list[Any] = [(content.name, content.type | msgspec.UnsetType, msgspec.UNSET), ("NULL", bool, False)]
    return msgspec.defstruct(f"{wire.__name__}OrNull", fields, gc=False, forbid_unknown_fields=True)


def union_codec(annotation: Any, members: list[Codec]) -> Codec:
    """A union whose members are of different DynamoDB types, or records told apart by a tag.

    Raises `TypeError` for any other, because a value that is read back could be of another type.
    """
    by_kind: dict[str, list[Codec]] = {}
    for member in members:
        by_kind.setdefault(member.kind, []).append(member)
    readers = {kind: _one_of(annotation, kind, codecs) for kind, codecs in by_kind.items()}
    type_name = " | ".join(member.type_name for member in members)

    def write(value: object) -> Wire:
        for member in members:
            try:
                return member.write(value)
            except WrongType:
                continue
        raise refuse(value, type_name)

    def read(wire: Wire) -> Any:
        (kind,) = wire
        if kind not in readers:
            raise InvalidValue(f"expected a value of DynamoDB type {' or '.join(readers)}, found {kind}")
        return readers[kind].read(wire)

    return Codec(type_name, next(iter(readers)) if len(readers) == 1 else "", write, read)


def _one_of(annotation: Any, kind: str, codecs: list[Codec]) -> Codec:
    """The codec of the members that share a kind."""
    if kind and len(codecs) == 1:
        return codecs[0]
    tags = [codec.tag for codec in codecs]
    if None in tags or not kind:
        raise TypeError(f"{annotation!r} cannot be stored: a union of these types does not say which one a value was")
    tagged = [tag for tag in tags if tag is not None]
    names = {tag.wire_name for tag in tagged}
    by_tag = {(tag.kind, content): codec for tag, codec in zip(tagged, codecs, strict=True) for content in tag.contents}
    if len(names) > 1 or len(by_tag) < sum(len(tag.contents) for tag in tagged):
        raise TypeError(f"{annotation!r} cannot be stored: its records have not each a tag of their own in one member")
    return _tagged(names.pop(), by_tag, codecs[0])


def _tagged(wire_name: str, by_tag: Mapping[tuple[str, str], Codec], any_of_them: Codec) -> Codec:
    def read(wire: Wire) -> Any:
        stored = cast("Wire", content_of(wire, "M").get(wire_name) or {"": ""})
        ((kind, content),) = stored.items()
        found = by_tag.get((kind, str(content)))
        if found is None:
            raise InvalidValue(f"the member {wire_name!r}, which tells the types of a union apart, names none of them")
        return found.read(wire)

    return Codec("", any_of_them.kind, any_of_them.write, read)
