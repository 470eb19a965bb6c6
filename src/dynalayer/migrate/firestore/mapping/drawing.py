"""Drawing a value from a document by a rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import Struct, UnsetType

from dynalayer.migrate.contract import InField, OfPath, Rule
from dynalayer.migrate.contract.documents import Fact, Place
from dynalayer.migrate.firestore.values import Document
from dynalayer.migrate.items import Notes, Policies, Rejected, Unconvertible, convert
from dynalayer.protocol import Value

from .forms import formed
from .values import attribute_value, check_names

MISSING: Final = object()
_SETS: Final = frozenset({"SS", "NS", "BS"})
_FACTS: Final[Mapping[Fact, Callable[[Document], Any]]] = {
    "$id": lambda document: document.id,
    "$path": lambda document: document.path,
    "$createTime": lambda document: document.create_time,
    "$updateTime": lambda document: document.update_time,
    "$snapshotTime": lambda document: document.snapshot_time,
}


class Found(Struct):
    """A document, the ids of its path by their names, and how values that DynamoDB has no equal for are dealt with."""

    document: Document
    variables: Mapping[str, str]
    policies: Policies
    note: Callable[[str, str], None]

    def noting(self, name: str) -> Notes:
        """Notes for one attribute."""
        return lambda policy: self.note(name, policy)


def drawn(rule: Rule, name: str, found: Found, depth: int) -> Value | None:
    """The attribute value of a rule, None to leave it out; raises `Rejected`. A map or list lies at `depth`."""
    value: Any = MISSING
    for place in rule.places:
        one = _at(place, found)
        # A null counts only if none of the others has a value.
        value = one if value is MISSING or (one is not MISSING and one is not None) else value
        if value is not MISSING and value is not None:
            break
    return ruled(value, rule, name, found, depth)


def kept(value: Any, name: str, found: Found, depth: int) -> Value | None:
    """The attribute value of a value that no rule speaks of; raises `Rejected`."""
    try:
        return attribute_value(value, found.policies, found.noting(name), depth)
    except Unconvertible as error:
        raise Rejected(str(error), name) from None


def ruled(value: Any, rule: Rule, name: str, found: Found, depth: int) -> Value | None:
    """The attribute value that a rule makes of a value, or of none; raises `Rejected`."""
    try:
        if value is None:
            value = _null(rule)
        if value is MISSING:
            value = MISSING if isinstance(rule.default, UnsetType) else rule.default
        if value is MISSING:
            if rule.required:
                raise Unconvertible("it is required, and the document has none")
            return None
        if value is None:
            return {"NULL": True}
        return _checked(_made(formed(value, rule), rule, name, found, depth), rule)
    except Unconvertible as error:
        raise Rejected(str(error), name) from None


def _null(rule: Rule) -> Any:
    if rule.nulls == "refuse":
        raise Unconvertible("it is null")
    return None if rule.nulls == "keep" and not rule.required else MISSING


def _made(value: Any, rule: Rule, name: str, found: Found, depth: int) -> Value | None:
    if rule.one_of is not None and not any(_same(value, each) for each in rule.one_of):
        raise Unconvertible(f"its value is none of {', '.join(map(repr, rule.one_of))}")
    if rule.type in _SETS:
        elements = value if isinstance(value, list) else [value]
        return convert(elements, rule.type, None, found.policies, found.noting(name))  # type: ignore[arg-type]
    if rule.elements is not None and isinstance(value, list):
        inner = rule.elements
        made = (ruled(each, inner, f"{name}[{number}]", found, depth + 1) for number, each in enumerate(value))
        return {"L": [{"NULL": True} if each is None else each for each in made]}
    if rule.members and isinstance(value, dict):
        return _map(value, rule, name, found, depth)
    return attribute_value(value, found.policies, found.noting(name), depth)


def _same(one: Any, other: Any) -> bool:
    """Equal, and not only because true counts as 1."""
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _map(value: dict[str, Any], rule: Rule, name: str, found: Found, depth: int) -> Value:
    """A map: the members that have rules by those, the others as they are."""
    check_names(value)
    made: dict[str, Value] = {}
    taken: set[str] = set()
    for member, inner in rule.members:
        sources = [place.names for place in inner.places if isinstance(place, InField)]
        taken |= {names[0] for names in sources if len(names) == 1}
        held = next(
            (each for each in (_within(value, names) for names in sources) if each not in (MISSING, None)), None
        )
        if held is None:
            held = None if any(_within(value, names) is None for names in sources) else MISSING
        one = ruled(held, inner, f"{name}.{member}", found, depth + 1)
        if one is not None:
            made[member] = one
    for member in sorted(value.keys() - taken - made.keys()):
        other = kept(value[member], f"{name}.{member}", found, depth + 1)
        if other is not None:
            made[member] = other
    return {"M": made}


def _checked(value: Value | None, rule: Rule) -> Value | None:
    if value is not None and rule.type is not None and rule.type not in value:
        (kind,) = value
        hint = {"SN": "; 'as': 'number' reads it", "NS": "; 'as': 'text' writes it"}.get(kind + rule.type, "")
        raise Unconvertible(f"it is of type {kind}, and the contract declares {rule.type}{hint}")
    return value


def _at(place: Place, found: Found) -> Any:
    if isinstance(place, InField):
        return _within(found.document.fields, place.names)
    if isinstance(place, OfPath):
        return found.variables[place.name]
    value = _FACTS[place.fact](found.document)
    return MISSING if value is None else value


def _within(value: Any, names: tuple[str, ...]) -> Any:
    for name in names:
        if not isinstance(value, dict) or name not in value:
            return MISSING
        value = value[name]
    return value
