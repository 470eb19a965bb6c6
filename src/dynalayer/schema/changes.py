"""Changes as values: what `Order.lines.add(1)` gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from dynalayer.protocol import InvalidValue, Item, numbers

from .codecs import Wire
from .conditions import Call, Comparison, Condition

if TYPE_CHECKING:
    from .expressions import Path

E = TypeVar("E")


class Bound(msgspec.Struct, Generic[E], frozen=True, eq=False):
    """What the sum of an `add` may not pass: `name` is floor or ceiling, `limit` the number.

    `start` is the least (floor) or greatest (ceiling) number that may be there before.
    """

    path: Path[E, Any]
    name: str
    limit: str
    start: str

    @property
    def condition(self) -> Condition[E]:
        """Holds if the sum will not pass the bound."""
        holds: Condition[E] = Comparison(">=" if self.name == "floor" else "<=", self.path, {"N": self.start})
        return holds | Call("attribute_not_exists", self.path) if self.allows("0") else holds

    def allows(self, number: str) -> bool:
        """True if adding to this number will not pass the bound."""
        found, start = numbers.parse(number), numbers.parse(self.start)
        return found >= start if self.name == "floor" else found <= start

    def is_kept_by(self, item: Item | None) -> bool:
        """True if adding to what an item has will not pass the bound."""
        try:
            wire = self.path.attribute.wire_in(item or {})
            if wire is None:
                return self.allows("0")
            for step in self.path.steps:
                (content,) = wire.values()
                wire = content[step]
            return self.allows(wire["N"])
        except (LookupError, TypeError):
            return self.allows("0")


class Change(msgspec.Struct, Generic[E], frozen=True, eq=False):
    """One change of an update.

    `action` is SET, SET_IF_MISSING, COPY (from `source`), REMOVE, ADD, DELETE, APPEND or PREPEND; `value` is what a
    SET was given, `operand` that value as it is stored.
    """

    action: str
    path: Path[E, Any]
    operand: Wire | None = None
    value: Any = None
    source: Path[E, Any] | None = None
    bounds: tuple[Bound[E], ...] = ()

    def __post_init__(self) -> None:
        if self.path.place.model:
            raise InvalidValue(
                f"{self.path!r} is a part of the model {self.path.place.model}, which validates its values as a whole: "
                "set the whole model"
            )

    def __repr__(self) -> str:
        # Values may be personal, so only what is changed is shown.
        return f"<{self.action} {self.path!r}>"


def bounds_of_sum(path: Path[E, Any], added: str, limits: Mapping[str, str]) -> tuple[Bound[E], ...]:
    """The bounds of adding a number; raises `InvalidValue` where 38 digits do not hold limit minus number."""
    try:
        return tuple(Bound(path, name, limit, numbers.subtract(limit, added)) for name, limit in limits.items())
    except InvalidValue as error:
        raise InvalidValue(
            f"{path!r}.add: the bound less what is added is no number to compare with: {error}"
        ) from None
