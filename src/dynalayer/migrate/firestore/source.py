"""Where documents come from, by a URL: the folder of an export, a dump in JSON, or Firestore itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, Literal, get_args
from urllib.parse import parse_qsl, unquote, urlsplit

from msgspec import Struct

from dynalayer.migrate.source import SourceUnavailable

from .values import Timestamp

Kind = Literal["firestore-export", "firestore-json", "firestore"]
_OPTIONS: Final[dict[Kind, frozenset[str]]] = {
    "firestore-export": frozenset(),
    "firestore-json": frozenset({"path", "at"}),
    "firestore": frozenset({"since", "read_time"}),
}


class FirestoreSource(Struct, frozen=True):
    """Where documents are; `path` is where a nested dump was begun, `at` when a dump was made.

    Of Firestore itself documents are read as they were at `read_time` (None: at the moment that reading begins), and
    only those that were changed after `since`.
    """

    kind: Kind
    place: str
    database: str = "(default)"
    path: str = ""
    since: Timestamp | None = None
    read_time: Timestamp | None = None
    at: Timestamp | None = None

    @property
    def shown(self) -> str:
        """The place as it is written."""
        if self.kind == "firestore":
            return f"firestore://{self.place}" + ("" if self.database == "(default)" else f"/{self.database}")
        return f"{self.kind}:{self.place}"


def is_firestore(url: str) -> bool:
    """True for the URL of a source of documents."""
    return url.partition(":")[0] in _OPTIONS


def parse_firestore(url: str) -> FirestoreSource:
    """Read a URL: `firestore-export:FOLDER`, `firestore-json:FILE`, `firestore://PROJECT[/DATABASE]`.

    Options: `?path=` of a dump that begins at a collection or document, `?at=` when it was made; `?since=` and
    `?read_time=` of Firestore. Moments are of ISO 8601. Raises `SourceUnavailable`.
    """
    scheme, _, rest = url.partition(":")
    kind: Kind | None = next((each for each in get_args(Kind) if each == scheme), None)
    if kind is None:
        raise SourceUnavailable(f"{scheme!r} is no source of documents: {', '.join(_OPTIONS)}")
    place, _, query = rest.partition("?")
    given = dict(parse_qsl(query))
    unknown = sorted(given.keys() - _OPTIONS[kind])
    if unknown:
        raise SourceUnavailable(f"{kind} has no option {unknown[0]!r}")
    if kind != "firestore":
        if not place:
            raise SourceUnavailable(f"{kind}: names no file: {kind}:PATH")
        return FirestoreSource(kind, unquote(place), path=given.get("path", ""), at=_moment("at", given.get("at")))
    parts = urlsplit(f"firestore:{place}")
    if not parts.netloc:
        raise SourceUnavailable("firestore:// names no project: firestore://PROJECT or firestore://PROJECT/DATABASE")
    database = unquote(parts.path.strip("/")) or "(default)"
    since, read_time = (_moment(name, given.get(name)) for name in ("since", "read_time"))
    return FirestoreSource(kind, unquote(parts.netloc), database, since=since, read_time=read_time)


def _moment(name: str, text: str | None) -> Timestamp | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise SourceUnavailable(f"the option {name!r} is no moment of ISO 8601, such as 2026-01-31T12:00:00Z") from None
    return Timestamp.of(moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC))
