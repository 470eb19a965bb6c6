"""Calls by a user's own boto3 or aioboto3 client: its credentials, endpoint, proxies, retries, hooks and rules.

The request that goes out is ours, byte for byte, and so is the reading of the answer: botocore's own events, which its
documents list, hand the body over before it is signed and the answer before it is parsed. No conversion lies between,
so numbers stay exact.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final, Protocol, Self

import msgspec

from dynalayer.protocol import (
    STREAM_OPERATIONS,
    AccessDenied,
    ConnectionLost,
    DynalayerError,
    InvalidValue,
    ValidationError,
    from_wire,
)


class BotoClient(Protocol):
    """A client of boto3 or aioboto3, or a resource of boto3, for DynamoDB."""

    @property
    def meta(self) -> Any:
        """What botocore keeps of it."""
        ...


class BotoSession(Protocol):
    """A session of boto3, which makes clients."""

    @property
    def profile_name(self) -> Any:
        """The profile whose credentials and region it has."""
        ...


Boto = BotoClient | BotoSession

_UNSENT: Final = frozenset({"EndpointConnectionError", "ConnectTimeoutError", "ProxyConnectionError", "SSLError"})
_NOBODY: Final = ("Credential", "Token", "SSO", "Profile")
_SERVICES: Final = ("dynamodb", "dynamodb-streams")


@dataclass(slots=True)
class _Exchange:
    """One call on its way through botocore."""

    body: bytes
    attempts: int = 0
    status: int = 0
    answer: bytes = b""
    request_id: str | None = None

    def result(self) -> bytes:
        if self.status == 200:
            return self.answer
        if not self.status:
            raise ConnectionLost("the client gave no answer of the service; is it stubbed?")
        error = from_wire(self.status, self.answer)
        error.request_id = self.request_id
        raise error

    def failure(self, operation: str, error: Exception) -> DynalayerError:
        """What an error of botocore's, in place of an answer, means."""
        name = type(error).__name__
        if name == "ParamValidationError":
            return ValidationError(f"botocore refuses the parameters of {operation}; its error is the cause")
        if not self.attempts and any(word in name for word in _NOBODY):
            return AccessDenied(f"the client has no credentials to sign with ({name})")
        # Of several attempts the last alone is told, and an earlier one may have been sent.
        unsent = not self.attempts or (self.attempts == 1 and name in _UNSENT)
        return ConnectionLost(f"no answer by the client: {name}", may_have_taken_effect=not unsent)


_under_way: ContextVar[_Exchange | None] = ContextVar("dynalayer_boto", default=None)


def _hand_over(params: dict[str, Any], **_: Any) -> None:
    if (exchange := _under_way.get()) is not None:
        params["body"] = exchange.body


def _count(**_: Any) -> None:
    if (exchange := _under_way.get()) is not None:
        exchange.attempts += 1


def _take_over(response_dict: dict[str, Any], **_: Any) -> None:
    if (exchange := _under_way.get()) is not None:
        exchange.status, exchange.answer = response_dict["status_code"], response_dict["body"]
        exchange.request_id = response_dict["headers"].get("x-amzn-RequestId")


class _Methods:
    """The methods of a client by the names of the API's operations."""

    def __init__(self, client: Any) -> None:
        for service in _SERVICES:
            client.meta.events.register(f"before-call.{service}", _hand_over, f"dynalayer-hand-over-{service}")
            client.meta.events.register(f"before-send.{service}", _count, f"dynalayer-count-{service}")
            client.meta.events.register(f"before-parse.{service}", _take_over, f"dynalayer-take-over-{service}")
        self._client = client
        self._names = {api: name for name, api in client.meta.method_to_api_mapping.items()}

    def of(self, operation: str) -> Callable[..., Any]:
        name = self._names.get(operation)
        if name is None:
            service = self._client.meta.service_model.service_id
            hint = "; give a boto3 session, which makes one" if operation in STREAM_OPERATIONS else ""
            raise InvalidValue(f"a client of {service} has no operation {operation}{hint}")
        method: Callable[..., Any] = getattr(self._client, name)
        return method


def is_boto(given: object) -> bool:
    """Whether this is a client, a resource or a session of boto3 or aioboto3."""
    return any(each.__module__.partition(".")[0] in _LIBRARIES for each in type(given).__mro__)


