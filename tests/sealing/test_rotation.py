"""Rotation seals anew what the current key did not seal, and can be stopped anywhere."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalayer import (
    AccessDenied,
    AsyncDatabase,
    Attr,
    Database,
    Entity,
    InvalidValue,
    Table,
    attr,
    primary,
    revision,
    updated,
)
from dynalayer.sealing import Rotated, Sealed, Sealer, Secret, Tampered, UnknownKey
from dynalayer.testing import Faults
from tests.sealing.conftest import Token, sealer, vault

ALL = Token.by_service("mail")
OLD, NEW = sealer("a"), sealer("b", "a")


def token(user: str, by: Sealer, **more: Any) -> Token:
    return Token(
        user=user, service="mail", access=by.seal(Token.key(user, "mail"), Token.access, Secret(f"t-{user}")), **more
    )


def rotated(db: Database, sealed_by: Sealer, size: int = 100, cursor: str | None = None) -> Rotated:
    return db.run(sealed_by.rotate(ALL, Token.access, Token.refresh, Token.legacy, size=size, cursor=cursor))


@settings(deadline=None)
@given(st.lists(st.sampled_from(["old", "new", "clear", "both"]), max_size=12), st.integers(1, 5), st.integers(0, 3))
def test_after_it_everything_is_sealed_by_the_current_key_and_says_the_same(
    kinds: list[str], size: int, stop: int
) -> None:
    with Database("memory:") as db:
        db.create_tables(vault)
        for number, kind in enumerate(kinds):
            user = f"u{number}"
            key = Token.key(user, "mail")
            refresh = OLD.seal(key, Token.refresh, Secret("r")) if kind == "both" else None
            legacy = "was clear" if kind == "clear" else None
            db.put(token(user, NEW if kind == "new" else OLD, refresh=refresh, legacy=legacy))
        cursor: str | None = None
        done: list[Rotated] = []
        for page in range(100):
            if page == stop:
                cursor = None  # a job that was killed begins again, with another program's sealer
            done.append(rotated(db, sealer("b", "a"), size, cursor))
            cursor = done[-1].cursor
            if cursor is None and page >= stop:
                break
        assert sum(each.rotated for each in done) == len([kind for kind in kinds if kind != "new"])
        only_new = sealer("b")
        for number, kind in enumerate(kinds):
            found = db.get(Token.key(f"u{number}", "mail"))
            assert found is not None
            assert only_new.secret_of(found, Token.access) == Secret(f"t-u{number}")
            assert only_new.secret_of(found, Token.refresh) == (Secret("r") if kind == "both" else None)
            assert only_new.secret_of(found, Token.legacy) == (Secret("was clear") if kind == "clear" else None)
        assert rotated(db, NEW, 100) == Rotated(len(kinds), 0, 0, None)


class Between:
    """A connection that does something before the first write."""

    def __init__(self, db: Database, first: Callable[[], object]) -> None:
        self._connection = db.connection
        self._first: list[Callable[[], object]] = [first]

    def call(self, operation: str, body: bytes) -> bytes:
        if operation == "UpdateItem" and self._first:
            self._first.pop()()
        return self._connection.call(operation, body)

    def close(self) -> None:
        self._connection.close()


@pytest.mark.parametrize("what", ["written", "deleted"])
def test_what_others_write_meanwhile_is_left_as_they_wrote_it(what: str) -> None:
    with Database("memory:") as db:
        db.create_tables(vault)
        db.put(token("ada", OLD))
        key = Token.key("ada", "mail")
        theirs = NEW.seal(key, Token.access, Secret("newer"))
        act = (lambda: db.update(key, Token.access.set(theirs))) if what == "written" else (lambda: db.delete(key))
        assert rotated(Database(Between(db, act)), NEW) == Rotated(1, 0, 1, None)
        found = db.get(key)
        assert (found and found.access) == (theirs if what == "written" else None)


def test_a_value_that_does_not_open_stops_it_before_the_page_is_written() -> None:
    with Database("memory:") as db:
        db.create_tables(vault)
        db.put(token("ada", OLD))
        db.put(token("eve", sealer("lost")))
        with pytest.raises(UnknownKey, match=r"Token\.access: the value was sealed with key 'lost'"):
            rotated(db, NEW)
        assert [NEW.needs_rotation(found.access) for found in db.query(ALL)] == [True, True]


def test_an_error_of_the_database_is_raised_and_a_second_run_does_what_is_left() -> None:
    with Database("memory:") as db:
        db.create_tables(vault)
        for user in ("ada", "eve"):
            db.put(token(user, OLD))
        faults = Faults(db.connection)
        faults.fail(AccessDenied("not yours"), operation="UpdateItem")
        with pytest.raises(AccessDenied):
            rotated(Database(faults), NEW)
        assert rotated(db, NEW) == Rotated(2, 1, 0, None)


def test_it_runs_on_either_executor() -> None:
    async def main() -> Rotated:
        async with AsyncDatabase("memory:") as db:
            await db.create_tables(vault)
            await db.put(token("ada", OLD))
            return await db.run(NEW.rotate(ALL, Token.access))

    assert asyncio.run(main()) == Rotated(1, 1, 0, None)


def test_it_counts_a_revision_and_reaches_into_a_map() -> None:
    kept = Table("kept", pk="PK")

    class Login(Entity, table=kept, inside="Data"):
        user: Attr[str] = attr()
        access: Attr[Sealed] = attr()
        refresh: Attr[Sealed] = attr()
        changed: Attr[int] = updated(outside=True)
        revision: Attr[int] = revision(outside=True)
        key = primary(user, pk="LOGIN#{user}")

    with Database("memory:") as db:
        db.create_tables(kept)
        key = Login.key("ada")
        access, refresh = (OLD.seal(key, path, Secret("t")) for path in (Login.access, Login.refresh))
        db.create(Login(user="ada", access=access, refresh=refresh))
        assert db.run(NEW.rotate(Login.key.partition("ada"), Login.access, Login.refresh)).rotated == 1
        found = db.get(key)
        assert found is not None
        assert (found.revision, found.access.key, found.refresh.key) == (2, "b", "b")
        with pytest.raises(Tampered):
            NEW.open(key, Login.refresh, found.access)


def test_it_asks_which_attributes() -> None:
    with pytest.raises(InvalidValue, match="attributes to seal anew"):
        NEW.rotate(ALL)
