"""A contract in its one form as a document, which read again is the same contract."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from .document_printing import document_entity
from .model import AttributeSpec, Contract, EntitySpec, IndexSpec, TableSpec
from .templates import template_text
from .values import (
    Aggregate,
    Case,
    Column,
    Concat,
    DateMath,
    JsonConstruction,
    Static,
    Template,
    Transformation,
    Value,
)


def normalised(contract: Contract) -> dict[str, Any]:
    """The contract as a document of the newer dialect, with every key an attribute."""
    tables = {"tables": [_table(table) for table in contract.tables]}
    return tables | {"ignore": list(contract.ignored)} if contract.ignored else tables


def _table(table: TableSpec) -> dict[str, Any]:
    document: dict[str, Any] = {
        "table": table.name,
        "type": "multi-entity" if table.is_multi_entity else "single-entity",
        "pk": table.pk,
        "sk": table.sk,
        "gsis": [_index(index) for index in table.indexes],
        "satisfies": list(table.satisfies),
    }
    if table.estimated_item_size_bytes is not None:
        document["estimated_item_size_bytes"] = table.estimated_item_size_bytes
    if table.is_multi_entity:
        return document | {"entities": [{"entity_type": each.name, **_entity(each)} for each in table.entities]}
    return document | _entity(table.entities[0])


def _index(index: IndexSpec) -> dict[str, Any]:
    document: dict[str, Any] = {
        "index_name": index.name,
        "pk": index.pk,
        "sk": index.sk,
        "projection": index.projection,
    }
    if index.projected_attributes:
        document["projected_attributes"] = list(index.projected_attributes)
    return document


def _entity(entity: EntitySpec) -> dict[str, Any]:
    age = {} if entity.newer_by is None else {"newer_by": entity.newer_by}
    if entity.document is not None:
        return age | document_entity(entity, entity.document)
    attributes = [_attribute(each, entity.source_table) for each in entity.attributes]
    return {"source_table": entity.source_table, **age, "attributes": attributes}


def _attribute(attribute: AttributeSpec, source_table: str) -> dict[str, Any]:
    document: dict[str, Any] = {"name": attribute.name, "type": attribute.type, "source_table": source_table}
    document |= _value(attribute.value)
    if attribute.transformation is not None:
        document["transformation"] = _transformation(attribute.transformation)
    if attribute.denormalized:
        document["denormalized"] = True
    if attribute.justification:
        document["justification"] = attribute.justification
    return document


def _value(value: Value) -> dict[str, Any]:
    match value:
        case Column():
            return {"source_column": value.column}
        case Static(None):
            return {}
        case Static():
            return {"transformation": {"type": "static", "value": value.value}}
        case Template():
            return {"transformation": {"type": "template", "template": template_text(value)}}
        case Aggregate() | Concat() | DateMath():
            return {"calculation": _plain(value)}
        case Case():
            cases = [{"when": each.when, "then": each.then} for each in value.cases]
            return {"calculation": {"type": "case", "cases": cases, "else": value.otherwise}}
        case JsonConstruction():
            return {"join": _construction(value)}
        case _:
            return {"join": _plain(value)}


def _construction(value: JsonConstruction) -> dict[str, Any]:
    inner = {
        "type": value.kind,
        "select_columns": dict(value.select_columns),
        "limit": value.limit,
        "order_by": value.order_by,
    }
    return {
        "type": "json-construction",
        "target_table": value.target_table,
        "join_condition": value.join_condition,
        "construction": {name: member for name, member in inner.items() if member is not None},
    }


def _transformation(transformation: Transformation) -> dict[str, Any]:
    return _plain(transformation)


def _plain(struct: Struct) -> dict[str, Any]:
    members: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(struct))
    return {name: member for name, member in members.items() if member is not None}
