"""Giving every entity its key attributes: explicit ones, templates, composites, or a source column of that name."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from .findings import Findings, did_you_mean
from .model import KEY_TYPES, AttributeSpec, AttributeType, EntitySpec, IndexSpec, TableSpec
from .nodes import Node
from .sources import read_template
from .templates import composite, is_composite, template_text
from .values import Column, Template

_SUFFIX: Final = "_template"


def read_templates(node: Node, table: TableSpec) -> dict[str, tuple[Template, str]]:
    """The templates of an entity by the key attribute that they give, each with its place."""
    wanted = {name.lower(): name for name in key_names(table)}
    roles = {"pk": table.pk, "sk": table.sk}
    for index in table.indexes:
        roles |= {f"{index.name.lower()}_pk": index.pk, f"{index.name.lower()}_sk": index.sk}
    found: dict[str, tuple[Template, str]] = {}
    for member in node.value:
        if not member.endswith(_SUFFIX) or node.value[member] is None:
            continue
        stem = member.removesuffix(_SUFFIX).lower()
        name = roles.get(stem) or wanted.get(stem)
        if name is None:
            node.at(member).error(f"{member!r} belongs to no key of the table", did_you_mean(stem, [*roles, *wanted]))
            continue
        template = read_template(node, member)
        if template is not None:
            found[name] = template, node.at(member).pointer
    return found


def key_names(table: TableSpec) -> list[str]:
    """The attributes of the table's key and of its indexes' keys, each once."""
    names = [*table.key_names, *(name for index in table.indexes for name in index.key_names)]
    return list(dict.fromkeys(names))


def with_keys(
    table: TableSpec, entity: EntitySpec, templates: dict[str, tuple[Template, str]], findings: Findings
) -> EntitySpec:
    """The entity with an attribute for each key that it has; a missing key of the table is an error."""
    attributes = {attribute.name: attribute for attribute in entity.attributes}
    values = [attribute.value for attribute in entity.attributes]
    for name in key_names(table):
        explicit, template = attributes.get(name), templates.get(name)
        if explicit is not None:
            if template is not None:
                _compare(explicit, template, findings)
            continue
        made = _made(table, entity, name, template)
        if made is not None:
            attributes[name] = made
            if made.value == Column(entity.source_table, name) and made.value not in values:
                findings.warn(
                    entity.pointer,
                    f"the key {name!r} is no attribute, so it is taken to be the column of {entity.source_table!r}",
                    "declare it as an attribute with its type",
                )
        elif name in table.key_names:
            hint = did_you_mean(name, attributes)
            findings.error(
                entity.pointer, f"entity {entity.name!r} has no attribute and no template for {name!r}", hint
            )
    complete = replace(entity, attributes=tuple(attributes.values()))
    _check_cycles(complete, findings)
    return complete


def _made(
    table: TableSpec, entity: EntitySpec, name: str, template: tuple[Template, str] | None
) -> AttributeSpec | None:
    if template is not None:
        return AttributeSpec(name, "S", template[0], pointer=template[1])
    if is_composite(name):
        return AttributeSpec(name, "S", composite(name), pointer=entity.pointer)
    known = next((each for each in entity.attributes if each.value == Column(entity.source_table, name)), None)
    if known is not None:
        return replace(known, name=name)
    if table.is_multi_entity or entity.document is not None:
        return None
    return AttributeSpec(name, "S", Column(entity.source_table, name), pointer=entity.pointer)


def _compare(explicit: AttributeSpec, template: tuple[Template, str], findings: Findings) -> None:
    said, pointer = template
    value = explicit.value
    same = value == said or (isinstance(value, Column) and said.names == (value.column,) and len(said.parts) == 1)
    if not same:
        findings.warn(
            pointer,
            f"the template {template_text(said)!r} says {explicit.name!r} otherwise than the attribute of that name",
            f"the attribute at {explicit.pointer} is used; take one of them away",
        )


def _check_cycles(entity: EntitySpec, findings: Findings) -> None:
    templates = {each.name: each.value for each in entity.attributes if isinstance(each.value, Template)}

    def leads_to(name: str, start: str, seen: set[str]) -> bool:
        inner = [each for each in templates[name].names if each in templates and each != name]
        if start in inner:
            return True
        return any(leads_to(each, start, {*seen, each}) for each in inner if each not in seen)

    for name in templates:
        if leads_to(name, name, {name}):
            pointer = next(each.pointer for each in entity.attributes if each.name == name)
            findings.error(pointer, f"the template of {name!r} leads back to itself")


def check_keys(table: TableSpec, findings: Findings) -> None:
    """Key attributes are of a type that keys may have, the same in all entities, and every index has some entity."""
    for name in key_names(table):
        types: dict[AttributeType, str] = {}
        for entity in table.entities:
            attribute = entity.attribute(name)
            if attribute is None:
                continue
            types.setdefault(attribute.type, entity.name)
            if attribute.type not in KEY_TYPES:
                reason = f"the key attribute {name!r} is of type {attribute.type}"
                findings.error(attribute.pointer, reason, "keys are S, N or B")
        if len(types) > 1:
            told = ", ".join(f"{type_} in {entity!r}" for type_, entity in types.items())
            findings.error(table.pointer, f"the key attribute {name!r} has several types: {told}", "make them the same")
    for index in table.indexes:
        _check_index(table, index, findings)


def _check_index(table: TableSpec, index: IndexSpec, findings: Findings) -> None:
    everything = {each.name for entity in table.entities for each in entity.attributes}
    for name in index.key_names:
        if name not in everything:
            reason = f"no entity has the attribute {name!r} of index {index.name!r}"
            findings.error(index.pointer, reason, did_you_mean(name, everything))
    for name in index.projected_attributes:
        if name not in everything:
            reason = f"index {index.name!r} projects {name!r}, which no entity has"
            findings.error(index.pointer, reason, did_you_mean(name, everything))
