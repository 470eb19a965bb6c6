"""Reading an entity whose items are made of documents."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeVar, get_args

from msgspec import UNSET

from .documents import (
    DIGITS,
    Conflict,
    DocumentSpec,
    Drawn,
    Fact,
    Form,
    InField,
    Keys,
    Nulls,
    OfDocument,
    OfPath,
    Payload,
    Place,
    Rule,
    Unknown,
)
from .findings import did_you_mean
from .model import AttributeSpec, AttributeType, EntitySpec
from .nodes import Node
from .patterns import BadPattern, Pattern, parse_pattern
from .values import Static

_TYPES: Final = get_args(AttributeType)
_MOST_DIGITS: Final = 9
_MEMBERS: Final = frozenset(
    {
        "as",
        "default",
        "digits",
        "elements",
        "from",
        "justification",
        "members",
        "name",
        "null",
        "one_of",
        "required",
        "separator",
        "shards",
        "type",
    }
)
_STEP: Final = re.compile(r"`((?:[^`]|``)+)`|([^.`]+)")
T = TypeVar("T", bound=str)


def read_document_entity(node: Node, table: Node, name: str) -> EntitySpec | None:
    """The entity without its keys; None, with what is wrong noted."""
    before = len(node.findings.errors)
    pattern, inside = _pattern(node), node.optional_text("inside") or table.optional_text("inside")
    if pattern is None:
        return None
    fields = tuple(_rules(node, "fields", pattern, own=True))
    spec = DocumentSpec(
        pattern,
        fields,
        inside,
        node.optional_text("id"),
        _choice(node, "id_conflict", get_args(Conflict), "refuse"),
        _choice(node, "unknown_fields", get_args(Unknown), "keep" if inside else "refuse"),
        _choice(node if node.has("keys") else table, "keys", get_args(Keys), "escaped"),
    )
    if not inside and spec.unknown == "keep":
        node.error("fields that are not declared cannot be kept beside the attributes", "say 'inside', or declare them")
    attributes = [*_attributes(node, pattern), *_own(node, spec)]
    _check_names(node, attributes)
    if len(node.findings.errors) > before:
        return None
    return EntitySpec(name, pattern.text, tuple(attributes), node.pointer, spec)


def _pattern(node: Node) -> Pattern | None:
    text = node.text("source")
    if text is None:
        return None
    try:
        return parse_pattern(text)
    except BadPattern as error:
        node.at("source").error(str(error))
        return None


def _own(node: Node, spec: DocumentSpec) -> Iterator[AttributeSpec]:
    """The attributes that hold the fields."""
    if spec.inside:
        yield AttributeSpec(spec.inside, "M", Payload(), pointer=node.pointer)
        return
    for name, rule in spec.fields:
        pointer = f"{node.pointer}/fields/{name}"
        if rule.type is None:
            node.findings.error(pointer, f"the field {name!r} has no type", "an attribute of its own needs one")
            continue
        yield AttributeSpec(name, _type(rule.type), Drawn(rule), pointer=pointer)
    if spec.id_field and spec.rule(spec.id_field) is None:
        yield AttributeSpec(spec.id_field, "S", Drawn(Rule((OfDocument("$id"),), type="S")), pointer=node.pointer)


def _type(word: str) -> AttributeType:
    return next(each for each in _TYPES if each == word)


def _check_names(node: Node, attributes: Sequence[AttributeSpec]) -> None:
    seen: set[str] = set()
    for each in attributes:
        if each.name in seen:
            node.error(f"there are two attributes {each.name!r}")
        seen.add(each.name)


def _attributes(node: Node, pattern: Pattern) -> Iterator[AttributeSpec]:
    """The attributes beside the fields; a value that is the same for all is `value`."""
    if not node.has("attributes"):
        return
    for child, name in _named(node.at("attributes")):
        if not child.is_object("an attribute"):
            continue
        type_ = child.choice("type", _TYPES)
        if child.has("value"):
            value: Static | Drawn = Static(child.value["value"])
        else:
            value = Drawn(_rule(child, pattern, name, own=False))
        if type_ is not None:
            yield AttributeSpec(name, _type(type_), value, pointer=child.pointer)


def _named(node: Node) -> Iterator[tuple[Node, str]]:
    if isinstance(node.value, dict):
        yield from ((node.at(name), name) for name in node.value)
    elif isinstance(node.value, list):
        for number in range(len(node.value)):
            child = node.at(number)
            name = child.text("name") if child.is_object("an attribute") else None
            if name is not None:
                yield child, name
    else:
        node.error("attributes must be a list or an object")


def _rules(node: Node, member: str, pattern: Pattern | None, *, own: bool) -> Iterator[tuple[str, Rule]]:
    if not node.has(member):
        return
    inner = node.at(member)
    if not inner.is_object(member):
        return
    for name in inner.value:
        child = inner.at(name)
        if child.is_object("a field"):
            yield name, _rule(child, pattern, name, own=own)


def _rule(node: Node, pattern: Pattern | None, name: str, *, own: bool) -> Rule:
    for member in node.value:
        if member not in _MEMBERS:
            node.at(member).error(f"{member!r} is no member of a field", did_you_mean(member, _MEMBERS))
    places = tuple(_places(node, pattern))
    if not node.has("from"):
        if not own and "default" not in node.value:
            node.error(
                "the member 'from' is missing", "name a field, $createTime, {an id of the path}, or give a value"
            )
        places = (InField((name,)),) if own else ()
    inner, form = node.at("elements") if node.has("elements") else None, _optional(node, "as", get_args(Form))
    if form == "shard" and not node.has("shards"):
        node.error("the member 'shards' is missing", "say of how many, as the entity's write_shard does")
    return Rule(
        places,
        form,
        _digits(node),
        node.optional_text("separator"),
        node.whole_number("shards", least=1),
        _optional(node, "type", _TYPES),
        _choice(node, "null", get_args(Nulls), "keep"),
        node.value.get("default", UNSET),
        _one_of(node),
        node.flag("required"),
        _rule(inner, None, "", own=True) if inner is not None and inner.is_object("elements") else None,
        tuple(_rules(node, "members", None, own=True)),
    )


def _digits(node: Node) -> int:
    digits = node.whole_number("digits", least=0)
    if digits is not None and digits > _MOST_DIGITS:
        node.at("digits").error(f"a second has at most {_MOST_DIGITS} digits here")
    return DIGITS if digits is None else digits


def _one_of(node: Node) -> tuple[Any, ...] | None:
    if not node.has("one_of"):
        return None
    value = node.value["one_of"]
    if not isinstance(value, list) or not value:
        node.at("one_of").error("'one_of' must be a list of values that is not empty")
        return None
    return tuple(value)


def _optional(node: Node, name: str, choices: Sequence[T]) -> T | None:
    if not node.has(name):
        return None
    word = node.choice(name, choices)
    return next((each for each in choices if each == word), None)


def _choice(node: Node, name: str, choices: Sequence[T], default: T) -> T:
    return _optional(node, name, choices) or default


def _places(node: Node, pattern: Pattern | None) -> Iterator[Place]:
    for text in node.texts("from"):
        place = _place(node, text, pattern)
        if place is not None:
            yield place


def _place(node: Node, text: str, pattern: Pattern | None) -> Place | None:
    member = node.at("from")
    if text.startswith("$"):
        fact = next((each for each in get_args(Fact) if each == text), None)
        if fact is None or pattern is None:
            member.error(f"{text!r} is not known of a document", did_you_mean(text, get_args(Fact)))
            return None
        return OfDocument(fact)
    if text.startswith("{") and text.endswith("}"):
        known = () if pattern is None else pattern.variables
        if text[1:-1] not in known:
            member.error(f"{text!r} is no id of the path", did_you_mean(text[1:-1], known))
            return None
        return OfPath(text[1:-1])
    names = field_path(text)
    if names is None:
        member.error(f"{text!r} is no path of a field", "names with dots stand in backticks: `a.b`.c")
        return None
    return InField(names)


def field_path(text: str) -> tuple[str, ...] | None:
    """The names of a path such as `author.name`; a name with a dot in it stands in backticks."""
    names: list[str] = []
    position = 0
    while True:
        found = _STEP.match(text, position)
        if found is None:
            return None
        names.append((found.group(1) or found.group(2)).replace("``", "`"))
        if found.end() == len(text):
            return tuple(names)
        if text[found.end()] != ".":
            return None
        position = found.end() + 1


def path_text(names: Sequence[str]) -> str:
    """A path as `field_path` reads it."""
    return ".".join(
        f"`{each.replace('`', '``')}`" if re.search(r"[.`]|^[${]", each) or not each else each for each in names
    )


def check_templates(entity: EntitySpec, node: Node) -> None:
    """Key templates name ids of the path, attributes or declared fields."""
    spec = entity.document
    if spec is None:
        return
    known = {*spec.pattern.variables, *(each.name for each in entity.attributes), *(name for name, _ in spec.fields)}
    known |= {spec.id_field} if spec.id_field else set()
    for attribute in entity.attributes:
        names = getattr(attribute.value, "names", ())
        for name in names:
            if name not in known:
                node.findings.error(
                    attribute.pointer, f"{name!r} is no id, attribute or field", did_you_mean(name, known)
                )


__all__ = ["check_templates", "field_path", "path_text", "read_document_entity"]
