"""Declaring keys in a class body: `primary(...)` and `index(...)`."""

from __future__ import annotations

from typing import Any, ParamSpec, TypeVar, overload

from .attributes import Attr, Readable
from .building import Templates
from .keys import NoSort, Primary, Secondary
from .query import Then

K = ParamSpec("K")
P = ParamSpec("P")
T = TypeVar("T")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")
F = TypeVar("F")
G = TypeVar("G")
H = TypeVar("H")

Opt = Readable[T | None]
"""An attribute that items may lack."""


@overload
def primary(a: Attr[A], /, *, pk: str | None = None, sk: str | None = None) -> Primary[[A], [A], NoSort]: ...
@overload
def primary(a: Attr[A], b: Attr[B], /, *, pk: str | None = None, sk: str | None = None) -> Primary[[A, B], [A], B]: ...
@overload
def primary(
    a: Attr[A], b: Attr[B], c: Attr[C], /, *, pk: str | None = None, sk: str | None = None
) -> Primary[[A, B, C], [A], Then[B, C]]: ...
@overload
def primary(
    a: Attr[A], b: Attr[B], c: Attr[C], d: Attr[D], /, *, pk: str | None = None, sk: str | None = None
) -> Primary[[A, B, C, D], [A], Then[B, Then[C, D]]]: ...
@overload
def primary(
    a: tuple[Attr[A], Attr[B]], /, *, pk: str | None = None, sk: str | None = None
) -> Primary[[A, B], [A, B], NoSort]: ...
@overload
def primary(
    a: tuple[Attr[A], Attr[B]], c: Attr[C], /, *, pk: str | None = None, sk: str | None = None
) -> Primary[[A, B, C], [A, B], C]: ...
@overload
def primary(
    a: tuple[Attr[A], Attr[B]], c: Attr[C], d: Attr[D], /, *, pk: str | None = None, sk: str | None = None
) -> Primary[[A, B, C, D], [A, B], Then[C, D]]: ...
@overload
def primary(
    a: tuple[Attr[A], Attr[B]], c: Attr[C], d: Attr[D], e: Attr[E], /, *, pk: str | None = None, sk: str | None = None
) -> Primary[[A, B, C, D, E], [A, B], Then[C, Then[D, E]]]: ...
@overload
def primary(
    a: tuple[Attr[A], Attr[B], Attr[C]], /, *, pk: str | None = None, sk: str | None = None
) -> Primary[[A, B, C], [A, B, C], NoSort]: ...
@overload
def primary(
    a: tuple[Attr[A], Attr[B], Attr[C]], d: Attr[D], /, *, pk: str | None = None, sk: str | None = None
) -> Primary[[A, B, C, D], [A, B, C], D]: ...
@overload
def primary(
    a: tuple[Attr[A], Attr[B], Attr[C]], d: Attr[D], e: Attr[E], /, *, pk: str | None = None, sk: str | None = None
) -> Primary[[A, B, C, D, E], [A, B, C], Then[D, E]]: ...
@overload
def primary(
    a: tuple[Attr[A], Attr[B], Attr[C]],
    d: Attr[D],
    e: Attr[E],
    f: Attr[F],
    /,
    *,
    pk: str | None = None,
    sk: str | None = None,
) -> Primary[[A, B, C, D, E, F], [A, B, C], Then[D, Then[E, F]]]: ...
def primary(*attributes: Any, pk: str | None = None, sk: str | None = None) -> Primary[..., ..., Any]:
    """Declare the primary key: the attribute of the partition key (or a tuple of them), then those of the sort key.

    `pk` and `sk` are templates such as `ORDER#{id}`; without one the single attribute is the key itself and must
    bear its name in the table. A sort key that no attribute and no template fills holds the entity's name.
    """
    return Primary(None, attributes, pk, sk)


