"""The two shapes in which tools dump documents as JSON: one nested object, and one object a line; pure.

The nested shape is node-firestore-import-export's, the lines are firestore-backfire's. Their authors' JavaScript has
already made NaN and infinity null there, and rounded integers over 2^53.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from dynalayer.migrate.firestore.values import Document, GeoPoint, Reference, Timestamp

COLLECTIONS: Final = "__collections__"
_TAG: Final = "__datatype__"
_raws = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_line = msgspec.json.Decoder(type=dict[str, Any]).decode
_BUFFER: Final = {"type", "data"}


class BadDump(ValueError):
    """JSON that is no dump of documents; the text tells where, and holds no value."""


def tree_documents(text: bytes, path: str = "") -> Iterator[tuple[str, bytes]]:
    """The documents of a nested dump: the path of each and its fields as JSON; raises `BadDump`.

    `path` is where the dump was begun: empty for a whole database, else a collection's or a document's.
    """
    if not path or path.count("/") % 2:
        yield from _document(_members(text, path), path)
    else:
        yield from _collection(text, path)


def _document(members: dict[str, msgspec.Raw], path: str) -> Iterator[tuple[str, bytes]]:
    collections = members.pop(COLLECTIONS, None)
    inner = {} if collections is None else _members(collections, path)
    if not path and collections is None:
        raise BadDump(f"it has no member {COLLECTIONS!r}; if a collection was dumped, say which by ?path=...")
    # The tool writes a document that is not there, but has collections, as one without fields.
    if path and (members or not inner):
        yield path, msgspec.json.encode(members)
    elif not path and members:
        raise BadDump("there are fields beside the collections; if a document was dumped, say which by ?path=...")
    for name, content in inner.items():
        yield from _collection(content, f"{path}/{name}" if path else name)


def _collection(content: msgspec.Raw | bytes, path: str) -> Iterator[tuple[str, bytes]]:
    for id_, document in _members(content, path).items():
        yield from _document(_members(document, f"{path}/{id_}"), f"{path}/{id_}")


def _members(content: msgspec.Raw | bytes, path: str) -> dict[str, msgspec.Raw]:
    try:
        return _raws(content)
    except msgspec.DecodeError as error:
        raise BadDump(f"what is at {path or 'the root'!r} is no object: {error}") from None


def tree_document(path: str, body: bytes) -> Document:
    """The document of a nested dump, with its special values; raises `BadDump`."""
    try:
        return Document(path, {name: _special(value) for name, value in _line(body).items()})
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
        raise BadDump("the document has a value that is marked as a special one and is none") from None


def _special(value: Any) -> Any:
    if isinstance(value, list):
        return [_special(each) for each in value]
    if not isinstance(value, dict):
        return value
    match value.get(_TAG) if "value" in value else None:
        case "timestamp":
            return _timestamp(value["value"])
        case "geopoint":
            return _geopoint(value["value"])
        case "documentReference":
            return Reference(str(value["value"]))
        case _:
            return {name: _special(member) for name, member in value.items()}


def _timestamp(value: Mapping[str, Any]) -> Timestamp:
    return Timestamp.of_nanoseconds(int(value["_seconds"]) * 1_000_000_000 + int(value["_nanoseconds"]))


def _geopoint(value: Mapping[str, Any]) -> GeoPoint:
    return GeoPoint(float(value["_latitude"]), float(value["_longitude"]))


def is_line(text: bytes) -> bool:
    """True if the first line of a file is a document of a dump by lines."""
    try:
        found = _line(text)
    except msgspec.DecodeError:
        return False
    return isinstance(found.get("path"), str) and isinstance(found.get("data"), dict)


def line_path(text: bytes) -> str:
    """The path of the document of a line; raises `BadDump`."""
    path = str(_parsed(text)["path"]).strip("/")
    segments = path.split("/")
    if len(segments) % 2 or not all(segments):
        raise BadDump("the path leads to no document: collections and ids take turns")
    return path


def line_document(text: bytes) -> Document:
    """The document of a line; raises `BadDump`."""
    found = _parsed(text)
    data = found["data"]
    for names, make in (("timestamps", _timestamp), ("geopoints", _geopoint), ("documents", _reference)):
        for path in found.get(names) or ():
            try:
                _replace(data, str(path).split("."), make)
            except (KeyError, TypeError, ValueError, IndexError):
                raise BadDump(f"it lists {path!r} under {names!r}, and there is no such value") from None
    if found.get("queries"):
        raise BadDump("it holds a query, which is no value of Firestore")
    return Document(str(found["path"]).strip("/"), _with_bytes(data))


def _parsed(text: bytes) -> dict[str, Any]:
    try:
        found = _line(text)
    except msgspec.DecodeError:
        raise BadDump("the line is no JSON object") from None
    if not isinstance(found.get("path"), str) or not isinstance(found.get("data"), dict):
        raise BadDump("the line has no 'path' and 'data' of a document")
    return found


def _reference(value: Mapping[str, Any]) -> Reference:
    return Reference("/".join(value["_path"]["segments"]))


def _replace(data: Any, names: Sequence[str], make: Any) -> None:
    """Put the special value in its place. A name may have dots in it itself, so longer names are tried as well."""
    for end in range(1, len(names) + 1):
        name: Any = ".".join(names[:end])
        name = int(name) if isinstance(data, list) else name
        if isinstance(data, dict) and name not in data:
            continue
        if end == len(names):
            data[name] = make(data[name])
            return
        if isinstance(data[name], (dict, list)):
            try:
                _replace(data[name], names[end:], make)
            except (KeyError, ValueError, IndexError):
                continue
            return
    raise KeyError(names)


def _with_bytes(value: Any) -> Any:
    """Bytes as Node shows them in JSON: `{"type": "Buffer", "data": [...]}`."""
    if isinstance(value, list):
        return [_with_bytes(each) for each in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == _BUFFER and value["type"] == "Buffer" and isinstance(value["data"], list):
        return bytes(value["data"])
    return {name: _with_bytes(member) for name, member in value.items()}
