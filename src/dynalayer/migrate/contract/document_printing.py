"""An entity that is made of documents, as a document of a contract."""

from __future__ import annotations

from typing import Any

from msgspec import UnsetType

from .document_reading import path_text
from .documents import DIGITS, DocumentSpec, Drawn, InField, OfPath, Place, Rule
from .model import EntitySpec
from .templates import template_text
from .values import Static, Template


def document_entity(entity: EntitySpec, spec: DocumentSpec) -> dict[str, Any]:
    """The entity as it can be read again: keys by their templates, fields and attributes by their rules."""
    fields = {name for name, _ in spec.fields} | {spec.id_field}
    printed: dict[str, Any] = {"source": spec.pattern.text, "inside": spec.inside, "id": spec.id_field}
    printed |= {"id_conflict": spec.id_conflict, "unknown_fields": spec.unknown, "keys": spec.keys}
    attributes: dict[str, Any] = {}
    for each in entity.attributes:
        if isinstance(each.value, Template):
            printed[f"{each.name}_template"] = template_text(each.value)
        elif isinstance(each.value, Static):
            attributes[each.name] = {"type": each.type, "value": each.value.value}
        elif isinstance(each.value, Drawn) and (spec.inside or each.name not in fields):
            attributes[each.name] = {**_rule(each.value.rule), "type": each.type}
    printed |= {"attributes": attributes, "fields": {name: _rule(rule) for name, rule in spec.fields}}
    return {name: member for name, member in printed.items() if member is not None}


def _rule(rule: Rule) -> dict[str, Any]:
    printed: dict[str, Any] = {
        "from": [_place(place) for place in rule.places] or None,
        "as": rule.form,
        "digits": None if rule.digits == DIGITS else rule.digits,
        "separator": rule.separator,
        "shards": rule.shards,
        "type": rule.type,
        "null": None if rule.nulls == "keep" else rule.nulls,
        "one_of": None if rule.one_of is None else list(rule.one_of),
        "required": rule.required or None,
        "elements": None if rule.elements is None else _rule(rule.elements) | {"from": None},
        "members": {name: _rule(inner) for name, inner in rule.members} or None,
    }
    found = {name: member for name, member in printed.items() if member is not None}
    return found if isinstance(rule.default, UnsetType) else found | {"default": rule.default}


def _place(place: Place) -> str:
    if isinstance(place, InField):
        return path_text(place.names)
    return f"{{{place.name}}}" if isinstance(place, OfPath) else place.fact
