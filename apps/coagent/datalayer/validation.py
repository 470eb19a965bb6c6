"""Looks whether the repository works where it is: real operations in a partition of its own, which is emptied again."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, NamedTuple
from uuid import uuid4

from ._sync_repository import Repository
from .envelope import bound, field
from .errors import (
    ConditionalCheckFailedError,
    DynamoDBError,
    ItemAlreadyExistsError,
    ItemNotFoundError,
    ValidationError,
)
from .keys import get_prefix, get_project_keys, parse_key
from .kinds import KINDS
from .types import REMOVE, DynamoDBItem, DynamoDBKey, QueryOptions, UpdateOptions

KIND = "Validation"


class Finding(NamedTuple):
    """One look: what it was about, and what was wrong; empty if nothing was."""

    about: str
    wrong: str


class _Wrong(Exception):
    """Something is not as it must be."""


def validate(repository: Repository) -> list[Finding]:
    """What works and what does not, by the operations themselves; what they write is deleted again."""
    partition = f"VALIDATION#{uuid4().hex}"
    looks: list[tuple[str, Callable[[Repository, str], None]]] = [
        ("the table is as it is declared", _table),
        ("keys of the twelve kinds say what they were made of", _keys),
        ("an item is created once, and read as it was written", _create),
        ("a put replaces an item and keeps its creation", _put),
        ("an update changes an item that is there, and no other", _update),
        ("a condition that does not hold changes nothing", _condition),
        ("a query reads page by page, in order and filtered", _query),
        ("batches tell what became of each item", _batches),
        ("what is deleted is gone", _delete),
    ]
    findings = [_finding(about, look, repository, partition) for about, look in looks]
    return [*findings, _finding("nothing of this is left", _empty, repository, partition)]


def _finding(about: str, look: Callable[[Repository, str], None], repository: Repository, partition: str) -> Finding:
    try:
        look(repository, partition)
    except _Wrong as wrong:
        return Finding(about, str(wrong))
    except DynamoDBError as error:
        return Finding(about, f"{error} ({error.code})")
    return Finding(about, "")


def _empty(repository: Repository, partition: str) -> None:
    for item in repository.query_all(partition):
        repository.delete(item.pk, item.sk)


def _is(found: object, expected: object, what: str) -> None:
    if found != expected:
        raise _Wrong(f"{what} is not what it must be")


@contextmanager
def _refused(kind: type[DynamoDBError], what: str) -> Generator[None]:
    try:
        yield
    except kind:
        return
    raise _Wrong(f"{what} was not refused")


def _table(repository: Repository, _: str) -> None:
    differences = repository.database.table_differences(bound(repository.table_name).table)
    if differences:
        raise _Wrong("; ".join(str(difference) for difference in differences))


def _keys(_: Repository, __: str) -> None:
    for kind in KINDS:
        get_prefix(kind)  # type: ignore[arg-type] # the names of the twelve kinds
    key = get_project_keys("a#b", "c/d")
    parsed = parse_key(key.pk, key.sk)
    _is(parsed and (parsed.user_id, parsed.entity_id), ("a#b", "c/d"), "what a key says")


def _create(repository: Repository, partition: str) -> None:
    data: dict[str, Any] = {"text": "é", "empty": "", "none": None, "list": [], "map": {"a.b": 1}}
    created = repository.create(partition, "one", KIND, data)
    _is(created.created_at, created.updated_at, "the first moment")
    _is(repository.get_item(partition, "one", consistent=True), created, "what was read")
    with _refused(ItemAlreadyExistsError, "a second creation"):
        repository.create(partition, "one", KIND, {})


def _put(repository: Repository, partition: str) -> None:
    before = repository.get_item(partition, "one", consistent=True)
    after = repository.put(DynamoDBItem(partition, "one", KIND, {"n": 1}))
    _is(after.created_at, before and before.created_at, "the moment of creation")


def _update(repository: Repository, partition: str) -> None:
    _is(repository.update(partition, "one", {"m": 2, "n": REMOVE}).data, {"m": 2}, "what was updated")
    with _refused(ItemNotFoundError, "an update of nothing"):
        repository.update(partition, "none", {"n": 1})


def _condition(repository: Repository, partition: str) -> None:
    with _refused(ConditionalCheckFailedError, "an update whose condition does not hold"):
        repository.update(partition, "one", {"m": 3}, UpdateOptions(field("m") == 7))
    _is(repository.get(partition, "one", consistent=True), {"m": 2}, "what was read")


def _query(repository: Repository, partition: str) -> None:
    for number in range(4):
        repository.create(partition, f"q#{number}", KIND, {"n": number})
    first = repository.query(partition, "q#", QueryOptions(limit=3, consistent=True))
    second = repository.query(partition, "q#", QueryOptions(limit=3, cursor=first.cursor, consistent=True))
    _is([item["n"] for item in first.items + second.items], [0, 1, 2, 3], "the order of items")
    odd = QueryOptions(filter=field("n").is_in([1, 3]), scan_index_forward=False, consistent=True)
    _is([item["n"] for item in repository.query(partition, "q#", odd).items], [3, 1], "what was filtered")
    with _refused(ValidationError, "the cursor of another query"):
        repository.query(partition, "q", QueryOptions(cursor=first.cursor))


def _batches(repository: Repository, partition: str) -> None:
    keys = [DynamoDBKey(partition, f"b#{number:02d}") for number in range(30)]
    repository.batch_write([DynamoDBItem(key.pk, key.sk, KIND, {}) for key in keys])
    read = repository.batch_get([*keys, DynamoDBKey(partition, "none"), keys[0]], consistent=True)
    _is((list(read.found), read.missing_keys), (keys, [DynamoDBKey(partition, "none")]), "what a batch found")


def _delete(repository: Repository, partition: str) -> None:
    repository.delete(partition, "one")
    repository.delete(partition, "one")
    _is(repository.get(partition, "one", consistent=True), None, "what was deleted")