@overload
def index(
    name: str, key: Primary[K, P, Any], a: Opt[A], /, *, pk: None = None, sk: Templates = None
) -> Secondary[P, A]: ...
@overload
def index(
    name: str, key: Primary[K, P, Any], a: Opt[A], b: Opt[B], /, *, pk: None = None, sk: Templates = None
) -> Secondary[P, Then[A, B]]: ...
@overload
def index(
    name: str, key: Primary[K, P, Any], a: Opt[A], b: Opt[B], c: Opt[C], /, *, pk: None = None, sk: Templates = None
) -> Secondary[P, Then[A, Then[B, C]]]: ...
@overload
def index(
    name: str,
    key: Primary[K, P, Any],
    a: Opt[A],
    b: Opt[B],
    c: Opt[C],
    d: Opt[D],
    /,
    *,
    pk: None = None,
    sk: Templates = None,
) -> Secondary[P, Then[A, Then[B, Then[C, D]]]]: ...
@overload
def index(name: str, a: Opt[A], /, *, pk: Templates = None, sk: Templates = None) -> Secondary[[A], NoSort]: ...
@overload
def index(name: str, a: Opt[A], b: Opt[B], /, *, pk: Templates = None, sk: Templates = None) -> Secondary[[A], B]: ...
@overload
def index(
    name: str, a: Opt[A], b: Opt[B], c: Opt[C], /, *, pk: Templates = None, sk: Templates = None
) -> Secondary[[A], Then[B, C]]: ...
@overload
def index(
    name: str, a: Opt[A], b: Opt[B], c: Opt[C], d: Opt[D], /, *, pk: Templates = None, sk: Templates = None
) -> Secondary[[A], Then[B, Then[C, D]]]: ...
@overload
def index(
    name: str, a: Opt[A], b: Opt[B], c: Opt[C], d: Opt[D], e: Opt[E], /, *, pk: Templates = None, sk: Templates = None
) -> Secondary[[A], Then[B, Then[C, Then[D, E]]]]: ...
@overload
def index(
    name: str, a: tuple[Opt[A], Opt[B]], /, *, pk: Templates = None, sk: Templates = None
) -> Secondary[[A, B], NoSort]: ...
@overload
def index(
    name: str, a: tuple[Opt[A], Opt[B]], c: Opt[C], /, *, pk: Templates = None, sk: Templates = None
) -> Secondary[[A, B], C]: ...
@overload
def index(
    name: str, a: tuple[Opt[A], Opt[B]], c: Opt[C], d: Opt[D], /, *, pk: Templates = None, sk: Templates = None
) -> Secondary[[A, B], Then[C, D]]: ...
@overload
def index(
    name: str,
    a: tuple[Opt[A], Opt[B]],
    c: Opt[C],
    d: Opt[D],
    e: Opt[E],
    /,
    *,
    pk: Templates = None,
    sk: Templates = None,
) -> Secondary[[A, B], Then[C, Then[D, E]]]: ...
@overload
def index(
    name: str,
    a: tuple[Opt[A], Opt[B]],
    c: Opt[C],
    d: Opt[D],
    e: Opt[E],
    f: Opt[F],
    /,
    *,
    pk: Templates = None,
    sk: Templates = None,
) -> Secondary[[A, B], Then[C, Then[D, Then[E, F]]]]: ...
@overload
def index(
    name: str, a: tuple[Opt[A], Opt[B], Opt[C]], /, *, pk: Templates = None, sk: Templates = None
) -> Secondary[[A, B, C], NoSort]: ...
@overload
def index(
    name: str, a: tuple[Opt[A], Opt[B], Opt[C]], d: Opt[D], /, *, pk: Templates = None, sk: Templates = None
) -> Secondary[[A, B, C], D]: ...
@overload
def index(
    name: str, a: tuple[Opt[A], Opt[B], Opt[C]], d: Opt[D], e: Opt[E], /, *, pk: Templates = None, sk: Templates = None
) -> Secondary[[A, B, C], Then[D, E]]: ...
@overload
def index(
    name: str,
    a: tuple[Opt[A], Opt[B], Opt[C]],
    d: Opt[D],
    e: Opt[E],
    f: Opt[F],
    /,
    *,
    pk: Templates = None,
    sk: Templates = None,
) -> Secondary[[A, B, C], Then[D, Then[E, F]]]: ...
@overload
def index(
    name: str,
    a: tuple[Opt[A], Opt[B], Opt[C]],
    d: Opt[D],
    e: Opt[E],
    f: Opt[F],
    g: Opt[G],
    /,
    *,
    pk: Templates = None,
    sk: Templates = None,
) -> Secondary[[A, B, C], Then[D, Then[E, Then[F, G]]]]: ...
@overload
def index(
    name: str, a: tuple[Opt[A], Opt[B], Opt[C], Opt[D]], /, *, pk: Templates = None, sk: Templates = None
) -> Secondary[[A, B, C, D], NoSort]: ...
@overload
def index(
    name: str, a: tuple[Opt[A], Opt[B], Opt[C], Opt[D]], e: Opt[E], /, *, pk: Templates = None, sk: Templates = None
) -> Secondary[[A, B, C, D], E]: ...
@overload
def index(
    name: str,
    a: tuple[Opt[A], Opt[B], Opt[C], Opt[D]],
    e: Opt[E],
    f: Opt[F],
    /,
    *,
    pk: Templates = None,
    sk: Templates = None,
) -> Secondary[[A, B, C, D], Then[E, F]]: ...
@overload
def index(
    name: str,
    a: tuple[Opt[A], Opt[B], Opt[C], Opt[D]],
    e: Opt[E],
    f: Opt[F],
    g: Opt[G],
    /,
    *,
    pk: Templates = None,
    sk: Templates = None,
) -> Secondary[[A, B, C, D], Then[E, Then[F, G]]]: ...
@overload
def index(
    name: str,
    a: tuple[Opt[A], Opt[B], Opt[C], Opt[D]],
    e: Opt[E],
    f: Opt[F],
    g: Opt[G],
    h: Opt[H],
    /,
    *,
    pk: Templates = None,
    sk: Templates = None,
) -> Secondary[[A, B, C, D], Then[E, Then[F, Then[G, H]]]]: ...
def index(name: str, /, *attributes: Any, pk: Templates = None, sk: Templates = None) -> Secondary[..., Any]:
    """Declare how an index of the table is filled; items that lack one of its attributes are not in it.

    The attribute of the partition key (or a tuple of them), then those of the sort key; `pk` and `sk` are templates as
    for `primary`. Where the index's key has several attributes, each takes the next of those named as it is, or the
    template that a tuple of templates gives it. An index whose partitions are the table's (a local one always) takes
    the primary key in place of the partition's attributes: `index("by-total", key, total)`.
    """
    return Secondary(name, attributes, pk, sk)
