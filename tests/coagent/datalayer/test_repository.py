"""P5, P21, T1, C1 and C2: what is written is read, moments, and writers at the same time."""

import asyncio
from copy import deepcopy
from typing import Any

import pytest
from coagent.datalayer import (
    REMOVE,
    AsyncRepository,
    ConditionalCheckFailedError,
    DynamoDBItem,
    ItemAlreadyExistsError,
    ItemNotFoundError,
    ItemTooLargeError,
    NetworkError,
    OutcomeUnknownError,
    QueryOptions,
    RevisionConflictError,
    ThroughputExceededError,
    UpdateOptions,
    ValidationError,
    field,
    get_project_keys,
    get_review_keys,
    get_saved_content_keys,
    parse_key,
)
from coagent.datalayer.envelope import bound
from coagent.datalayer.kinds import KINDS
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalayer import AsyncDatabase, Database
from dynalayer.sealing import Secret
from dynalayer.testing import AsyncFaults, FrozenClock
from tests.coagent.datalayer.population import FIELDS, NAMES, ODD, TABLE, Bench, as_read, items

PLAIN = ("T#1", "THING#1")
"""A key of none of the twelve kinds."""
PROJECT = get_project_keys("ada", "p")


def project(**more: Any) -> DynamoDBItem:
    data = {"id": "p", "name": "n", "createdAt": "2026-01-01T00:00:00Z", **more}
    return DynamoDBItem(PROJECT.pk, PROJECT.sk, "Project", data)


@pytest.fixture(scope="module")
def bench() -> Any:
    with Bench() as made:
        yield made


@pytest.mark.parametrize("kind", FIELDS)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_what_is_written_is_read(kind: str, data: st.DataObject) -> None:
    with Bench() as bench:
        item = data.draw(items([kind]))
        before = deepcopy(item.data)
        way = data.draw(st.sampled_from(["create", "put", "batch"]))
        if way == "create":
            bench.repository.create(item.pk, item.sk, kind, item.data)
        elif way == "put":
            bench.repository.put(item)
        else:
            bench.repository.batch_write([item])
        assert item.data == before
        expected = as_read(item)
        assert bench.repository.get(item.pk, item.sk) == expected
        whole = bench.repository.get_item(item.pk, item.sk)
        assert whole is not None
        assert (whole.entity_type, whole.data) == (kind, expected)
        assert bench.repository.batch_get([item]).found == {item.key: expected}
        assert bench.repository.query(item.pk).items == [expected]


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(NAMES, ODD, max_size=4))
def test_fields_of_other_kinds_are_kept_whatever_they_are(data: dict[str, Any]) -> None:
    with Bench() as bench:
        created = bench.repository.create(*PLAIN, "SomethingElse", data)
        assert created.data == data
        assert bench.repository.get_item(*PLAIN) == created


def test_floats_are_exact_and_negative_zero_is_zero() -> None:
    with Bench() as bench:
        created = bench.repository.create(*PLAIN, "X", {"a": 0.1, "b": -0.0, "c": 3.0, "d": (1, 2)})
        assert [str(value) for value in created.data.values()] == ["0.1", "0", "3", "[1, 2]"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), set(), 10**40 + 1, {"": 1}, {1: 2}])
def test_what_cannot_be_stored_is_refused_before_anything_is_written(value: Any) -> None:
    with Bench() as bench:
        bench.repository.create(*PLAIN, "X", {"a": 1})
        for write in (
            lambda: bench.repository.create("T#2", "S", "X", {"a": [value]}),
            lambda: bench.repository.put(DynamoDBItem(*PLAIN, "X", {"a": [value]})),
            lambda: bench.repository.update(*PLAIN, {"a": [value]}),
            lambda: bench.repository.batch_write(
                [DynamoDBItem("T#3", "S", "X", {}), DynamoDBItem(*PLAIN, "X", {"a": value})]
            ),
        ):
            with pytest.raises(ValidationError):
                write()
        assert bench.repository.get(*PLAIN) == {"a": 1}
        assert bench.repository.get("T#2", "S") is None
        assert bench.repository.get("T#3", "S") is None


