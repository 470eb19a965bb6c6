"""From the bytes of an EntityProto to a document; pure."""

from __future__ import annotations

from typing import Any, Final

from google.protobuf.message import DecodeError

from dynalayer.migrate.firestore.values import Document, GeoPoint, Reference, Timestamp, Vector

from .schema import Entity, Metadata, Overall

_TIME, _POINT, _BLOB, _TEXT, _BYTES, _MAP, _EMPTY_LIST, _VECTOR = 7, 9, 14, 15, 16, 19, 24, 31
_OF_BYTES: Final = frozenset({_BLOB, _BYTES})
_VECTOR_MAP: Final = "__vector__"


class BadEntity(ValueError):
    """Bytes that are no document; the text tells what is wrong and holds no value."""


def path_of(payload: bytes) -> str:
    """The path of the document; raises `BadEntity`."""
    return _document_path(_parsed(payload))


def document_of(payload: bytes, snapshot: Timestamp | None = None) -> Document:
    """The document; raises `BadEntity`."""
    entity = _parsed(payload)
    try:
        return Document(_document_path(entity), _fields(entity, entity.key.app), snapshot_time=snapshot)
    except (DecodeError, UnicodeDecodeError) as error:
        raise BadEntity(f"a text or a map in it cannot be read ({type(error).__name__})") from None


def snapshot_of(metadata: bytes) -> tuple[Timestamp | None, tuple[str, ...]]:
    """The moment that an export is of, and the names of its files, as its metadata tells; nothing if it tells none."""
    try:
        found = Metadata.FromString(metadata)
        names = tuple(each.name.decode() for each in found.file)
    except (DecodeError, UnicodeDecodeError):
        return None, ()
    return (Timestamp.of_nanoseconds(found.times.start * 1_000) if found.times.start else None), names


def count_of(overall: bytes) -> int:
    """How many documents an export says that it has; 0 if it says nothing."""
    try:
        return sum(each.count for each in Overall.FromString(overall).scope)
    except DecodeError:
        return 0


def _parsed(payload: bytes) -> Any:
    try:
        entity = Entity.FromString(payload)
    except DecodeError:
        raise BadEntity("the record is no EntityProto") from None
    if not entity.HasField("key") or not entity.key.path.element:
        raise BadEntity("the record has no key")
    if entity.key.name_space:
        raise BadEntity("the record is of a namespace, which Firestore has not: the export is of Datastore")
    return entity


def _document_path(entity: Any) -> str:
    try:
        return _path(entity.key.path.element)
    except UnicodeDecodeError:
        raise BadEntity("the path is no UTF-8") from None


def _path(elements: Any) -> str:
    """Ids that are numbers stand in a path as Firestore shows them: `__id7__`."""
    return "/".join(
        f"{each.type.decode()}/{each.name.decode() if each.HasField('name') else f'__id{each.id}__'}"
        for each in elements
    )


def _fields(entity: Any, app: bytes) -> dict[str, Any]:
    """Indexed properties and others are two lists; an array is the same property many times."""
    fields: dict[str, Any] = {}
    vectors: set[str] = set()
    for properties in (entity.property, entity.raw_property):
        for each in properties:
            name, meaning = each.name.decode(), each.meaning
            if not each.multiple:
                if name in fields:
                    raise BadEntity("a property that is no array comes twice")
                fields[name] = [] if meaning == _EMPTY_LIST else _value(each.value, meaning, app)
                continue
            held = fields.setdefault(name, [])
            if not isinstance(held, list):
                raise BadEntity("a property is an array and none")
            held.append(_value(each.value, meaning, app))
            if meaning == _VECTOR:
                vectors.add(name)
    for name in vectors:
        fields[name] = Vector(tuple(fields[name]))
    return fields


def _value(value: Any, meaning: int, app: bytes) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "text":
        text = value.text
        if meaning == _MAP:
            return _map(text, app)
        return text if meaning in _OF_BYTES else text.decode()
    if kind == "integer":
        return Timestamp.of_nanoseconds(value.integer * 1_000) if meaning == _TIME else value.integer
    if kind is None:
        return None
    if kind == "point":
        return GeoPoint(value.point.x, value.point.y)
    if kind == "reference":
        return _reference(value.reference, app)
    if kind == "user":
        raise BadEntity("a property is a user, which Firestore has not: the export is of Datastore")
    return getattr(value, kind)


def _reference(value: Any, app: bytes) -> Reference:
    """A reference to another project keeps its whole name; a project is named with its region before a tilde."""
    path = _path(value.path)
    if value.app == app:
        return Reference(path)
    return Reference(f"projects/{value.app.decode().rpartition('~')[2]}/databases/(default)/documents/{path}")


def _map(payload: bytes, app: bytes) -> Any:
    """A map is an entity without a key; a vector is also seen as a map of a reserved type."""
    fields = _fields(Entity.FromString(payload), app)
    if fields.get("__type__") == _VECTOR_MAP and isinstance(fields.get("value"), list):
        return Vector(tuple(fields["value"]))
    return fields
