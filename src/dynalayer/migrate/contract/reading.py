"""Reading a contract of either dialect; nothing outside the document is looked at."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, get_args

import msgspec
from msgspec.structs import replace

from .attributes import read_attributes
from .document_reading import check_templates, read_document_entity
from .findings import ContractInvalid, Finding, Findings, did_you_mean
from .keys import check_keys, read_templates, with_keys
from .model import Contract, EntitySpec, IndexSpec, Projection, TableSpec
from .nodes import Node, kind_of

_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{3,255}")
_MOST_INDEXES: Final = 20
_MOST_PROJECTED: Final = 100
_MOST_KEY_NAME_BYTES: Final = 255
_SINGLE: Final = "single-entity"
_MULTI: Final = "multi-entity"
_KINDS: Final = {_SINGLE: _SINGLE, _MULTI: _MULTI, "table": _SINGLE}


def read_contract(document: Any) -> tuple[Contract, tuple[Finding, ...]]:
    """Read a contract from its parsed JSON; gives it in one form, with what should be looked at.

    Both dialects are read: a list of entries with attributes by name, and an object with `tables`; the latter may list
    in `ignore` the tables and columns that are left behind on purpose. Raises
    `ContractInvalid` with every error and its JSON pointer.
    """
    findings = Findings()
    dialect = _dialect(document, findings)
    root = Node(document, findings)
    entries = [root.at(number) for number in range(len(document))] if dialect == "A" else list(root.children("tables"))
    if not entries and not findings.errors:
        findings.error("" if dialect == "A" else "/tables", "there are no tables")
    tables = _tables(entries, findings, strict=dialect == "A")
    ignored = root.texts("ignore") if dialect == "B" else ()
    if len({entity.document is None for table in tables for entity in table.entities}) > 1:
        findings.error("/tables", "some entities are made of tables and others of documents", "make it two contracts")
    if findings.errors:
        raise ContractInvalid(findings)
    return Contract(tables, "A" if dialect == "A" else "B", ignored), tuple(findings)


def load_contract(path: str | Path) -> tuple[Contract, tuple[Finding, ...]]:
    """Read a contract from a file of JSON; raises `ContractInvalid`, also for what is no JSON, and `OSError`."""
    text = Path(path).read_bytes()
    try:
        document = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ContractInvalid([Finding("error", "", f"{path} is not JSON: {error}")]) from None
    return read_contract(document)


def _dialect(document: Any, findings: Findings) -> str | None:
    if isinstance(document, list):
        return "A"
    if isinstance(document, dict) and "tables" in document:
        return "B"
    found = f"an object with {', '.join(map(repr, list(document)[:5]))}" if isinstance(document, dict) else ""
    hint = "a contract is a list of tables, or an object whose member 'tables' is one"
    findings.error("", f"this is {found or kind_of(document)}, no contract", hint)
    return None


def _tables(entries: Sequence[Node], findings: Findings, *, strict: bool) -> tuple[TableSpec, ...]:
    tables: dict[str, TableSpec] = {}
    loose: list[Node] = []
    for entry in entries:
        if not entry.is_object("a table"):
            continue
        if str(entry.value.get("type", "")).upper() == "GSI":
            loose.append(entry)
            continue
        table = _table(entry, loose_indexes(entry, entries), strict=strict)
        if table is not None and table.name in tables:
            entry.error(f"there are two tables {table.name!r}", f"the other is at {tables[table.name].pointer}")
        elif table is not None:
            tables[table.name] = table
    for entry in loose:
        name = entry.value.get("table")
        if name not in tables and not findings.errors:
            entry.error(f"this index belongs to {name!r}, which is no table here", did_you_mean(str(name), tables))
    return tuple(tables.values())


def loose_indexes(table: Node, entries: Sequence[Node]) -> list[Node]:
    """The entries of type GSI that name this table."""
    name = table.value.get("table")
    return [
        entry
        for entry in entries
        if isinstance(entry.value, dict)
        and str(entry.value.get("type", "")).upper() == "GSI"
        and entry.value.get("table") == name
    ]


def _table(node: Node, loose: Sequence[Node], *, strict: bool) -> TableSpec | None:
    name, kind, pk = node.text("table"), _kind(node), node.text("pk")
    if name is not None and not _NAME.fullmatch(name):
        reason = f"{name!r} cannot be the name of a table"
        node.at("table").error(reason, "3-255 letters, digits, '_', '-' and '.'")
    if name is None or kind is None or pk is None:
        return None
    table = TableSpec(
        name,
        pk,
        node.optional_text("sk"),
        (),
        _indexes([*node.children("gsis"), *loose]),
        node.texts("satisfies"),
        node.whole_number("estimated_item_size_bytes", least=1),
        kind == _MULTI,
        node.pointer,
    )
    _look_at(node, table)
    table = replace(table, entities=_entities(node, table, strict=strict))
    if table.entities:
        check_keys(table, node.findings)
    return table


def _kind(node: Node) -> str | None:
    kind = node.text("type")
    if kind is None:
        return None
    known = _KINDS.get(kind.lower())
    if known is None:
        node.at("type").error(f"the type {kind!r} is unknown", did_you_mean(kind, _KINDS))
    return known


def _look_at(node: Node, table: TableSpec) -> None:
    if not table.satisfies:
        node.warn(f"table {table.name!r} does not say which access patterns it satisfies", "list them in 'satisfies'")
    if table.estimated_item_size_bytes is None:
        node.warn(f"table {table.name!r} gives no 'estimated_item_size_bytes'")
    for name in table.key_names:
        if len(name.encode()) > _MOST_KEY_NAME_BYTES:
            node.error(f"the key attribute {name[:40]!r}... is longer than {_MOST_KEY_NAME_BYTES} bytes")
    if table.pk == table.sk:
        node.error(f"partition key and sort key are both {table.pk!r}")
    if len(table.indexes) > _MOST_INDEXES:
        node.warn(f"{len(table.indexes)} indexes are more than the {_MOST_INDEXES} that DynamoDB allows by default")
    if sum(len(index.projected_attributes) for index in table.indexes) > _MOST_PROJECTED:
        node.error(f"the indexes of {table.name!r} project more than {_MOST_PROJECTED} attributes in all")


def _indexes(nodes: Sequence[Node]) -> tuple[IndexSpec, ...]:
    found: dict[str, IndexSpec] = {}
    for node in nodes:
        index = _index(node) if node.is_object("an index") else None
        if index is not None and index.name in found:
            node.error(f"there are two indexes {index.name!r}", f"the other is at {found[index.name].pointer}")
        elif index is not None:
            found[index.name] = index
    return tuple(found.values())


def _index(node: Node) -> IndexSpec | None:
    name, pk = node.text("index_name", "name"), node.text("pk")
    projection: Projection = "ALL"
    if node.has("projection"):
        said = node.choice("projection", get_args(Projection))
        projection = next((each for each in get_args(Projection) if each == said), "ALL")
    projected = node.texts("projected_attributes")
    if projection == "INCLUDE" and not projected:
        node.error("an INCLUDE projection names no 'projected_attributes'")
    if projection != "INCLUDE" and projected:
        node.warn(f"'projected_attributes' are not used by a projection of {projection}", "set it to INCLUDE")
        projected = ()
    if name is not None and not _NAME.fullmatch(name):
        node.error(f"{name!r} cannot be the name of an index", "3-255 letters, digits, '_', '-' and '.'")
    if name is None or pk is None:
        return None
    return IndexSpec(name, pk, node.optional_text("sk"), projection, projected, node.pointer)


def _entities(node: Node, table: TableSpec, *, strict: bool) -> tuple[EntitySpec, ...]:
    if not table.is_multi_entity and node.has("source"):
        return _of_documents(node, node, table, table.name)
    if not table.is_multi_entity:
        source = node.text("source_table")
        if source is None:
            return ()
        if node.has("entities"):
            node.at("entities").warn("a single-entity table has 'entities', which are not read", f"is it {_MULTI}?")
        return _one(node, table, table.name, source, strict=strict)
    children = list(node.children("entities"))
    if not children:
        node.error(f"the {_MULTI} table {table.name!r} has no entities", "list them in 'entities'")
    found: dict[str, EntitySpec] = {}
    for child in children:
        if not child.is_object("an entity"):
            continue
        name = child.text("entity_type")
        source = child.optional_text("source", "source_table") or node.optional_text("source_table")
        if source is None:
            child.error("the member 'source_table' is missing", "or 'source', the path of Firestore's documents")
        if name is None or source is None:
            continue
        if name in found:
            child.error(f"there are two entities {name!r}", f"the other is at {found[name].pointer}")
            continue
        is_document = child.has("source")
        for entity in (
            _of_documents(child, node, table, name) if is_document else _one(child, table, name, source, strict=strict)
        ):
            found[name] = entity
    return tuple(found.values())


def _of_documents(node: Node, table_node: Node, table: TableSpec, name: str) -> tuple[EntitySpec, ...]:
    entity, templates = read_document_entity(node, table_node, name), read_templates(node, table)
    if entity is None:
        return ()
    complete = with_keys(table, entity, templates, node.findings)
    check_templates(complete, node)
    return (_with_age(node, complete),)


def _with_age(node: Node, entity: EntitySpec) -> EntitySpec:
    name = node.optional_text("newer_by")
    if name is not None and entity.attribute(name) is None:
        names = [each.name for each in entity.attributes]
        node.at("newer_by").error(f"{name!r} is no attribute of {entity.name!r}", did_you_mean(name, names))
    return replace(entity, newer_by=name)


def _one(node: Node, table: TableSpec, name: str, source: str, *, strict: bool) -> tuple[EntitySpec, ...]:
    if not node.has("attributes"):
        node.error("the member 'attributes' is missing")
        return ()
    before = len(node.findings.errors)
    entity = EntitySpec(name, source, read_attributes(node, source, strict=strict), node.pointer)
    templates = read_templates(node, table)
    # Attributes that could not be read are told of already; without them keys would seem to be missing.
    if len(node.findings.errors) > before:
        return ()
    return (_with_age(node, with_keys(table, entity, templates, node.findings)),)
