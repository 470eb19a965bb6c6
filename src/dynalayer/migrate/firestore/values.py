"""A document, and the values of Firestore that Python has no type for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from msgspec import Struct

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BILLION: Final = 1_000_000_000


class Timestamp(Struct, frozen=True, order=True):
    """A moment: whole seconds since 1970, and nanoseconds from 0 up to a second. Firestore keeps microseconds."""

    seconds: int
    nanoseconds: int = 0

    @classmethod
    def of_nanoseconds(cls, count: int) -> Timestamp:
        """The moment so many nanoseconds after 1970 began."""
        return cls(*divmod(count, _BILLION))

    @classmethod
    def of(cls, moment: datetime) -> Timestamp:
        """The moment of a date and time with a zone."""
        since = moment - _EPOCH
        return cls(since.days * 86_400 + since.seconds, since.microseconds * 1_000)

    @property
    def total_nanoseconds(self) -> int:
        """Nanoseconds since 1970."""
        return self.seconds * _BILLION + self.nanoseconds

    def text(self, digits: int) -> str:
        """ISO 8601 in UTC with so many digits of a second, never more than that; raises `OverflowError`."""
        whole = (_EPOCH + timedelta(seconds=self.seconds)).strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
        return f"{whole}.{self.nanoseconds:09d}"[: 20 + digits if digits else 19] + "Z"


class GeoPoint(Struct, frozen=True):
    """A place in degrees."""

    latitude: float
    longitude: float


class Reference(Struct, frozen=True):
    """Another document, by its path without the database."""

    path: str


class Vector(Struct, frozen=True):
    """Numbers to find neighbours by."""

    values: tuple[float, ...]


class Document(Struct, frozen=True):
    """A document: its path, its fields, and when it was made and changed, where that is known.

    `snapshot_time` is the moment that the source as a whole shows. `unreadable` tells why the fields of one could not
    be read, and where it is.
    """

    path: str
    fields: dict[str, Any]
    create_time: Timestamp | None = None
    update_time: Timestamp | None = None
    snapshot_time: Timestamp | None = None
    unreadable: str = ""

    @property
    def segments(self) -> list[str]:
        """The names of collections and ids in turn."""
        return self.path.split("/")

    @property
    def id(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]
