"""What a stream tells of an item: inserted, modified or removed, with its entity's types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from dynalayer.protocol import DynalayerError, ImageMissing, Item, to_plain
from dynalayer.schema import Definition, Entity, Key, Names, Path, Wire, stored_key

from .images import same
from .position import Position

E = TypeVar("E", bound=Entity)
E_co = TypeVar("E_co", bound=Entity, covariant=True)


@dataclass(frozen=True, kw_only=True)
class Record:
    """What all records of a stream have.

    `keys`, `old_item` and `new_item` are in DynamoDB's JSON; an image is None if there is none or `view` leaves it out.
    `at` is the approximate moment of the change, in whole seconds. `expired` is true for a deletion by time to live; in
    the replicas of a global table such a deletion is shown as an ordinary one (developer guide, "DynamoDB Streams and
    Time to Live").
    """

    keys: Item
    old_item: Item | None = field(repr=False)
    new_item: Item | None = field(repr=False)
    view: str
    sequence_number: str
    at: datetime
    expired: bool = False
    event_id: str = field(default="", repr=False)
    stream_arn: str | None = field(default=None, repr=False)
    place: Position | None = field(default=None, repr=False, compare=False)

    @property
    def position(self) -> Position:
        """Where to go on after this record; only records that `Database.stream` gives have one."""
        if self.place is None:
            raise DynalayerError(
                "this record has no position: Lambda keeps its own place in the stream, and "
                "only the records of Database.stream() carry one"
            )
        return self.place


@dataclass(frozen=True, kw_only=True)
class _Known(Record, Generic[E_co]):
    """A record of an item that is of a declared entity."""

    definition: Definition = field(repr=False)

    @property
    def key(self) -> Key[E_co]:
        """The key of the item; every view type carries it."""
        return stored_key(self.definition, self.keys)

    def _image(self, item: Item | None, age: Literal["old", "new"]) -> Any:
        if item is None:
            raise ImageMissing(
                f"the {age} image of this {self.definition.name} is not in the record: the stream of "
                f"{self.definition.table.name!r} has the view type {self.view}, it takes {age.upper()}_IMAGE or "
                "NEW_AND_OLD_IMAGES; a stream is given another by switching it off and on again"
            )
        return self.definition.decode(item)


@dataclass(frozen=True, kw_only=True)
class Inserted(_Known[E_co], Generic[E_co]):
    """An item was written where there was none."""

    @property
    def new(self) -> E_co:
        """The item as it was written.

        Raises `ImageMissing` if the stream's view type leaves it out, `InvalidValue` if it does not fit the entity.
        """
        entity: E_co = self._image(self.new_item, "new")
        return entity


@dataclass(frozen=True, kw_only=True)
class Modified(_Known[E_co], Generic[E_co]):
    """An item was changed; a write that changes nothing leaves no record."""

    @property
    def old(self) -> E_co:
        """The item before; raises as `new` does."""
        entity: E_co = self._image(self.old_item, "old")
        return entity

    @property
    def new(self) -> E_co:
        """The item after.

        Raises `ImageMissing` if the stream's view type leaves it out, `InvalidValue` if it does not fit the entity.
        """
        entity: E_co = self._image(self.new_item, "new")
        return entity

    @property
    def changed_attributes(self) -> frozenset[str]:
        """The attributes that differ, by their names in the class; those that it does not declare by their names in
        the table. Keys that templates make of other attributes are left out. Raises `ImageMissing`.
        """
        names = self._names()
        return frozenset(names.get(way) or ".".join(way) for way in self._changed())

    def changed(self, path: Path[Any, Any]) -> bool:
        """Whether one attribute differs: `change.changed(Order.total)`; raises `ImageMissing`."""
        return path.attribute.names in self._changed()

    def difference(self) -> Mapping[str, tuple[Any, Any]]:
        """The old and the new value of each attribute that differs, under the names of `changed_attributes`.

        A declared attribute has the value that the entity has; any other has its plain value, None where it is absent.
        """
        old, new, names = self.old, self.new, self._names()
        found: dict[str, tuple[Any, Any]] = {}
        for way, (before, after) in self._changed().items():
            name = names.get(way)
            if name is not None:
                found[name] = (getattr(old, name, None), getattr(new, name, None))
            else:
                found[".".join(way)] = (_plain(before), _plain(after))
        return found

    def _changed(self) -> dict[Names, tuple[Wire | None, Wire | None]]:
        """What the attributes that differ hold in both images, by the ways to them in the table."""
        old, new = self.old_item, self.new_item
        if old is None or new is None:
            self._image(old, "old")
            self._image(new, "new")
        made = {(part.attribute.name,) for part in self.definition.derived_parts}
        before, after = self._ways(old or {}), self._ways(new or {})
        both = {way: (before.get(way), after.get(way)) for way in {**before, **after} if way not in made}
        return {way: wires for way, wires in both.items() if not same(*wires)}

    def _ways(self, item: Item) -> dict[Names, Wire]:
        """The attributes of an item by the ways to them."""
        inside = self.definition.inside
        ways: dict[Names, Wire] = {(name,): wire for name, wire in item.items() if name != inside or "M" not in wire}
        if inside and (inside,) not in ways:
            ways |= {(inside, name): wire for name, wire in item.get(inside, {"M": {}})["M"].items()}
        return ways

    def _names(self) -> dict[Names, str]:
        return {attribute.names: name for name, attribute in self.definition.attributes.items()}


@dataclass(frozen=True, kw_only=True)
class Removed(_Known[E_co], Generic[E_co]):
    """An item was deleted, by a program or, if `expired`, because its time to live had passed."""

    @property
    def old(self) -> E_co:
        """The item as it last was.

        Raises `ImageMissing` if the stream's view type leaves it out, `InvalidValue` if it does not fit the entity.
        """
        entity: E_co = self._image(self.old_item, "old")
        return entity


@dataclass(frozen=True, kw_only=True)
class Unknown(Record):
    """A change of an item that is of none of the entities asked for; `event` is INSERT, MODIFY or REMOVE.

    `entity` names the entity if it is a declared one that was not asked for; `reason` says why it is unknown.
    """

    event: str
    entity: str | None = None
    reason: str


StreamRecord = Inserted[E] | Modified[E] | Removed[E] | Unknown
"""One change of an item, as `match` and `isinstance` take it apart."""


def _plain(value: Wire | None) -> Any:
    return None if value is None else to_plain(value)
