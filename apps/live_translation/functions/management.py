"""Posting to clients through API Gateway, and handing a client's first message to another function."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Final

import botocore.session  # type: ignore[import-untyped]
import msgspec
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import ClientError, ConnectionError  # type: ignore[import-untyped]

from live_translation.ports import Busy, Gone, SoundChunk, post_each

AT_ONCE: Final = 100
"""Calls under way at once, the most that one session's broadcast has."""

CONNECT_SECONDS: Final = 2
READ_SECONDS: Final = 5

_log = logging.getLogger(__name__)

Invoke = Callable[[dict[str, Any]], Awaitable[None]]
"""Hands work to another function, which does it after this one has returned."""


class PostFailed(Exception):
    """A message was refused for good, or it is not known what became of it: to post it again might double it."""


class Clients:
    """Botocore's clients, made once for each container; they are safe to use from several threads."""

    def __init__(self, endpoint: str, region: str, welcome_function: str) -> None:
        session = botocore.session.get_session()
        # Retries are the broadcaster's, outside of its permits: two layers of them would multiply.
        config = Config(
            max_pool_connections=AT_ONCE,
            retries={"total_max_attempts": 1},
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
        )
        self._pool = ThreadPoolExecutor(AT_ONCE, "posts")
        self._welcome_function = welcome_function
        self.sockets: Any = session.create_client(
            "apigatewaymanagementapi", region_name=region, endpoint_url=endpoint, config=config
        )
        self._functions: Any = (
            session.create_client("lambda", region_name=region, config=config) if welcome_function else None
        )

    async def call(self, method: Callable[..., object], **arguments: Any) -> None:
        """Call a client's method in a thread."""
        await asyncio.get_running_loop().run_in_executor(self._pool, lambda: method(**arguments))

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(wait=False)

    async def invoke(self, payload: dict[str, Any]) -> None:
        """Have the welcome function invoked, without waiting for what it does."""
        await self.call(
            self._functions.invoke,
            FunctionName=self._welcome_function,
            InvocationType="Event",
            Payload=msgspec.json.encode(payload),
        )


class ManagementPoster:
    """Posts through the management API.

    410 is `Gone`; 429, 5xx and a connection that cannot be made are `Busy`. No close code can be chosen there. Nothing
    can be posted to a socket before its `$connect` has returned: `welcome` hands the message to another function.
    """

    def __init__(self, clients: Clients, invoke: Invoke) -> None:
        self._clients = clients
        self._invoke = invoke
        self._early: dict[str, list[str]] = {}

    def connecting(self, connection_id: str) -> None:
        """Keep what is posted to this client for its welcome: it cannot be reached before its `$connect` returns."""
        self._early = {connection_id: []}

    async def welcome(self, connection_id: str, text: str, close: int | None = None) -> None:
        """Have the first message posted once the client is connected, and the connection closed if it was refused."""
        texts = [text, *self._early.pop(connection_id, ())]
        await self._invoke({"connectionId": connection_id, "texts": texts, "close": close})

    async def post(self, connection_id: str, text: str) -> None:
        """Post a message; raises `Gone`, `Busy`, or `PostFailed` if posting it again is of no use or not safe."""
        if connection_id in self._early:
            self._early[connection_id].append(text)
            return
        sockets = self._clients.sockets
        try:
            await self._clients.call(sockets.post_to_connection, ConnectionId=connection_id, Data=text.encode())
        except Exception as error:
            raise _outcome(error) from None

    async def post_many(
        self, connection_ids: Sequence[str], text: str, turns: asyncio.Semaphore, *, sound: SoundChunk | None = None
    ) -> dict[str, Exception]:
        """Post to many, each holding one of `turns`; gives those that did not take it."""
        return await post_each(lambda each: self.post(each, text), connection_ids, turns)

    async def close(self, connection_id: str, code: int) -> None:
        """Close a connection; one that is gone, or cannot be closed now, is left to its disconnect or its time."""
        sockets = self._clients.sockets
        try:
            await self._clients.call(sockets.delete_connection, ConnectionId=connection_id)
        except Exception as error:
            outcome = _outcome(error)
            if not isinstance(outcome, Gone):
                _log.warning("a connection was not closed: %s", outcome)


def _outcome(error: Exception) -> Exception:
    if isinstance(error, ClientError):
        status = 0
        with suppress(KeyError, TypeError):
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if status == 410:
            return Gone()
        if status == 429 or status >= 500:
            return Busy()
        return PostFailed(f"API Gateway answered {status}")
    # Nothing was sent if there was no connection; after a time-out the message may have arrived all the same.
    return Busy() if isinstance(error, ConnectionError) else PostFailed(type(error).__name__)