def test_an_item_of_more_than_400_kb_is_told_by_its_class() -> None:
    with Bench() as bench, pytest.raises(ItemTooLargeError, match="400 KB"):
        bench.repository.create(*PLAIN, "X", {"a": "x" * 410_000})


def test_fields_that_the_kind_does_not_have_are_refused_and_so_is_the_key_of_another() -> None:
    with Bench() as bench:
        with pytest.raises(ValidationError, match=r"not those of a Project: Project\.name"):
            bench.repository.create(PROJECT.pk, PROJECT.sk, "Project", {"id": "p", "createdAt": "2026-01-01T00:00:00Z"})
        with pytest.raises(ValidationError, match="not one of a Review"):
            bench.repository.create(PROJECT.pk, PROJECT.sk, "Review", {})
        with pytest.raises(ValidationError, match="one key is of one entity type"):
            bench.repository.create(PROJECT.pk, PROJECT.sk, "Folder", {})
        with pytest.raises(ValidationError, match="entity type"):
            bench.repository.create(*PLAIN, "", {})


REVIEW = {
    "id": "r",
    "agentId": "a",
    "author": {"name": "x"},
    "source": "Google",
    "rating": 5,
    "comment": "c",
    "date": "2026-01-01T00:00:00Z",
}


@pytest.mark.parametrize(
    "wrong",
    [
        {"rating": 9},
        {"source": "Foo"},
        {"date": "yesterday"},
        {"avatarUrl": "no uri"},
        {"agentId": "an-other"},
        {"id": "an-other"},
    ],
    ids=str,
)
def test_what_is_wrong_in_a_field_is_refused_by_its_name_and_not_shown(wrong: dict[str, Any]) -> None:
    with Bench() as bench:
        key = get_review_keys("a", "r")
        bench.repository.create(key.pk, key.sk, "Review", REVIEW)
        ((name, value),) = wrong.items()
        for write in (
            lambda: bench.repository.put(DynamoDBItem(key.pk, key.sk, "Review", {**REVIEW, **wrong})),
            lambda: bench.repository.batch_write([DynamoDBItem(key.pk, key.sk, "Review", {**REVIEW, **wrong})]),
            lambda: bench.repository.update(key.pk, key.sk, wrong),
        ):
            with pytest.raises(ValidationError) as refused:
                write()
            assert name in str(refused.value)
            assert str(value) not in str(refused.value)
        if name in ("id", "agentId"):
            for changed in (value, REMOVE):
                with pytest.raises(ValidationError, match="not what its key says"):
                    bench.repository.update(key.pk, key.sk, {name: changed})
            bench.repository.update(key.pk, key.sk, {name: REVIEW[name]})
        assert bench.repository.get(key.pk, key.sk) == REVIEW


@settings(max_examples=100, deadline=None)
@given(items(["Review", "Project", "SavedContent", "UserProfile", "Competitor"]))
def test_an_item_is_in_the_indexes_under_the_ids_of_its_key_and_the_entities_read_these(item: DynamoDBItem) -> None:
    with Bench() as bench:
        bench.repository.put(item)
        parsed = parse_key(item.pk, item.sk)
        assert parsed is not None
        kind = KINDS[item.entity_type]
        ids = (parsed.user_id,) if parsed.entity_id is None else (parsed.user_id, parsed.entity_id)
        own: Any = bench.database.get(kind.key(*ids))  # type: ignore[attr-defined] # each kind has a key
        assert own is not None
        assert own.key == kind.key(*ids)  # type: ignore[attr-defined]
        bench.database.put(own)
        assert bench.repository.query(item.pk).count == 1


def test_the_caller_keeps_what_he_gave_and_gets_what_is_stored() -> None:
    with Bench() as bench:
        data = {"a": [1]}
        created = bench.repository.create(*PLAIN, "X", data)
        created.data["a"].append(2)
        assert data == {"a": [1]}


STEPS = st.lists(
    st.tuples(st.sampled_from(["create", "put", "update", "delete"]), st.integers(-5000, 5000)), max_size=12
)


