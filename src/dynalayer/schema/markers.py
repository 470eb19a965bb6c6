"""The keys of markers: the items that hold the values of unique attributes."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Final

from dynalayer.protocol import DefinitionError, InvalidValue
from dynalayer.protocol.limits import HASH_KEY_BYTES

from .codecs import Wire
from .paths import AccessPath, KeyPart
from .stored import AttributeDefinition
from .table import Table

MARKER_PREFIX: Final = "UNIQUE#"
"""What the partition key of every marker begins with."""

_SORT: Final[dict[str, Wire]] = {
    "S": {"S": "UNIQUE"},
    "N": {"N": "0"},
    "B": {"B": base64.b64encode(b"UNIQUE").decode()},
}


def marker_key(entity: str, table: Table, attribute: AttributeDefinition, value: Wire) -> dict[str, Wire]:
    """The key of the item that holds one value; raises `InvalidValue` for a value too long for a key (2048 bytes)."""
    (content,) = value.values()
    text = f"{MARKER_PREFIX}{entity}#{attribute.name}#{content}"
    if len(text.encode()) > HASH_KEY_BYTES:
        raise InvalidValue(f"{entity}.{attribute.name}: a unique value is limited to {HASH_KEY_BYTES} bytes of key")
    key: dict[str, Wire] = {table.pk.name: {"S": text}}
    return key if table.sk is None else {**key, table.sk.name: _SORT[table.sk.kind]}


def is_marker(table: Table, item: Mapping[str, Any]) -> bool:
    """True for an item that holds the value of a unique attribute, and is none of an entity's."""
    return str(item.get(table.pk.name, {}).get("S", "")).startswith(MARKER_PREFIX)


def check_uniques(entity: str, table: Table, path: AccessPath, attributes: Mapping[str, AttributeDefinition]) -> None:
    """Raise `DefinitionError` for unique attributes that no marker can hold, or whose markers could meet items."""
    uniques = [attribute for attribute in attributes.values() if attribute.unique]
    if not uniques:
        return
    for attribute in uniques:
        if attribute.codec.kind not in ("S", "N", "B"):
            raise DefinitionError(f"{entity}.{attribute.name}: a unique attribute is text, a number or bytes")
        if attribute.role is not None or path.sources == (attribute,):
            raise DefinitionError(f"{entity}.{attribute.name} is unique by what it is; leave out unique=True")
    if table.pk.kind != "S" or "#" in entity:
        raise DefinitionError(f"{entity}: unique attributes need a partition key of text, and a name without #")
    if not _is_apart(path.partition[0]):
        raise DefinitionError(
            f"{entity}: the keys of its items could begin with {MARKER_PREFIX!r} as markers of values do; "
            "give the partition key a template with a prefix"
        )


def _is_apart(part: KeyPart) -> bool:
    if part.template is None:
        return True  # told apart when it is written
    prefix = part.template.prefix
    return bool(prefix) and not prefix.startswith(MARKER_PREFIX) and not MARKER_PREFIX.startswith(prefix)