_LIBRARIES: Final = frozenset({"boto3", "botocore", "aioboto3", "aiobotocore"})


def _is_awaited(given: object) -> bool:
    return any(each.__module__.partition(".")[0].startswith("aio") for each in type(given).__mro__)


def _client_of(given: Any, service: str) -> Any:
    if not hasattr(given, "meta"):
        return given.client(service)
    # A resource keeps its client there.
    return given if hasattr(given.meta, "method_to_api_mapping") else given.meta.client


class BotoConnection:
    """Answers DynamoDB API calls by a boto3 client, a resource's client, or clients that a boto3 session makes.

    Safe to share among threads as boto3's clients are. Its retries come before this library's: leave one of the two at
    one attempt (`Config(retries={"total_max_attempts": 1})`). Closing closes only clients that were made here.
    """

    def __init__(self, given: Boto) -> None:
        if _is_awaited(given):
            raise InvalidValue("this client is awaited; give it to an AsyncDatabase, or a boto3 client to a Database")
        self._given: Any = given
        self._own: list[Any] = []
        self._table = self._methods("dynamodb")
        self._streams: _Methods | None = None
        self._closed = False

    def _methods(self, service: str) -> _Methods:
        client = _client_of(self._given, service)
        if client is not self._given and not hasattr(self._given, "meta"):
            self._own.append(client)
        return _Methods(client)

    def call(self, operation: str, body: bytes) -> bytes:
        """Answer one API call; raises a `ServiceError` for every error that the API answers with."""
        if self._closed:
            raise ConnectionLost("the connection has been closed", may_have_taken_effect=False)
        method = self._method(operation)
        exchange = _Exchange(body)
        token = _under_way.set(exchange)
        try:
            method(**msgspec.json.decode(body))
        except Exception as error:
            _raise_unless_answered(exchange, operation, error)
        finally:
            _under_way.reset(token)
        return exchange.result()

    def _method(self, operation: str) -> Callable[..., Any]:
        if operation not in STREAM_OPERATIONS or hasattr(self._given, "meta"):
            return self._table.of(operation)
        if self._streams is None:
            self._streams = self._methods("dynamodbstreams")
        return self._streams.of(operation)

    def close(self) -> None:
        """Close the clients that were made here; later calls fail."""
        self._closed = True
        for client in self._own:
            client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class AsyncBotoConnection:
    """The awaited twin of `BotoConnection`: by an aioboto3 client, or in threads by what boto3 has."""

    def __init__(self, given: Boto) -> None:
        self._methods: _Methods | None = None
        self._waiting: BotoConnection | None = None
        if not _is_awaited(given):
            self._waiting = BotoConnection(given)
        elif hasattr(given, "meta"):
            self._methods = _Methods(_client_of(given, "dynamodb"))
        else:
            raise InvalidValue("a session of aioboto3 makes clients only in its own `async with`; give such a client")
        self._closed = False

    async def call(self, operation: str, body: bytes) -> bytes:
        """Answer one API call; see `BotoConnection.call`."""
        if self._closed:
            raise ConnectionLost("the connection has been closed", may_have_taken_effect=False)
        if self._waiting is not None:
            import asyncio

            return await asyncio.to_thread(self._waiting.call, operation, body)
        assert self._methods is not None
        method: Callable[..., Awaitable[Any]] = self._methods.of(operation)
        exchange = _Exchange(body)
        token = _under_way.set(exchange)
        try:
            await method(**msgspec.json.decode(body))
        except Exception as error:
            _raise_unless_answered(exchange, operation, error)
        finally:
            _under_way.reset(token)
        return exchange.result()

    async def close(self) -> None:
        """Close the clients that were made here; later calls fail."""
        self._closed = True
        if self._waiting is not None:
            self._waiting.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()


def _raise_unless_answered(exchange: _Exchange, operation: str, error: Exception) -> None:
    """Raise what an error means, unless it is botocore's word for an error that the service answered with."""
    names = {each.__name__ for each in type(error).__mro__}
    if "ClientError" in names and exchange.status:
        return
    if "BotoCoreError" not in names:
        raise error
    raise exchange.failure(operation, error) from error