@settings(max_examples=200, deadline=None)
@given(STEPS)
def test_moments_never_go_back_and_the_first_is_kept(steps: list[tuple[str, int]]) -> None:
    with Bench() as bench:
        stored: DynamoDBItem | None = None
        for step, passed in steps:
            bench.clock.now += passed / 1000
            now = int(bench.clock.now * 1000)
            if step == "create" and stored is None:
                stored = bench.repository.create(*PLAIN, "X", {"n": now})
                assert stored.created_at == stored.updated_at == now
            elif step == "put" or (step == "update" and stored is not None):
                if step == "put":
                    written = bench.repository.put(DynamoDBItem(*PLAIN, "X", {"n": now}, created_at=1))
                else:
                    written = bench.repository.update(*PLAIN, {"n": now})
                assert written.updated_at is not None
                assert written.created_at == (1 if stored is None else stored.created_at)
                assert written.updated_at >= max(now, (stored.updated_at or 0) if stored else 0)
                stored = written
            elif step == "delete":
                assert bench.repository.delete(*PLAIN) == stored
                stored = None
            assert bench.repository.get_item(*PLAIN) == stored


def test_an_update_changes_what_it_names_and_nothing_else() -> None:
    with Bench() as bench:
        bench.repository.create(*PLAIN, "X", {"a": 1, "b": {"c": 1, "d": 2}, "e.f": 3, "g": None})
        changed = bench.repository.update(*PLAIN, {"b": {"c": 5}, "e.f": 4, "h i": "new", "a": REMOVE})
        assert changed.data == {"b": {"c": 5}, "e.f": 4, "g": None, "h i": "new"}
        assert bench.repository.get(*PLAIN) == changed.data


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(NAMES, ODD, max_size=4), st.dictionaries(NAMES, ODD | st.just(REMOVE), min_size=1, max_size=4))
def test_updates_are_those_of_a_dictionary(data: dict[str, Any], changes: dict[str, Any]) -> None:
    with Bench() as bench:
        bench.repository.create(*PLAIN, "X", data)
        after = {name: value for name, value in {**data, **changes}.items() if value is not REMOVE}
        assert bench.repository.update(*PLAIN, changes).data == after


def test_an_update_of_a_missing_item_is_not_found_and_makes_none() -> None:
    with Bench() as bench:
        for key in (PLAIN, (PROJECT.pk, PROJECT.sk)):
            for changes in ({"a": 1}, {"createdAt": "2026-01-01T00:00:00Z"}):
                with pytest.raises(ItemNotFoundError) as missing:
                    bench.repository.update(*key, changes)
                assert (missing.value.status_code, missing.value.pk) == (404, key[0])
            assert bench.repository.get_item(*key) is None
        with pytest.raises(ValidationError, match="at least one"):
            bench.repository.update(*PLAIN, {})


def test_a_condition_that_does_not_hold_changes_nothing() -> None:
    with Bench() as bench:
        bench.repository.create(*PLAIN, "X", {"state": "open", "n": 1})
        is_open = UpdateOptions(condition=field("state") == "open")
        assert bench.repository.update(*PLAIN, {"state": "closed"}, is_open).data["state"] == "closed"
        with pytest.raises(ConditionalCheckFailedError) as failed:
            bench.repository.update(*PLAIN, {"n": 2}, is_open)
        assert not isinstance(failed.value, ItemNotFoundError)
        with pytest.raises(ConditionalCheckFailedError):
            bench.repository.delete(*PLAIN, condition=field("state") == "open")
        assert bench.repository.get(*PLAIN) == {"state": "closed", "n": 1}


def test_the_index_keys_of_a_kind_follow_its_fields() -> None:
    with Bench() as bench:
        key = get_review_keys("ada", "r")
        data = {"id": "r", "agentId": "ada", "author": {"name": "x"}, "source": "Google", "rating": 5, "comment": "c"}
        bench.repository.create(key.pk, key.sk, "Review", {**data, "date": "2026-01-01T00:00:00Z"})
        found = bench.repository.query(key.gsi1pk or "", options=QueryOptions(index="GSI1"))
        assert found.keys == [key]
        bench.repository.update(key.pk, key.sk, {"date": "2027-01-01T00:00:00Z"})
        moved = bench.repository.query_items("REVIEW#ada", options=QueryOptions(index="GSI2"))
        assert [item.gsi2sk for item in moved.items] == ["REVIEW#2027-01-01T00:00:00.000000Z#r"]


