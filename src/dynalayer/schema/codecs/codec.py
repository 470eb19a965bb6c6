"""What a codec is, how its errors tell where in a value they are, and how generated code takes codecs in."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from dynalayer.protocol import InvalidValue

Wire = dict[str, Any]
"""One value in DynamoDB's JSON, such as `{"S": "text"}`."""

_numbers = itertools.count()


def typed_wire(kind: str, content: Any) -> Any:
    """The struct of `{kind: content}`, which decodes straight from bytes."""
    return msgspec.defstruct(f"Wire{kind}", [(kind, content)], gc=False, forbid_unknown_fields=True)


class Member(msgspec.Struct, frozen=True):
    """One part of a value that a path can name: what it is called, how it is stored, and what its absence means.

    `required` is True where the whole cannot be read without it; `none_is_absent` where None is kept by leaving it out;
    `model` names the class that validates the whole when it is read, so that no part of it may change unseen.
    """

    name: str
    wire_name: str | int
    codec: Codec
    required: bool = False
    none_is_absent: bool = False
    model: str = ""


class Tag(msgspec.Struct, frozen=True):
    """The member of a record, and the values it may have there, that tell it from the other records of a union."""

    wire_name: str
    kind: str
    contents: frozenset[str]


class Codec(msgspec.Struct, frozen=True):
    """The two directions of one type, and what generated code may inline for its common case.

    `write` gives the wire value or raises `InvalidValue`; `read` takes it apart again. `wire` is the
    typed struct that generated decoders read, `fast_read` gives the expression that takes it apart; `fast_write` gives
    one that makes the wire value where `fast_test` holds; `names` are what these expressions name. `element` is the
    codec of what a collection holds, `member` finds a part by field name, index or key, and `operand` writes what is
    compared with a value where that need not pass the value's own check.
    """

    type_name: str
    kind: str
    write: Callable[[Any], Wire]
    read: Callable[[Wire], Any]
    wire: Any = Wire
    fast_read: Callable[[str], str] | None = None
    fast_test: Callable[[str], str] | None = None
    fast_write: Callable[[str], str] | None = None
    names: Mapping[str, Any] = msgspec.field(default_factory=dict[str, Any])
    element: Codec | None = None
    member: Callable[[str | int, bool], Member] | None = None
    tag: Tag | None = None
    operand: Codec | None = None

    @property
    def is_set(self) -> bool:
        """True for sets, which are left out of the item when they are empty."""
        return self.kind in ("SS", "NS", "BS")


class Inside(InvalidValue):
    """An error in a part of a value; `path` leads to it."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path.removeprefix('.')}: {reason}")
        self.path = path
        self.reason = reason


def inside(step: str, error: Exception, type_name: str = "value of its type") -> Inside:
    """The error as it is seen from one level further out; errors of other libraries may quote values, so are not."""
    if isinstance(error, Inside):
        return Inside(step + error.path, error.reason)
    return Inside(step, str(error) if isinstance(error, InvalidValue) else f"what is stored is no {type_name}")


def placed(where: str, error: Exception, type_name: str = "value of its type", note: str = "") -> InvalidValue:
    """The error with the whole path: `Order.address.lines[3].price: expected Decimal, got str`."""
    found = inside("", error, type_name)
    return InvalidValue(f"{where}{found.path}: {note}{found.reason}")


UNREADABLE = (InvalidValue, ValueError, ArithmeticError, TypeError, LookupError)
"""What reading a stored value of another form may raise."""


class WrongType(InvalidValue):
    """A value is not of the type that was declared."""


def refuse(value: object, wanted: str) -> WrongType:
    """The error for a value of the wrong type; it names types, never the value, which may be personal."""
    return WrongType(f"expected {wanted}, got {type(value).__name__}")


def content_of(wire: Wire, kind: str) -> Any:
    """What a wire value of this kind holds; raises `InvalidValue` for another kind."""
    try:
        return wire[kind]
    except KeyError:
        found = next(iter(wire), "nothing")
        raise InvalidValue(f"expected a value of DynamoDB type {kind}, found {found}") from None


def reader(codec: Codec, names: dict[str, Any]) -> Callable[[str], str]:
    """The expression that reads a typed wire value; what it names is added to `names`."""
    names.update(codec.names)
    return codec.fast_read or named("read", codec.read, names)


def writer(codec: Codec, names: dict[str, Any]) -> Callable[[str], str]:
    """The expression that writes the value of a variable; what it names is added to `names`."""
    slow = named("write", codec.write, names)
    test, fast = codec.fast_test, codec.fast_write
    if test is None or fast is None:
        return slow
    names.update(codec.names)
    return lambda v: f"({fast(v)} if {test(v)} else {slow(v)})"


def named(prefix: str, function: Callable[[Any], Any], names: dict[str, Any]) -> Callable[[str], str]:
    """A call of a function under a name of its own, which is added to `names`."""
    name = f"{prefix}_{next(_numbers)}"
    names[name] = function
    return lambda argument: f"{name}({argument})"


def compiled(name: str, lines: list[str], names: dict[str, Any]) -> Callable[..., Any]:
    """The function of this name that the lines define."""
    exec(compile("\n".join(lines), f"<generated {name}>", "exec"), names)
    return names[name]  # type: ignore[no-any-return]
