"""Positions of consumers, kept as items of a table."""

from __future__ import annotations

from typing import Any, cast
from weakref import WeakKeyDictionary

from dynalayer.protocol import CheckpointMoved, ConditionFailed, InvalidValue, Item
from dynalayer.schema import Attr, Entity, Key, Table, attr, primary
from dynalayer.statements import Create, Get, Put, Steps, ask
from dynalayer.streams import Position

_PREFIX = "STREAM-CHECKPOINT#"
_entities: WeakKeyDictionary[Table, type[Any]] = WeakKeyDictionary()


class Checkpoint:
    """Where the consumer `name` keeps its position: an item of `table`, which may be the one that it follows.

    `Database.stream(checkpoint=...)` begins after what is kept, and keeps anew after each page that the program has
    been through, so a consumer that dies gets the last page again. There is no lease: only one consumer of a name
    may run, and a second one is noticed when it saves, by `CheckpointMoved`. Raises `DefinitionError` if the entity
    `StreamCheckpoint`, with keys that begin with `STREAM-CHECKPOINT#`, cannot share the table with its other entities.
    """

    def __init__(self, table: Table, name: str) -> None:
        if not name:
            raise InvalidValue("a checkpoint needs the name of its consumer")
        self.table = table
        self.name = name
        self._entity = _entities.get(table) or _entities.setdefault(table, _entity_on(table))

    def __repr__(self) -> str:
        return f"Checkpoint({self.table!r}, {self.name!r})"

    @property
    def key(self) -> Key[Any]:
        """The key of the item."""
        return cast("Key[Any]", self._entity.key(self.name))


class Keeper:
    """Loads and saves the position of one run of a consumer; knows what it last saw."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.checkpoint = checkpoint
        self._saved = 0

    def load(self) -> Steps[Position | None]:
        """The position that is kept; None when there is none."""
        found: Any = yield from ask(Get(self.checkpoint.key, consistent=True))
        if found is None:
            return None
        self._saved = found.saved
        return Position.parse(found.position)

    def save(self, position: Position) -> Steps[None]:
        """Keep a position; raises `CheckpointMoved` if another consumer has kept one since."""
        entity: Any = self.checkpoint._entity  # pyright: ignore[reportPrivateUsage]
        item = entity(consumer=self.checkpoint.name, position=str(position), saved=self._saved + 1)
        try:
            yield from ask(Put(item, entity.saved == self._saved) if self._saved else Create(item))
        except ConditionFailed:
            raise CheckpointMoved(
                f"another consumer has saved its position as {self.checkpoint.name!r} in {self.checkpoint.table.name}: "
                "this one stops, so that they do not overwrite each other; run one consumer a name"
            ) from None
        self._saved += 1


def is_checkpoint(table: Table, keys: Item) -> bool:
    """Whether an item is a checkpoint, in a table that keeps some."""
    return table in _entities and keys.get(table.pk.name, {}).get("S", "").startswith(_PREFIX)


def _entity_on(table: Table) -> type[Any]:
    class StreamCheckpoint(Entity, table=table):
        consumer: Attr[str] = attr()
        position: Attr[str] = attr()
        saved: Attr[int] = attr()
        key = primary(consumer, pk=_PREFIX + "{consumer}")

    return StreamCheckpoint
