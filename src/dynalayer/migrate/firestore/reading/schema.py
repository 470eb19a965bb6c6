"""The messages of an export for protobuf's runtime: App Engine's EntityProto (proto2), as far as it is used."""

from __future__ import annotations

from typing import Any, Final

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_D: Final = descriptor_pb2.FieldDescriptorProto
_MESSAGES: Final[dict[str, tuple[tuple[str, int, str], ...]]] = {
    "Point": (("x", 6, "double"), ("y", 7, "double")),
    "PathElement": (("type", 15, "bytes"), ("id", 16, "int64"), ("name", 17, "bytes")),
    "ReferenceValue": (("app", 13, "bytes"), ("name_space", 20, "bytes"), ("path", 14, "*group PathElement")),
    "Value": (
        ("integer", 1, "int64"),
        ("boolean", 2, "bool"),
        ("text", 3, "bytes"),
        ("double", 4, "double"),
        ("point", 5, "group Point"),
        ("reference", 12, "group ReferenceValue"),
        ("user", 8, "group Point"),
    ),
    "Property": (("meaning", 1, "int32"), ("name", 3, "bytes"), ("multiple", 4, "bool"), ("value", 5, "message Value")),
    "Element": (("type", 2, "bytes"), ("id", 3, "int64"), ("name", 4, "bytes")),
    "Path": (("element", 1, "*group Element"),),
    "Key": (("app", 13, "bytes"), ("name_space", 20, "bytes"), ("path", 14, "message Path")),
    "Entity": (
        ("key", 13, "message Key"),
        ("property", 14, "*message Property"),
        ("raw_property", 15, "*message Property"),
    ),
    "Times": (("name", 1, "bytes"), ("start", 2, "int64"), ("end", 3, "int64")),
    "File": (("name", 2, "bytes"),),
    "Scope": (("path", 2, "bytes"), ("count", 3, "int64")),
    "Overall": (("scope", 1, "*message Scope"),),
    "Metadata": (("times", 1, "message Times"), ("file", 2, "*message File")),
}
_TYPES: Final = {
    "bool": _D.TYPE_BOOL,
    "bytes": _D.TYPE_BYTES,
    "double": _D.TYPE_DOUBLE,
    "int32": _D.TYPE_INT32,
    "int64": _D.TYPE_INT64,
    "group": _D.TYPE_GROUP,
    "message": _D.TYPE_MESSAGE,
}
_ONE_OF: Final = frozenset({"Value"})
"""Messages of which one field is set; so declared, the runtime tells which. What is on the wire is the same."""
_PACKAGE: Final = "dynalayer.firestore_export"


def _classes() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(name=f"{_PACKAGE}.proto", package=_PACKAGE, syntax="proto2")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, number, said in fields:
            kind, _, inner = said.removeprefix("*").partition(" ")
            label = _D.LABEL_REPEATED if said.startswith("*") else _D.LABEL_OPTIONAL
            made = message.field.add(name=field, number=number, label=label, type=_TYPES[kind])
            if inner:
                made.type_name = f".{_PACKAGE}.{inner}"
            if name in _ONE_OF:
                made.oneof_index = 0
        if name in _ONE_OF:
            message.oneof_decl.add(name="kind")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}")) for name in _MESSAGES
    }


_ALL: Final = _classes()
Entity: Final = _ALL["Entity"]
Metadata: Final = _ALL["Metadata"]
Overall: Final = _ALL["Overall"]
