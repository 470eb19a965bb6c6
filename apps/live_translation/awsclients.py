"""Calls of AWS services from an event loop: botocore in threads of its own, each call with an end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib import import_module
from typing import Any, Final, TypeVar

AT_ONCE: Final = 16
"""Calls of one service under way at once; the others wait their turn."""

CONNECT_SECONDS: Final = 0.5

R = TypeVar("R")


class AwsUnavailable(Exception):
    """The service cannot be called from here: botocore or a region is missing; the message says which."""


class AwsClient:
    """A client of one service; each attempt at a call ends after `read_seconds`, and there are two.

    `asyncio.timeout` alone would give up waiting, and leave a thread that goes on: here the call ends by itself, so the
    threads come back. `endpoint` and credentials are those of the AWS configuration if not given.
    """

    def __init__(
        self, service: str, *, read_seconds: float, endpoint: str | None = None, region: str | None = None
    ) -> None:
        self._client = _client(service, read_seconds, endpoint, region)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix=f"aws-{service}")

    async def call(self, read: Callable[[Any], R], operation: str, **parameters: Any) -> R:
        """What `read` makes of the answer, in the thread that has made the call; raises botocore's errors."""
        make = partial(_call, self._client, read, operation, parameters)
        return await asyncio.get_running_loop().run_in_executor(self._threads, make)

    def close(self) -> None:
        """Take no more calls; those under way end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._client.close()


def _client(service: str, read_seconds: float, endpoint: str | None, region: str | None) -> Any:
    try:
        session, config, exceptions = _botocore("session"), _botocore("config"), _botocore("exceptions")
    except ImportError:
        raise AwsUnavailable(f"{service} needs the package botocore: pip install 'dynalayer-apps[aws]'") from None
    options = config.Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=read_seconds,
        retries={"total_max_attempts": 2, "mode": "standard"},
        max_pool_connections=AT_ONCE,
    )
    try:
        return session.get_session().create_client(service, region_name=region, endpoint_url=endpoint, config=options)
    except exceptions.BotoCoreError as error:
        raise AwsUnavailable(f"{service} cannot be called: {error}") from None


def _botocore(module: str) -> Any:
    # Loaded when the first client is made: it takes half a second, and whoever needs no cloud need not have it.
    return import_module(f"botocore.{module}")


def _call(client: Any, read: Callable[[Any], R], operation: str, parameters: dict[str, Any]) -> R:
    return read(getattr(client, operation)(**parameters))


def is_timeout(error: Exception) -> bool:
    """True if no answer came in time."""
    exceptions = _botocore("exceptions")
    return isinstance(error, (exceptions.ConnectTimeoutError, exceptions.ReadTimeoutError, TimeoutError))


def error_code(error: Exception) -> str:
    """The code of what the service answered, else what kind of error it is: nothing of what was sent."""
    response = getattr(error, "response", None)
    if isinstance(response, dict):
        return str(response.get("Error", {}).get("Code", type(error).__name__))
    return type(error).__name__
