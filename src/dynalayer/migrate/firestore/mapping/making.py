"""Making an item of a document: the one way for backfill, comparison and repair."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from msgspec import Struct

from dynalayer.migrate.contract import AttributeSpec, DocumentSpec, Drawn, EntitySpec, Payload, TableSpec, key_names
from dynalayer.migrate.contract.templates import template_text
from dynalayer.migrate.contract.values import Static, Template
from dynalayer.migrate.firestore.values import Document
from dynalayer.migrate.items import Policies, Rejected, check_size, key_rule
from dynalayer.protocol import InvalidValue, Item, Value
from dynalayer.schema import parse_key_template

from .drawing import Found, drawn, kept

KeyMaker = Callable[[Mapping[str, str], Mapping[str, Value]], str | None]
"""Makes a key's text of the ids of the path and of attributes and fields; None where one of them is missing."""


class DocumentPlan(Struct, frozen=True):
    """How the documents of a collection become items."""

    table: TableSpec
    entity: EntitySpec
    spec: DocumentSpec

    @property
    def name(self) -> str:
        """The name of the entity among those of all tables."""
        return f"{self.table.name}/{self.entity.name}"


class DocumentMaker:
    """Makes the items of one entity; `notes` counts how often each policy changed a value of an attribute."""

    def __init__(self, plan: DocumentPlan, policies: Policies | None = None) -> None:
        self.plan = plan
        self.notes: Counter[tuple[str, str]] = Counter()
        self._policies = policies or Policies()
        self._taken = frozenset(plan.spec.taken())
        keys = key_names(plan.table)
        own_keys = [each for each in plan.entity.attributes if each.name in keys]
        self._key_rules = [key_rule(plan.table, each.name) for each in own_keys]
        self._key_makers = {
            each.name: _key_maker(plan, each.value) for each in own_keys if isinstance(each.value, Template)
        }
        # The document's id is put among the fields when all of them are made, unless a rule makes it.
        own = None if plan.spec.inside or plan.spec.rule(plan.spec.id_field or "") else plan.spec.id_field
        self._plain = [
            each for each in plan.entity.attributes if not isinstance(each.value, Template) and each.name != own
        ]

    def key_of(self, row: Document) -> tuple[Any, ...]:
        """The path of the document."""
        return (row.path,)

    def make(self, row: Document) -> Item:
        """The item in DynamoDB's JSON; raises `Rejected`."""
        if row.unreadable:
            raise Rejected(row.unreadable)
        variables = self.plan.spec.pattern.match(row.segments)
        if variables is None:
            raise Rejected(f"the document is not at {self.plan.spec.pattern.text}")
        found = Found(row, variables, self._policies, self._note)
        inside = self.plan.spec.inside
        if inside is None:
            self._unknown(row)
        values: dict[str, Value] = {}
        made = {each.name: value for each in self._plain if (value := self._value(each, found)) is not None}
        self._identify(made if inside is None else made[inside]["M"], found)
        values = made | made[inside]["M"] if inside is not None else made
        item: Item = {}
        for name, maker in self._key_makers.items():
            try:
                key = maker(variables, values)
            except InvalidValue as error:
                raise Rejected(str(error), name) from None
            if key is not None:
                item[name] = {"S": key}
        item |= made
        for rule in self._key_rules:
            rule.check(item)
        check_size(item)
        return item

    def _note(self, attribute: str, policy: str) -> None:
        self.notes[attribute, policy] += 1

    def _value(self, attribute: AttributeSpec, found: Found) -> Value | None:
        value = attribute.value
        if isinstance(value, Static):
            return kept(value.value, attribute.name, found, 1)
        if isinstance(value, Payload):
            return {"M": self._payload(found)}
        assert isinstance(value, Drawn)
        made = drawn(value.rule, attribute.name, found, 1)
        if made is not None and attribute.type not in made and "NULL" not in made:
            raise Rejected(
                f"it is of type {next(iter(made))}, and the contract declares {attribute.type}", attribute.name
            )
        return made

    def _payload(self, found: Found) -> dict[str, Value]:
        """The declared fields in their order, then the others by name: the same document gives the same bytes."""
        if "" in found.document.fields:
            raise Rejected("the document has a field without a name, which DynamoDB does not allow")
        made: dict[str, Value] = {}
        for name, rule in self.plan.spec.fields:
            value = drawn(rule, name, found, 2)
            if value is not None:
                made[name] = value
        for name in sorted(self._unknown(found.document)):
            value = kept(found.document.fields[name], name, found, 2)
            if name in made and value not in (made[name], {"NULL": True}):
                raise Rejected(
                    "the contract makes it of something else, and the document has another value in it", name
                )
            if value is not None:
                made.setdefault(name, value)
        return made

    def _unknown(self, document: Document) -> frozenset[str]:
        """The fields that no rule takes and that are to be kept; what is left behind is noted."""
        names = document.fields.keys() - self._taken - {self.plan.spec.id_field}
        if not names or self.plan.spec.unknown == "keep":
            return frozenset(names)
        if self.plan.spec.unknown == "refuse":
            raise Rejected("the contract does not declare this field, and does not say 'unknown_fields'", min(names))
        for name in names:
            self._note(name, "left_behind")
        return frozenset()

    def _identify(self, fields: dict[str, Value], found: Found) -> None:
        """Put the document's id among the fields, and see to another that is there."""
        name, policy, document = self.plan.spec.id_field, self.plan.spec.id_conflict, found.document
        if name is None:
            return
        held = fields.get(name) or self._raw(name, found)
        if held is not None and held != {"S": document.id} and "NULL" not in held:
            if policy == "refuse":
                raise Rejected(
                    "the document has another id in it than its own; choose by 'id_conflict' which counts", name
                )
            self._note(name, f"id_conflict_{policy}")
            if policy == "field":
                fields[name] = held
                return
        fields[name] = {"S": document.id}

    def _raw(self, name: str, found: Found) -> Value | None:
        fields = found.document.fields
        return kept(fields[name], name, found, 2) if name in fields and name not in self._taken else None


def _key_maker(plan: DocumentPlan, template: Template) -> KeyMaker:
    names, text = template.names, template_text(template)

    def values_of(variables: Mapping[str, str], values: Mapping[str, Value]) -> dict[str, Any] | None:
        found: dict[str, Any] = {}
        for name in names:
            value = variables.get(name) or _plain(values.get(name), name)
            if value is None:
                return None
            found[name] = value
        return found

    if plan.spec.keys == "raw":
        return lambda variables, values: _raw_key(template, values_of(variables, values))
    types = {name: Decimal if _type_of(plan, name) == "N" else str for name in names}
    parsed = parse_key_template(text, types)

    def build(variables: Mapping[str, str], values: Mapping[str, Value]) -> str | None:
        found = values_of(variables, values)
        return None if found is None else parsed.build(found)

    return build


def _raw_key(template: Template, values: Mapping[str, Any] | None) -> str | None:
    if values is None:
        return None
    return "".join(part if isinstance(part, str) else str(values[part.name]) for part in template.parts)


def _type_of(plan: DocumentPlan, name: str) -> str | None:
    if name in plan.spec.pattern.variables:
        return "S"
    rule, attribute = plan.spec.rule(name), plan.entity.attribute(name)
    return rule.type if rule is not None else attribute.type if attribute is not None else "S"


def _plain(value: Value | None, name: str) -> Any:
    if value is None or "NULL" in value:
        return None
    ((kind, content),) = value.items()
    if kind == "N":
        return Decimal(content)
    if kind != "S":
        raise InvalidValue(f"key part {name!r} is of type {kind}, only texts and numbers can be part of a key")
    return content
