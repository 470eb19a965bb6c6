"""Key templates: values to one string key and back, without collisions and in the order of the values."""

from __future__ import annotations

import itertools
import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from dynalayer.protocol import DefinitionError, InvalidValue

from .key_text import ESCAPES, RAW, KeyText, escape, key_text_for, unescape


class Field(msgspec.Struct, frozen=True):
    """A placeholder of a template: an attribute's name, how its value is written into the key, and read out of it.

    `begin` writes the beginning of a text; `is_ordered` tells if the keys are in the order of the values.
    """

    name: str
    write: Callable[[Any], str]
    read: Callable[[str], Any]
    begin: Callable[[str], str]
    is_ordered: bool = True


class Template(msgspec.Struct, frozen=True):
    """A parsed template such as `ORDER#{day}#{id}`."""

    source: str
    parts: tuple[str | Field, ...]
    separators: frozenset[str]

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the attributes in the order of the template."""
        return tuple(part.name for part in self.parts if isinstance(part, Field))

    @property
    def prefix(self) -> str:
        """The literal text before the first attribute; the whole text when there is none."""
        return self.parts[0] if self.parts and isinstance(self.parts[0], str) else ""

    def build(self, values: Mapping[str, Any]) -> str:
        """The key text for these values; raises `InvalidValue` naming the part that cannot be written."""
        text = ""
        for part in self.parts:
            text += part if isinstance(part, str) else self._write(part, values)
        return text

    def begin(self, values: Sequence[object]) -> str:
        """The text up to and with the attribute of the last of these values, which are for the first attributes."""
        text, left = "", list(values)
        for part in self.parts:
            if not left:
                break
            text += part if isinstance(part, str) else self._write(part, {part.name: left.pop(0)})
        return text

    def after(self, count: int) -> str:
        """The literal text right after the first `count` attributes; empty when another or nothing follows."""
        if not count:
            return self.prefix
        rest = self.parts[self._position(count - 1) + 1 :]
        return rest[0] if rest and isinstance(rest[0], str) else ""

    def start(self, values: Sequence[object]) -> str:
        """The text that all keys have in common whose first attributes have these values."""
        return self.begin(values) + self.after(len(values))

    def start_with(self, values: Sequence[object], text: str) -> str:
        """The text that all keys have in common whose next attribute, after these values, begins with `text`."""
        return self.start(values) + self.field(len(values)).begin(text)

    def field(self, number: int) -> Field:
        """The placeholder of that number."""
        return [part for part in self.parts if isinstance(part, Field)][number]

    def _position(self, count: int) -> int:
        """Where in the parts the attribute number `count` is."""
        return [number for number, part in enumerate(self.parts) if isinstance(part, Field)][count]

    def parse(self, text: str) -> dict[str, Any]:
        """The values that `build` was given; raises `InvalidValue` when the text is not of this template."""
        try:
            values = dict(self._read(text))
            if self.build(values) == text:
                return values
        except (ValueError, ArithmeticError, LookupError):
            pass
        raise InvalidValue(f"the key is not of the template {self.source!r}")

    def _read(self, text: str) -> Iterator[tuple[str, Any]]:
        position = 0
        for part, following in itertools.zip_longest(self.parts, self.parts[1:]):
            if isinstance(part, Field):
                end = text.index(following[0], position) if isinstance(following, str) else len(text)
                yield part.name, part.read(text[position:end])
                position = end
            else:
                position += len(part)

    @staticmethod
    def _write(part: Field, values: Mapping[str, Any]) -> str:
        try:
            return part.write(values[part.name])
        except InvalidValue as error:
            raise InvalidValue(f"key part {part.name!r}: {error}") from None


def parse_template(source: str, annotations: Mapping[str, Any]) -> Template:
    """Read a template; `annotations` gives the types of the attributes it may name.

    Raises `DefinitionError` for unknown attributes, types that cannot be part of a key, and places where two
    different tuples of values could give one key.
    """
    parts: list[str | _Placeholder] = []
    for literal, name, spec, conversion in string.Formatter().parse(source):
        if literal:
            parts.append(literal)
        if name is None:
            continue
        if name not in annotations or conversion:
            raise DefinitionError(f"key template {source!r} names {name!r}, which is not an attribute of the key")
        if parts and isinstance(parts[-1], _Placeholder):
            raise DefinitionError(f"key template {source!r} needs a separator between two attributes")
        try:
            parts.append(_Placeholder(name, key_text_for(annotations[name], spec or ""), spec == RAW))
        except TypeError as error:
            raise DefinitionError(f"key template {source!r}: {error}") from None
    if not parts:
        raise DefinitionError("a key template must not be empty")
    separators = _separators(source, parts)
    return Template(source, tuple(_bound(parts, separators)), separators)


class _Placeholder(NamedTuple):
    name: str
    text: KeyText
    is_raw: bool


def _bound(parts: Sequence[str | _Placeholder], separators: frozenset[str]) -> Iterator[str | Field]:
    for part, following in itertools.zip_longest(parts, parts[1:]):
        if not isinstance(part, _Placeholder):
            yield part
        elif part.is_raw:
            yield _raw_field(part, separators if following is not None else frozenset())
        else:
            yield _field(part, separators, inner=isinstance(following, str) and following.startswith("#"))


def _field(placeholder: _Placeholder, separators: frozenset[str], *, inner: bool) -> Field:
    text = placeholder.text

    def write(value: Any) -> str:
        written = text.write(value)
        # No separator and no escape character is a letter or a digit, so most values are already what they become.
        return written if written.isalnum() else escape(written, separators, inner=inner)

    def begin(start: str) -> str:
        return escape(start, separators, inner=inner)

    return Field(placeholder.name, write, lambda written: text.read(unescape(written, separators)), begin)


def _raw_field(placeholder: _Placeholder, refused: frozenset[str]) -> Field:
    """A value that stands in the key as it is; what would end it too early is refused, since nothing is escaped."""
    text = placeholder.text

    def begin(start: str) -> str:
        for separator in refused:
            if separator in start:
                raise InvalidValue(f"it stands raw in the key and must not contain {separator!r}, which ends it there")
        return start

    def write(value: Any) -> str:
        return begin(text.write(value))

    return Field(placeholder.name, write, text.read, begin, text.is_ordered)


def _separators(source: str, parts: Sequence[str | _Placeholder]) -> frozenset[str]:
    after_fields = {
        following[0]
        for part, following in itertools.pairwise(parts)
        if isinstance(part, _Placeholder) and isinstance(following, str)
    }
    unknown = after_fields - ESCAPES.keys()
    if unknown:
        raise DefinitionError(
            f"key template {source!r} separates with {min(unknown)!r}; use one of {' '.join(ESCAPES)}"
        )
    return frozenset(after_fields | {"#"})


def may_meet(first: Template, second: Template) -> bool:
    """True if some key of one template could be a key, or begin like a key, of the other."""
    if first.separators != second.separators:
        return _prefixes_meet(first.prefix, second.prefix)
    ours, theirs = _segments(first), _segments(second)
    return all(_segment_meets(a, b) for a, b in zip(ours, theirs, strict=False))


def _prefixes_meet(first: str, second: str) -> bool:
    return first.startswith(second) or second.startswith(first)


def _segments(template: Template) -> list[str]:
    """The template cut after its separators, with a NUL in the place of each attribute."""
    marks = "".join("\0" if isinstance(part, Field) else part for part in template.parts)
    for separator in template.separators:
        marks = marks.replace(separator, separator + "\1")
    return marks.split("\1")


def _segment_meets(first: str, second: str) -> bool:
    open_first, open_second = "\0" in first, "\0" in second
    if not open_first and not open_second:
        return first == second
    return _prefixes_meet(first.partition("\0")[0], second.partition("\0")[0])