def test_a_content_leaves_the_index_of_a_project_with_its_project() -> None:
    with Bench() as bench:
        key = get_saved_content_keys("ada", "c")
        data = {"id": "c", "type": "t", "content": "x", "createdAt": "2026-01-01T00:00:00Z", "projectId": "p"}
        bench.repository.create(key.pk, key.sk, "SavedContent", data)
        of_project = ("USER#ada#PROJECT#p", None, QueryOptions(index="GSI2"))
        assert bench.repository.query(*of_project).count == 1
        for gone in ({"projectId": None}, {"projectId": REMOVE}):
            bench.repository.update(key.pk, key.sk, {"projectId": "p"})
            assert bench.repository.query(*of_project).count == 1
            bench.repository.update(key.pk, key.sk, gone)
            assert bench.repository.query(*of_project).count == 0


def test_an_item_that_the_service_of_before_wrote_is_read_and_changed() -> None:
    with Bench() as bench:
        from dynalayer import Attr, Entity, Table, attr, primary

        class Raw(Entity, table=Table(TABLE, pk="PK", sk="SK")):
            pk: Attr[str] = attr(name="PK")
            sk: Attr[str] = attr(name="SK")
            kind: Attr[str | None] = attr(name="EntityType", default=None)
            data: Attr[dict[str, Any] | None] = attr(name="Data", default=None)
            updated: Attr[int | None] = attr(name="UpdatedAt", default=None)
            key = primary(pk, sk)

        bench.database.put(Raw(pk="a", sk="old", kind="Project", data={"x": 1}, updated=5))
        assert bench.repository.update("a", "old", {"x": 2}).data == {"x": 2}
        replaced = bench.repository.put(DynamoDBItem("a", "old", "Thing", {"x": 3}))
        assert replaced.revision == 2
        bench.database.put(Raw(pk="a", sk="bare"))
        bare = bench.repository.get_item("a", "bare")
        assert bare is not None
        assert (bare.data, bare.entity_type, bare.created_at, bare.updated_at) == ({}, "", None, None)
        assert bench.repository.put(DynamoDBItem("a", "bare", "Thing", {})).created_at == int(bench.clock.now * 1000)


def test_the_application_s_own_entities_read_what_the_repository_wrote() -> None:
    from coagent.entities import Project

    with Bench() as bench:
        bench.repository.put(project(name="mine"))
        found = bench.database.get(Project.key("ada", "p"))
        assert found is not None
        assert found.name == "mine"
        assert [each.id for each in bench.database.query(Project.newest("ada"))] == ["p"]


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 12), st.lists(st.sampled_from(["made", "not made", "throttled"]), max_size=6), st.booleans())
def test_of_many_that_create_one_item_exactly_one_does(count: int, lost: list[str], exactly_once: bool) -> None:
    """Some of the answers are lost, before or after the service has made the write."""

    async def main() -> None:
        clock = FrozenClock()
        async with AsyncDatabase("memory:") as db:
            await db.create_tables(bound(TABLE).table)
            faults = AsyncFaults(db.connection)
            for way in lost:
                if way == "throttled":
                    faults.throttle()
                else:
                    faults.time_out(after_commit=way == "made")
            failing = AsyncDatabase(faults, clock=clock, sleep=clock.async_sleep, exactly_once=exactly_once)
            repository = AsyncRepository(failing, TABLE)
            made = [repository.create(*PLAIN, "X", {"n": n}) for n in range(count)]
            outcomes = await asyncio.gather(*made, return_exceptions=True)
            winner = await AsyncRepository(db, TABLE).get(*PLAIN)
            successes = [each.data for each in outcomes if isinstance(each, DynamoDBItem)]
            unsure = [
                each
                for each in outcomes
                if isinstance(each, (OutcomeUnknownError, NetworkError, ThroughputExceededError))
            ]
            refused = [each for each in outcomes if isinstance(each, ItemAlreadyExistsError)]
            assert len(successes) + len(unsure) + len(refused) == count
            assert successes in ([winner], [])
            assert successes or unsure
            assert winner is not None or not refused

    asyncio.run(main())


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=30), st.sampled_from(["revision", "condition"]))
def test_no_increment_is_lost_whoever_comes_between(turns: list[int], way: str) -> None:
    """Four writers read and write in the order of the turns: an even turn of each reads, an odd one writes."""
    with Bench() as bench:
        bench.repository.create(*PLAIN, "X", {"n": 0})
        read: dict[int, DynamoDBItem] = {}
        done = 0
        for writer in turns:
            before = read.pop(writer, None)
            if before is None:
                found = bench.repository.get_item(*PLAIN, consistent=True)
                assert found is not None
                read[writer] = found
                continue
            guard = (
                UpdateOptions(revision=before.revision)
                if way == "revision"
                else UpdateOptions(condition=field("n") == before.data["n"])
            )
            try:
                bench.repository.update(*PLAIN, {"n": before.data["n"] + 1}, guard)
                done += 1
            except ConditionalCheckFailedError:
                pass
        assert bench.repository.get(*PLAIN) == {"n": done}


