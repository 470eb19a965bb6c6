"""P19: after a change of variables and a reset the new values hold everywhere."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest
from coagent.datalayer import (
    AsyncRepository,
    DynamoDBError,
    Repository,
    ValidationError,
    detect,
    get_async_client,
    get_async_repository,
    get_client,
    get_config,
    get_repository,
    open_async_database,
    open_database,
    reset_clients,
    reset_config,
    reset_repository,
)
from coagent.datalayer.envelope import bound
from coagent.datalayer.validation import validate
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalayer.testing import serving
from tests.coagent.datalayer.population import TABLE

NAMES = ("NODE_ENV", "USE_LOCAL_AWS", "AWS_REGION", "DYNAMODB_TABLE_NAME")


@pytest.fixture(autouse=True)
def _own_variables(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    reset_clients()
    yield
    reset_clients()


def as_local(monkeypatch: pytest.MonkeyPatch, table: str) -> None:
    monkeypatch.setenv("NODE_ENV", "development")
    monkeypatch.setenv("USE_LOCAL_AWS", "true")
    monkeypatch.setenv("DYNAMODB_TABLE_NAME", table)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["One", "Two", "Three"]), st.booleans(), st.sampled_from([0, 1, 2]))))
def test_values_hold_until_a_reset_and_then_the_new_ones_hold_in_all(steps: list[tuple[str, bool, int]]) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        as_local(monkeypatch, "Zero")
        reset_clients()
        known = "Zero"
        for table, is_reset, which in steps:
            get_config()
            monkeypatch.setenv("DYNAMODB_TABLE_NAME", table)
            if is_reset:
                (reset_clients, reset_config, reset_repository)[which]()
                known = table
            assert get_config().table_name == known
            assert get_repository().table_name == known
            assert get_async_repository().table_name == known
            assert get_repository().database is get_client()


def test_a_reset_closes_the_plain_database_and_the_next_one_speaks_to_the_new_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    as_local(monkeypatch, "One")
    first = get_client()
    assert get_client() is first
    reset_clients()
    monkeypatch.setenv("NODE_ENV", "production")
    assert get_config().endpoint is None
    assert get_config().environment == "production"


def test_a_test_does_not_speak_to_aws_by_accident(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODE_ENV", "test")
    for get in (get_client, get_async_client, get_repository):
        with pytest.raises(ValidationError, match="NODE_ENV is test"):
            get()


def test_the_awaited_database_is_closed_by_its_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    as_local(monkeypatch, "One")

    async def main() -> str:
        repository = get_async_repository()
        await get_async_client().close()
        return repository.table_name

    assert asyncio.run(main()) == "One"


def test_what_the_environment_means_works_over_a_real_socket() -> None:
    local = detect({"NODE_ENV": "development", "USE_LOCAL_AWS": "true", "DYNAMODB_TABLE_NAME": TABLE})
    with serving(credentials=("test", "test")) as address:
        config = replace(local, endpoint=address)
        with open_database(config) as db:
            db.create_tables(bound(TABLE).table)
            assert [finding.wrong for finding in validate(Repository(db, TABLE)) if finding.wrong] == []

        async def main() -> object:
            async with open_async_database(config) as adb:
                repository = AsyncRepository(adb, TABLE)
                await repository.create("T#1", "S#1", "X", {"n": 1})
                return await repository.get("T#1", "S#1")

        assert asyncio.run(main()) == {"n": 1}


def test_a_call_that_fails_is_logged_without_keys(caplog: pytest.LogCaptureFixture) -> None:
    local = detect({"NODE_ENV": "development", "USE_LOCAL_AWS": "true", "DYNAMODB_TABLE_NAME": TABLE})
    with serving() as address, open_database(replace(local, endpoint=address)) as db, caplog.at_level("WARNING"):
        with pytest.raises(DynamoDBError) as failed:
            Repository(db, TABLE).get("USER#someone-known", "PROFILE")
        assert (failed.value.code, failed.value.status_code) == ("ResourceNotFoundException", 404)
        assert failed.value.request_id
    (record,) = [record for record in caplog.records if record.name == "coagent.datalayer"]
    assert '"operation":"GetItem"' in record.getMessage()
    assert failed.value.request_id in record.getMessage()
    assert "someone-known" not in record.getMessage()
