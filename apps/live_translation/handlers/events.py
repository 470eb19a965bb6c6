"""The events of an API Gateway WebSocket, typed; the gateway of one machine makes the very same ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, NotRequired, TypedDict, cast

import msgspec

AUTHORIZER_ERROR: Final = "error"
"""Where an authorizer that lets a client pass tells the handlers why it does not know who that is."""

ABNORMAL_CLOSURE: Final = 1006
"""The code of a socket that ended without a goodbye (RFC 6455, 7.4.1)."""

GIVEN_UP: Final = 4000
"""The code with which a client closes a socket on which it hears nothing: it means to come back over another."""

Kind = Literal["CONNECT", "MESSAGE", "DISCONNECT"]


class Response(TypedDict):
    """What a handler gives back to API Gateway; the client never sees it, but the service's figures do."""

    statusCode: int
    body: NotRequired[str]


class _Identity(msgspec.Struct, rename="camel"):
    source_ip: str = ""


class _Context(msgspec.Struct, rename="camel"):
    connection_id: str
    event_type: Kind
    route_key: str = "$default"
    request_time_epoch: int = 0
    connected_at: int = 0
    domain_name: str = ""
    stage: str = ""
    disconnect_status_code: int = 0
    identity: _Identity = msgspec.field(default_factory=_Identity)
    authorizer: dict[str, Any] | None = None


class _Envelope(msgspec.Struct, rename="camel"):
    request_context: _Context
    query_string_parameters: dict[str, str] | None = None
    headers: dict[str, str] | None = None
    body: str | None = None
    is_base64_encoded: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """One event of one client: `happened_at` and `connected_at` in ms since 1970.

    `fields` are what the client has sent: the parameters of its address when it connects, else its message. `user_id`
    is empty for those who showed no token, and None where nobody is asked for one; `doubt` is the authorizer's word for
    why it could not tell who this is.
    """

    kind: Kind
    connection_id: str
    source_ip: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict[str, Any])
    body: str = ""
    is_binary: bool = False
    user_id: str | None = None
    doubt: str = ""
    happened_at: int = 0
    connected_at: int = 0
    domain_name: str = ""
    stage: str = ""
    close_code: int = 0

    @property
    def is_lost(self) -> bool:
        """True if the socket broke, or was given up for broken; False if either side closed it on purpose."""
        return self.close_code in (ABNORMAL_CLOSURE, GIVEN_UP)

    @property
    def parameters(self) -> dict[str, str]:
        """The fields as text, for actions that may come in the address as well as in a message."""
        return {name: _text(value) for name, value in self.fields.items() if isinstance(value, (str, bool, int, float))}

    def with_fields(self, fields: Mapping[str, Any]) -> Event:
        """The same event with its message read."""
        return replace(self, fields=fields)


def read(event: Mapping[str, Any]) -> Event:
    """The typed form of what API Gateway sends; raises `msgspec.ValidationError` for anything else."""
    envelope = msgspec.convert(cast("dict[str, Any]", event), _Envelope)
    context = envelope.request_context
    known = context.authorizer
    return Event(
        kind=context.event_type,
        connection_id=context.connection_id,
        # Clients without an address must not share one.
        source_ip=context.identity.source_ip or context.connection_id,
        fields=envelope.query_string_parameters or {},
        body=envelope.body or "",
        is_binary=envelope.is_base64_encoded,
        user_id=None if known is None else _context_text(known, "userId"),
        doubt=_context_text(known or {}, AUTHORIZER_ERROR),
        happened_at=context.request_time_epoch,
        connected_at=context.connected_at,
        domain_name=context.domain_name,
        stage=context.stage,
        close_code=context.disconnect_status_code,
    )


def _context_text(context: Mapping[str, Any], name: str) -> str:
    value = context.get(name)
    return value if isinstance(value, str) else ""


def _text(value: str | float) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
