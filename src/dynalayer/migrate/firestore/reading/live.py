"""Reading Firestore itself, by Google's client, as it was at one moment."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from dynalayer.migrate.contract import Pattern, shape_of
from dynalayer.migrate.firestore.mapping import DocumentMaker, DocumentPlan
from dynalayer.migrate.firestore.source import FirestoreSource
from dynalayer.migrate.firestore.values import Document, GeoPoint, Reference, Timestamp, Vector
from dynalayer.migrate.items import Policies
from dynalayer.migrate.ports import PAGE_ROWS, Key, Left, Page
from dynalayer.migrate.source import SourceUnavailable

from .left import Leaving
from .reader import is_wanted

if TYPE_CHECKING:
    from google.cloud.firestore import Client

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Outline(Struct):
    """What there is: documents by collection, those that are left behind, and documents that are not there."""

    shapes: dict[str, int | None] = {}
    left: dict[str, int] = {}
    missing: list[str] = []


class LiveReader:
    """Reads documents page by page in the order of their paths; the place where a page ends is the last one's path.

    Within `snapshot` all reads are of one moment: the source's `read_time`, or when it was entered. Firestore answers
    for moments of the last hour, or of the last seven days with point-in-time recovery. Raises `SourceUnavailable`.
    """

    def __init__(self, source: FirestoreSource, leaving: Leaving, client: Client | None = None) -> None:
        self._source = source
        self._leaving = leaving
        self._client = client or _connected(source)
        self._at = _moment(source.read_time)
        self._known: Outline | None = None

    def close(self) -> None:
        """Give the connection back."""
        close: Callable[[], None] = self._client.close
        close()

    @contextmanager
    def snapshot(self) -> Generator[None]:
        """One moment for all that is read within."""
        before = self._at
        # The service's own clock tells, so that the moment is none of its future.
        self._at = before or self._now()
        try:
            yield
        finally:
            self._at = before

    def maker(self, plan: DocumentPlan, policies: Policies) -> DocumentMaker:
        """What makes the items of a collection's documents."""
        return DocumentMaker(plan, policies)

    def pages(self, plan: DocumentPlan, after: Key | None = None, rows: int = PAGE_ROWS) -> Iterator[Page]:
        """The documents after the one with this path."""
        pattern, place = plan.spec.pattern, after[0] if after else None
        query = self._query(pattern).order_by("__name__").limit(rows)
        while found := self._run(query if place is None else query.start_after(self._cursor(place))):
            place = found[-1].reference.path
            fitting = [each for each in found if pattern.match(each.reference.path.split("/")) is not None]
            documents = [document_of(each, self._snapshot_time) for each in fitting]
            yield Page([each for each in documents if is_wanted(each, self._source.since)], (place,))
            if len(found) < rows:
                return

    def row(self, plan: DocumentPlan, key: Sequence[Any]) -> Document | None:
        """The document with this path."""
        with _plainly(self._source):
            found = self._client.document(key[0]).get(read_time=self._at)
        return document_of(found, self._snapshot_time) if found.exists else None

    def count(self, plan: DocumentPlan) -> int:
        """How many documents there are; more than the pattern takes where collections of one name lie elsewhere too."""
        with _plainly(self._source):
            ((answer,),) = self._query(plan.spec.pattern).count().get(read_time=self._at)
        return int(answer.value)

    def left(self, plans: Sequence[DocumentPlan]) -> Iterable[Left]:
        """The documents that no plan takes and the contract does not ignore."""
        for shape, count in sorted(self._outline().left.items()):
            yield self._leaving.left(shape, count)

    def shapes(self) -> dict[str, int | None]:
        """The collections by their paths without ids, with the number of their documents."""
        return dict(sorted(self._outline().shapes.items()))

    def missing_parents(self) -> Iterator[str]:
        """Documents that are not there and have collections all the same."""
        return iter(sorted(self._outline().missing))

    def documents(self) -> Iterator[Document]:
        """All documents, collection by collection."""
        with _plainly(self._source):
            for collection in self._client.collections(read_time=self._at):
                yield from self._documents(collection)

    def _documents(self, collection: Any) -> Iterator[Document]:
        for found in collection.stream(read_time=self._at):
            yield document_of(found, self._snapshot_time)
        for reference in collection.list_documents(read_time=self._at):
            for inner in reference.collections(read_time=self._at):
                yield from self._documents(inner)

    def _outline(self) -> Outline:
        """What there is, asked once: every document for its collections."""
        if self._known is None:
            found = Outline()
            with _plainly(self._source):
                for collection in self._client.collections(read_time=self._at):
                    self._look(collection, found)
            self._known = found
        return self._known

    def _look(self, collection: Any, found: Outline) -> None:
        """A list of documents shows those that are not there and have collections, a query does not."""
        there = {each.reference.path for each in collection.select(["__name__"]).stream(read_time=self._at)}
        for reference in collection.list_documents(read_time=self._at):
            path = reference.path
            shape = shape_of(path.split("/"))
            if path in there:
                found.shapes[shape] = (found.shapes.get(shape) or 0) + 1
                if not self._leaving.is_ignored(shape) and not self._leaving.is_mapped(path):
                    found.left[shape] = found.left.get(shape, 0) + 1
            else:
                found.missing.append(path)
            for inner in reference.collections(read_time=self._at):
                self._look(inner, found)

    def _query(self, pattern: Pattern) -> Any:
        """A collection by its path if that is known, else all of its name, of which the fitting are kept."""
        above = pattern.text.split("/")[:-1]
        if any(each.startswith("{") for each in above[1::2]):
            return self._client.collection_group(pattern.collections[-1])
        return self._client.collection("/".join(above))

    def _cursor(self, path: str) -> Any:
        return {"__name__": self._client.document(path)}

    def _run(self, query: Any) -> list[Any]:
        with _plainly(self._source):
            return list(query.stream(read_time=self._at))

    @property
    def _snapshot_time(self) -> Timestamp | None:
        """The moment that was asked for: one that each reading takes anew would make other items each time."""
        return self._source.read_time

    def _now(self) -> datetime:
        with _plainly(self._source):
            found = self._client.document("dynalayer/clock").get()
        moment: datetime = found.read_time.replace(tzinfo=UTC) if found.read_time.tzinfo is None else found.read_time
        return moment