def test_a_revision_that_is_not_the_stored_one_is_a_conflict() -> None:
    with Bench() as bench:
        created = bench.repository.create(*PLAIN, "X", {"n": 0})
        bench.repository.update(*PLAIN, {"n": 1}, UpdateOptions(revision=created.revision))
        with pytest.raises(RevisionConflictError) as conflict:
            bench.repository.update(*PLAIN, {"n": 2}, UpdateOptions(revision=created.revision))
        assert (conflict.value.status_code, conflict.value.retryable) == (409, False)


@settings(max_examples=100, deadline=None)
@given(items(["OAuthToken"]), st.text(max_size=5), st.integers(0, 2**53 - 1))
def test_a_token_comes_back_and_a_partial_update_keeps_the_rest(item: DynamoDBItem, token: str, expiry: int) -> None:
    with Bench() as bench:
        bench.repository.put(item)
        bench.repository.update(item.pk, item.sk, {"accessToken": token, "expiryDate": expiry})
        expected = {**as_read(item), "accessToken": Secret(token), "expiryDate": expiry}
        assert bench.repository.get(item.pk, item.sk) == expected
        assert bench.repository.query(item.pk).items == [expected]


def test_an_expired_item_is_none_and_a_new_one_takes_its_place() -> None:
    with Bench() as bench:
        soon = int(bench.clock.now) + 60
        bench.repository.create(*PLAIN, "X", {"n": 1}, ttl=soon)
        bench.clock.now += 61
        assert bench.repository.get(*PLAIN) is None
        with pytest.raises(ItemNotFoundError):
            bench.repository.update(*PLAIN, {"n": 2})
        put = bench.repository.put(DynamoDBItem(*PLAIN, "X", {"n": 3}, ttl=soon + 60))
        assert (put.created_at, put.revision) == (int(bench.clock.now * 1000), 1)
        bench.clock.now += 61
        assert bench.repository.create(*PLAIN, "X", {"n": 4}).data == {"n": 4}


def test_a_delete_of_nothing_is_no_error() -> None:
    with Bench() as bench:
        assert bench.repository.delete(*PLAIN) is None


def test_a_put_that_others_keep_coming_before_gives_up_without_loss() -> None:
    with Bench() as bench:
        clock = FrozenClock()
        bench.repository.create(*PLAIN, "X", {"n": 0})

        class Between:
            def call(self, operation: str, body: bytes) -> bytes:
                if operation == "PutItem":
                    bench.repository.update(*PLAIN, {"n": "theirs"})
                return bench.database.connection.call(operation, body)

            def close(self) -> None: ...

        from coagent.datalayer import Repository

        busy = Repository(Database(Between(), clock=clock, sleep=clock.sleep), TABLE)
        with pytest.raises(ConditionalCheckFailedError):
            busy.put(DynamoDBItem(*PLAIN, "X", {"n": "mine"}))
        assert bench.repository.get(*PLAIN) == {"n": "theirs"}
