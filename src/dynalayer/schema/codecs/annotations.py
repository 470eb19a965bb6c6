"""What an annotation comes down to: aliases, `NewType`, `Annotated` and `| None` taken away."""

from __future__ import annotations

import functools
import operator
import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

_UNIONS = (Union, types.UnionType)


def resolved(annotation: Any) -> Any:
    """The type behind aliases (`type X = ...`), `NewType` and `Annotated`; unions and literals with all their parts."""
    while True:
        origin = get_origin(annotation)
        if hasattr(annotation, "__supertype__"):
            annotation = annotation.__supertype__
        elif origin is Annotated:
            annotation = get_args(annotation)[0]
        elif hasattr(origin, "__value__"):
            # First, because an alias with arguments passes on the attributes of the alias without.
            annotation = origin.__value__[get_args(annotation)]
        elif hasattr(annotation, "__value__"):
            annotation = annotation.__value__
        else:
            return annotation


def members_of(annotation: Any) -> list[Any]:
    """The types of a union without None, each once; of any other type the type itself."""
    plain = resolved(annotation)
    if get_origin(plain) in _UNIONS:
        found: list[Any] = []
        for member in get_args(plain):
            found += [one for one in members_of(member) if one not in found]
        return found
    if get_origin(plain) is Literal and None in get_args(plain):
        rest = tuple(value for value in get_args(plain) if value is not None)
        return [Literal[rest]] if rest else []
    return [] if plain is None or plain is type(None) else [plain]


def is_optional(annotation: Any) -> bool:
    """True for `T | None`: such an attribute may be absent from an item."""
    plain = resolved(annotation)
    if get_origin(plain) in _UNIONS:
        return any(is_optional(member) for member in get_args(plain))
    if get_origin(plain) is Literal:
        return None in get_args(plain)
    return plain is None or plain is type(None)


def without_none(annotation: Any) -> Any:
    """`T` of `T | None`, aliases taken away."""
    members = members_of(annotation)
    if not members:
        raise TypeError("None alone cannot be stored: there is nothing to tell")
    return functools.reduce(operator.or_, members)
