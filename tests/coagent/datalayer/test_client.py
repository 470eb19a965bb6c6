"""P19: after a change of variables and a reset the new values hold everywhere."""

import asyncio
from collections.abc import Iterator

import pytest
from coagent.datalayer import (
    ValidationError,
    get_async_client,
    get_async_repository,
    get_client,
    get_config,
    get_repository,
    reset_clients,
    reset_config,
    reset_repository,
)
from hypothesis import given, settings
from hypothesis import strategies as st

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
