"""Generated from `_async_repository.py` by `scripts/generate_sync.py`; change that file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any, Final

from dynalayer import Change, Condition, ConditionFailed, Database, Key
from dynalayer.sealing import Sealer

from .envelope import Envelope, Plain, bound
from .environment import DEFAULT_TABLE
from .errors import ItemAlreadyExistsError, ValidationError, told
from .kinds import completed
from .requests import (
    as_stored,
    batch_read_result,
    batch_write_result,
    both,
    changes_of,
    condition_of,
    data_result,
    incomplete,
    is_of_a_kind,
    item_of,
    key_texts,
    moved_keys,
    new_envelope,
    plain_of,
    query_of,
    refused_update,
    replaceable,
    replacing,
    unchanged,
)
from .secrecy import has_secrets, names_secrets, opened, sealed, sealed_changes, sealer_for
from .types import (
    BatchResult,
    BatchWriteResult,
    Data,
    DynamoDBItem,
    DynamoDBKey,
    QueryOptions,
    QueryResult,
    UpdateOptions,
)
from .waiting import aside, sleep

ATTEMPTS: Final = 10
"""How often a write that depends on what is stored is planned anew when others change that in between."""

DEFAULT_QUERY: Final = QueryOptions()
DEFAULT_UPDATE: Final = UpdateOptions()


class Repository:
    """The operations of the first data layer on the application's table, over a `Database`.

    Everything that can go wrong is a `DynamoDBError`. The database owns clock, retries, cursors and log; see
    `open_database`. With `validate` (the default) an item of the twelve kinds is written only if the
    application's own entities can read it. Secrets (the tokens of providers) are written with a `sealer` or not at all,
    and read as `Secret`s; a sealer on another table than the application is declared on is a `ValidationError`, because
    secrets are sealed for a table. `sleep` waits between two looks of `watch`.
    """

    def __init__(
        self,
        database: Database,
        table_name: str = DEFAULT_TABLE,
        *,
        validate: bool = True,
        sealer: Sealer | None = None,
        sleep: Callable[[float], None] = sleep,
    ) -> None:
        self.database = database
        self.table_name = table_name
        self._validate = validate
        self._sealer = sealer_for(table_name, sealer)
        self._sleep = sleep
        self._table, self._envelope, self._plain = bound(table_name)

    def get(self, pk: str, sk: str, *, consistent: bool = False) -> Data | None:
        """The fields of an item; None if there is none."""
        item = self.get_item(pk, sk, consistent=consistent)
        return None if item is None else item.data

    def get_item(self, pk: str, sk: str, *, consistent: bool = False) -> DynamoDBItem | None:
        """An item with its envelope; None if there is none or its time to live has passed."""
        with told("get", pk, sk):
            found = self.database.get(self._envelope.key(pk, sk), consistent=consistent)
            return None if found is None else self._given(item_of(found))

    def query(self, pk: str, sk_prefix: str | None = None, options: QueryOptions = DEFAULT_QUERY) -> QueryResult[Data]:
        """The fields of the items of a partition whose sort keys begin alike, in the order of these keys."""
        return data_result(self.query_items(pk, sk_prefix, options))

    def query_items(
        self, pk: str, sk_prefix: str | None = None, options: QueryOptions = DEFAULT_QUERY
    ) -> QueryResult[DynamoDBItem]:
        """The same with envelopes.

        Without a limit it is one page of at most 1 MB read. A result may hold fewer items than its limit, or none, and
        a cursor all the same: there may be more. Raises `ValidationError` for a cursor of another query.
        """
        found: list[Envelope] = []
        cursor = options.cursor
        with told("query", pk):
            source = query_of(self._envelope, pk, sk_prefix, options)
            for _ in range(options.max_pages):
                # No page reads more than is still wanted, so that the cursor is that of the last item given.
                size = None if options.limit is None else options.limit - len(found)
                page = self.database.page(source, size=size, after=cursor)
                found += page.items
                cursor = page.cursor
                if cursor is None or options.limit is None or len(found) >= options.limit:
                    break
            items = [self._given(item_of(each)) for each in found]
        return QueryResult(items, [item.key for item in items], cursor)

    def query_all(
        self, pk: str, sk_prefix: str | None = None, options: QueryOptions = DEFAULT_QUERY
    ) -> Iterator[DynamoDBItem]:
        """All that a query finds, page after page as it is needed; its limit bounds the whole.

        Raises `ValidationError` if the options have a cursor.
        """
        with told("query", pk):
            source = query_of(self._envelope, pk, sk_prefix, options, whole=True)
            for found in self.database.query(source):
                yield self._given(item_of(found))

    def create(
        self,
        pk: str,
        sk: str,
        entity_type: str,
        data: Mapping[str, Any],
        *,
        gsi1pk: str | None = None,
        gsi1sk: str | None = None,
        ttl: int | None = None,
    ) -> DynamoDBItem:
        """Write a new item, with both moments now, and give it as it is stored.

        Raises `ItemAlreadyExistsError` if there is one. The index keys of the twelve kinds follow from their fields.
        """
        item = DynamoDBItem(pk, sk, entity_type, dict(data), gsi1pk=gsi1pk, gsi1sk=gsi1sk, ttl=ttl)
        with told("create", pk, sk):
            entity = new_envelope(self._envelope, self._checked(item))
            try:
                self.database.create(entity)
            except ConditionFailed as error:
                exists = ItemAlreadyExistsError("There is such an item already.", original_error=error)
                exists.operation, exists.pk, exists.sk = "create", pk, sk
                raise exists from error
            return self._written(as_stored(entity))

    def put(self, item: DynamoDBItem) -> DynamoDBItem:
        """Write a whole item in place of any that has its key, and give it as it is stored.

        The moment of creation is that of the item that was there. It reads before it writes, and begins again if
        another writer comes in between; raises `ConditionalCheckFailedError` if that goes on.
        """
        with told("put", item.pk, item.sk):
            key = self._envelope.key(item.pk, item.sk)
            checked = self._checked(item)
            for attempt in range(ATTEMPTS):
                stored = self.database.get(key, consistent=True)
                entity = replacing(self._envelope, checked, stored)
                try:
                    self.database.put(entity, if_=replaceable(self._envelope, stored))
                except ConditionFailed:
                    if attempt + 1 == ATTEMPTS:
                        raise
                else:
                    return self._written(as_stored(entity))
        raise AssertionError("the last attempt returns or raises")

    def update(
        self, pk: str, sk: str, changes: Mapping[str, Any], options: UpdateOptions = DEFAULT_UPDATE
    ) -> DynamoDBItem:
        """Change some fields of an item and give it as it is then; a field whose value is `REMOVE` is taken away.

        A map is replaced as a whole. An item of the twelve kinds is read before, to be checked as a whole. Raises
        `ItemNotFoundError` if there is no item, `ConditionalCheckFailedError` if the options' condition does not hold,
        `RevisionConflictError` for another revision, and `ValidationError` for no changes at all.
        """
        with told("update", pk, sk):
            key = self._envelope.key(pk, sk)
            if names_secrets(changes):
                secret = changes
                changes = aside(lambda: sealed_changes(pk, sk, secret, self._sealer))
            wanted = changes_of(self._envelope, changes)
            if_ = condition_of(self._envelope, options)
            try:
                if self._validate and is_of_a_kind(pk, sk, changes):
                    return self._written(self._update_checked(key, wanted, changes, if_))
                changed: Envelope = self.database.update(key, *wanted, if_=if_)
            except ConditionFailed as error:
                raise refused_update(error, options, pk, sk) from error
            return self._written(item_of(changed))

    def delete(self, pk: str, sk: str, *, condition: Condition[Envelope] | None = None) -> DynamoDBItem | None:
        """Delete an item and give what it was; None if there was none, which is no error."""
        with told("delete", pk, sk):
            was = self.database.delete(self._envelope.key(pk, sk), if_=condition)
            return None if was is None else self._written(item_of(was))

    def batch_get(
        self, keys: Iterable[DynamoDBKey | DynamoDBItem], *, consistent: bool = False, partial: bool = False
    ) -> BatchResult:
        """Read any number of items, a key given twice once, and tell of each key what became of it.

        Raises `BatchIncompleteError` with the result if some could not be looked up; with `partial` the result says so.
        """
        with told("batch_get"):
            wanted = [self._envelope.key(*key_texts(key)) for key in keys]
            read = self.database.batch_read(wanted, consistent=consistent, partial=True)
            result = batch_read_result(read, [self._given(item_of(each)) for each in read.done.values()])
        if result.unprocessed_keys and not partial:
            raise incomplete(
                f"{len(result.unprocessed_keys)} items could not be read.", result, result.unprocessed_keys
            )
        return result

    def batch_write(
        self,
        puts: Iterable[DynamoDBItem] = (),
        deletes: Iterable[DynamoDBKey | DynamoDBItem] = (),
        *,
        partial: bool = False,
    ) -> BatchWriteResult:
        """Put and delete any number of items, each on its own, and tell of each what became of it.

        A put replaces whatever is there, its moment of creation too, and knows no revision. Raises `ValidationError`
        before anything is written if two writes are of one item, `BatchIncompleteError` with the result if some were
        not made; with `partial` the result says so.
        """
        with told("batch_write"):
            plain: list[Plain] = [plain_of(self._plain, self._checked(item)) for item in puts]
            keys = [self._plain.key(*key_texts(key)) for key in deletes]
            result = batch_write_result(self.database.batch_write(put=plain, delete=keys, partial=True))
        if result.undone and not partial:
            raise incomplete(f"{len(result.undone)} writes were not made.", result, result.undone)
        return result

    def watch(self, pk: str, sk: str, *, every: float = 5.0) -> Iterator[DynamoDBItem | None]:
        """The item as it is, then each time that it has changed; None while there is none.

        It looks every so many seconds, so a change is told within that and the time of a read; of several changes
        between two looks the last one. Raises `ValidationError` unless there are seconds to wait.
        """
        for items in self._looks(lambda: self._one(pk, sk), every):
            yield items[0] if items else None

    def watch_query(
        self,
        pk: str,
        sk_prefix: str | None = None,
        options: QueryOptions = DEFAULT_QUERY,
        *,
        every: float = 5.0,
    ) -> Iterator[list[DynamoDBItem]]:
        """All that a query finds, then again each time that any of it has changed; see `watch`."""
        yield from self._looks(lambda: self._all(pk, sk_prefix, options), every)

    def _update_checked(
        self,
        key: Key[Envelope],
        wanted: list[Change[Envelope]],
        changes: Mapping[str, Any],
        condition: Condition[Envelope] | None,
    ) -> DynamoDBItem:
        """Whether an item is right, and its index keys, depend on its other fields as well: it is read before."""
        for attempt in range(ATTEMPTS):
            stored = self.database.get(key, consistent=True)
            moved = [] if stored is None else moved_keys(self._envelope, stored, changes)
            same = None if stored is None else unchanged(self._envelope, stored)
            try:
                changed: Envelope = self.database.update(key, *wanted, *moved, if_=both(same, condition))
            except ConditionFailed:
                found = self.database.get(key, consistent=True)
                if found == stored or attempt + 1 == ATTEMPTS:
                    raise
            else:
                return item_of(changed)
        raise AssertionError("the last attempt returns or raises")

    def _looks(self, look: Callable[[], list[DynamoDBItem]], every: float) -> Iterator[list[DynamoDBItem]]:
        if not every > 0:
            raise ValidationError("A watch waits more than 0 seconds between two looks.")
        before: list[DynamoDBItem] | None = None
        while True:
            now = look()
            if now != before:
                before = deepcopy(now)  # the caller may change what it is given
                yield now
            self._sleep(every)

    def _one(self, pk: str, sk: str) -> list[DynamoDBItem]:
        item = self.get_item(pk, sk, consistent=True)
        return [] if item is None else [item]

    def _all(self, pk: str, sk_prefix: str | None, options: QueryOptions) -> list[DynamoDBItem]:
        return list(self.query_all(pk, sk_prefix, options))

    def _checked(self, item: DynamoDBItem) -> DynamoDBItem:
        """The item as it may be written."""
        if has_secrets(item):
            item = aside(lambda: sealed(item, self._sealer))
        return completed(item) if self._validate else item

    def _given(self, item: DynamoDBItem) -> DynamoDBItem:
        """The item as callers get it."""
        return aside(lambda: opened(item, self._sealer)) if has_secrets(item) else item

    def _written(self, item: DynamoDBItem) -> DynamoDBItem:
        return aside(lambda: opened(item, self._sealer, was_written=True)) if has_secrets(item) else item
