"""The database that the environment means, opened once, and the repositories on it; all of them reset by one call."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from functools import cache
from random import random
from typing import Any

from dynalayer import AsyncDatabase, AsyncRemoteConnection, Database, JsonLog, RemoteConnection
from dynalayer.sealing import KeyRing, Sealer

from ._async_repository import AsyncRepository
from ._sync_repository import Repository
from .environment import Config, detect
from .errors import ValidationError
from .retry import DEFAULT_RETRY_OPTIONS, RetryOptions, policy_of

_process_key = secrets.token_bytes(32)
"""Signs cursors where the operator gives no key: those of another process are refused then, none is taken unsigned."""


@cache
def get_config() -> Config:
    """What the environment's variables meant when this was first called, or since `reset_clients`."""
    return detect(os.environ)


def open_database(
    config: Config, retry: RetryOptions = DEFAULT_RETRY_OPTIONS, *, random: Callable[[], float] = random
) -> Database:
    """A database as a configuration says; the caller closes it.

    Calls are logged as lines of JSON to the logger `coagent.datalayer`, with hashed keys and no values. Raises
    `ValidationError` for a test that would speak to AWS.
    """
    _refuse_aws_in_tests(config)
    connection = RemoteConnection(config.endpoint, config.region, config.credentials)
    return Database(connection, **_options(retry, random))


def open_async_database(
    config: Config, retry: RetryOptions = DEFAULT_RETRY_OPTIONS, *, random: Callable[[], float] = random
) -> AsyncDatabase:
    """The awaited twin of `open_database`."""
    _refuse_aws_in_tests(config)
    connection = AsyncRemoteConnection(config.endpoint, config.region, config.credentials)
    return AsyncDatabase(connection, **_options(retry, random))


@cache
def get_client() -> Database:
    """The database of this process."""
    return open_database(get_config())


@cache
def get_async_client() -> AsyncDatabase:
    """The awaited database of this process."""
    return open_async_database(get_config())


@cache
def get_repository() -> Repository:
    """The repository of this process."""
    return Repository(get_client(), get_config().table_name, sealer=_sealer())


@cache
def get_async_repository() -> AsyncRepository:
    """The awaited repository of this process."""
    return AsyncRepository(get_async_client(), get_config().table_name, sealer=_sealer())


def reset_clients() -> None:
    """Forget configuration, databases and repositories: the next `get_...` reads the environment anew.

    The plain database is closed; the awaited one can only be closed where its event loop runs, by
    `await get_async_client().close()` before.
    """
    if get_client.cache_info().currsize:
        get_client().close()
    for kept in (get_config, get_client, get_async_client, get_repository, get_async_repository):
        kept.cache_clear()


reset_config = reset_clients
"""Nothing that was made from an earlier configuration may outlive it, so all three resets are one."""
reset_repository = reset_clients


def _options(retry: RetryOptions, random: Callable[[], float]) -> dict[str, Any]:
    key = None if os.environ.get("DYNALAYER_CURSOR_KEY") else _process_key
    return {
        "retry": policy_of(retry, random),
        "cursor_key": key,
        "observers": [JsonLog("coagent.datalayer", sample=0.0)],
    }


def _sealer() -> Sealer | None:
    """What seals tokens, where the operator gives keys (DYNALAYER_SEALING_KEYS)."""
    return Sealer(KeyRing.from_environment()) if os.environ.get("DYNALAYER_SEALING_KEYS") else None


def _refuse_aws_in_tests(config: Config) -> None:
    if config.is_test and config.endpoint is None:
        raise ValidationError(
            "NODE_ENV is test, and nothing says where: give the repository a Database('memory:'), not the one of AWS."
        )
