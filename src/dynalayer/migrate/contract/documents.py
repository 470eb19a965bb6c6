"""What becomes of the documents of a collection, as a contract says it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Literal, TypeAlias

from msgspec import UNSET, Struct, UnsetType

from .patterns import Pattern

Form = Literal["iso", "millis", "seconds", "list", "number", "text", "shard"]
Nulls = Literal["keep", "absent", "refuse"]
Unknown = Literal["keep", "refuse", "leave"]
Conflict = Literal["refuse", "document", "field"]
Keys = Literal["escaped", "raw"]
Fact = Literal["$id", "$path", "$createTime", "$updateTime", "$snapshotTime"]
DIGITS: Final = 6


class InField(Struct, frozen=True, tag="field"):
    """A field of the document, or one within its maps."""

    names: tuple[str, ...]


class OfPath(Struct, frozen=True, tag="path"):
    """An id of the document's path, by its name in the pattern."""

    name: str


class OfDocument(Struct, frozen=True, tag="document"):
    """What is known of the document beside its fields."""

    fact: Fact


Place: TypeAlias = InField | OfPath | OfDocument


class Rule(Struct, frozen=True):
    """How a value comes from a document: the first of `places` that has one, in a form, checked.

    `form`: times as ISO 8601 texts in UTC with `digits` of a second, or as milliseconds or seconds since 1970; one
    value as a list (a text cut at `separator`, if there is one); a text as a number; a number as a text; a text as the
    number of the shard that entities with `write_shard` give it, of `shards`.
    `nulls` is what becomes of null; what is `required` is neither absent nor null. `type` and `one_of` reject the
    document if the value is another.
    """

    places: tuple[Place, ...] = ()
    form: Form | None = None
    digits: int = DIGITS
    separator: str | None = None
    shards: int | None = None
    type: str | None = None
    nulls: Nulls = "keep"
    default: Any | UnsetType = UNSET
    one_of: tuple[Any, ...] | None = None
    required: bool = False
    elements: Rule | None = None
    members: tuple[tuple[str, Rule], ...] = ()


class Drawn(Struct, frozen=True, tag="drawn"):
    """A value that a rule draws from the document."""

    rule: Rule


class Payload(Struct, frozen=True, tag="payload"):
    """The map of all fields."""


class DocumentSpec(Struct, frozen=True):
    """How documents become items: where they are, their fields, and what becomes of what is not declared.

    `inside` is the attribute that holds the fields as a map; without it they are attributes themselves. `id_field` gets
    the document's id, `id_conflict` says what counts if the document has another value there. `unknown` fields are
    kept as they are, left behind and counted, or reject the document. `keys` are written as entities write them, with
    separators in values escaped, or raw.
    """

    pattern: Pattern
    fields: tuple[tuple[str, Rule], ...] = ()
    inside: str | None = None
    id_field: str | None = None
    id_conflict: Conflict = "refuse"
    unknown: Unknown = "keep"
    keys: Keys = "escaped"

    def rule(self, name: str) -> Rule | None:
        """The rule of a field."""
        return dict(self.fields).get(name)

    def taken(self) -> Iterator[str]:
        """The fields of the document that rules take, by their first name."""
        for _, rule in self.fields:
            for place in rule.places:
                if isinstance(place, InField) and len(place.names) == 1:
                    yield place.names[0]
