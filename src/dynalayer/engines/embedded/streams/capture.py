"""What a writer knows of a table's stream: where its records go, what they show, and the clock that dates them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

Clock = Callable[[], float]


def stream_rows(stream: int) -> str:
    """The SQLite table that holds the records of the stream of that id."""
    return f"stream_{stream}"


@dataclass(frozen=True, slots=True, eq=False)
class Capture:
    """The stream that the changes of a table go to; `view` is its StreamViewType."""

    stream: int
    view: str
    clock: Clock
    shows_new: bool = field(init=False)
    shows_old: bool = field(init=False)
    insert: str = field(init=False)

    def __post_init__(self) -> None:
        derive = object.__setattr__
        derive(self, "shows_new", self.view in ("NEW_IMAGE", "NEW_AND_OLD_IMAGES"))
        derive(self, "shows_old", self.view in ("OLD_IMAGE", "NEW_AND_OLD_IMAGES"))
        columns = "at, event, expired, size, keys, new, old"
        rows = stream_rows(self.stream)
        derive(self, "insert", f"INSERT INTO {rows} ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)")