def document_of(snapshot: Any, at: Timestamp | None) -> Document:
    """A document of Google's client as ours."""
    return Document(
        snapshot.reference.path,
        {name: _value(value) for name, value in snapshot.to_dict().items()},
        _time(snapshot.create_time),
        _time(snapshot.update_time),
        at,
    )


def _value(value: Any) -> Any:
    match value:
        case dict():
            return {name: _value(member) for name, member in value.items()}
        case list():
            return [_value(each) for each in value]
        case datetime():
            return _time(value)
        case None | bool() | int() | float() | str() | bytes():
            return value
        case _ if type(value).__name__ == "GeoPoint":
            return GeoPoint(value.latitude, value.longitude)
        case _ if type(value).__name__ == "DocumentReference":
            return Reference(value.path)
        case _ if type(value).__name__ == "Vector":
            return Vector(tuple(value))
        case _:
            return value


def _time(value: Any) -> Timestamp | None:
    """Moments have nanoseconds in the client's own type, and seconds and nanos in protobuf's."""
    if value is None:
        return None
    if isinstance(value, datetime):
        known = Timestamp.of(value if value.tzinfo is not None else value.replace(tzinfo=UTC))
        return Timestamp(known.seconds, getattr(value, "nanosecond", 0) or known.nanoseconds)
    return Timestamp(value.seconds, value.nanos)


def _moment(value: Timestamp | None) -> datetime | None:
    if value is None:
        return None
    return _EPOCH + timedelta(seconds=value.seconds, microseconds=value.nanoseconds // 1_000)


def _connected(source: FirestoreSource) -> Client:
    try:
        from google.auth.exceptions import DefaultCredentialsError
        from google.cloud.firestore import Client
    except ModuleNotFoundError:
        raise SourceUnavailable(f"{source.shown} needs Google's client: pip install 'dynalayer[firestore]'") from None
    try:
        return Client(project=source.place, database=source.database)
    except DefaultCredentialsError:
        raise SourceUnavailable(
            f"{source.shown} needs credentials: gcloud auth application-default login, or FIRESTORE_EMULATOR_HOST"
        ) from None


@contextmanager
def _plainly(source: FirestoreSource) -> Generator[None]:
    """Errors of the service by its own words, which name no values."""
    from google.api_core.exceptions import GoogleAPIError

    try:
        yield
    except GoogleAPIError as error:
        raise SourceUnavailable(f"{source.shown}: {getattr(error, 'message', '') or error}") from None
    except ValueError as error:
        # Google's client refuses references to other databases, with their paths alone.
        raise SourceUnavailable(f"{source.shown}: {error}") from None
