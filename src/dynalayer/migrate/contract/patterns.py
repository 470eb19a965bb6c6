"""Paths of documents, such as `users/{userId}/posts/{postId}`: which documents fit, and what their ids are called."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

_VARIABLE: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


class BadPattern(ValueError):
    """A text that is no pattern of documents."""


class Pattern(Struct, frozen=True):
    """Collections by name, and between them documents by id or by a name for any id."""

    text: str
    collections: tuple[str, ...]
    documents: tuple[str, ...]
    """The ids; one that stands for any is in braces."""

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of ids, in order."""
        return tuple(each[1:-1] for each in self.documents if each.startswith("{"))

    @property
    def shape(self) -> str:
        """The collection that the documents lie in, with `*` for every id above it."""
        return shape_of([each for pair in zip(self.collections, self.documents, strict=True) for each in pair])

    def match(self, segments: Sequence[str]) -> dict[str, str] | None:
        """The ids by their names; None for a document that does not fit."""
        if len(segments) != 2 * len(self.collections) or tuple(segments[::2]) != self.collections:
            return None
        found: dict[str, str] = {}
        for name, id_ in zip(self.documents, segments[1::2], strict=True):
            if name.startswith("{"):
                found[name[1:-1]] = id_
            elif name != id_:
                return None
        return found


def parse_pattern(text: str) -> Pattern:
    """Read a pattern, with or without a slash before it; raises `BadPattern`."""
    segments = text.strip().removeprefix("/").split("/")
    if len(segments) % 2 or not all(segments):
        raise BadPattern(
            f"{text!r} leads to no document: collections and ids take turns, as in users/{{userId}}/posts/{{postId}}"
        )
    if any("{" in each or "}" in each or "*" in each for each in segments[::2]):
        raise BadPattern(f"{text!r} leaves a collection open: only the ids of documents may be named in braces")
    variables: list[str] = []
    for each in segments[1::2]:
        found = _VARIABLE.fullmatch(each)
        if found is not None:
            variables.append(found.group(1))
        elif "{" in each or "}" in each:
            raise BadPattern(f"{each!r} is neither an id nor a name in braces")
    if len(set(variables)) < len(variables):
        raise BadPattern(f"{text!r} gives two ids the same name")
    return Pattern("/".join(segments), tuple(segments[::2]), tuple(segments[1::2]))


def shape_of(segments: Sequence[str]) -> str:
    """The collection of a document as a text without ids: `users/*/posts`."""
    return "/*/".join(segments[:-1:2])
