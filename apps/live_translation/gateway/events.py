"""The events that API Gateway would send for a socket, made from a socket of this machine."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from live_translation.clock import Clock, milliseconds

STAGE: Final = "local"


@dataclass(frozen=True, slots=True)
class Peer:
    """What comes with every event of a socket; `connected_at` in ms since 1970.

    `authorizer` is what the authorizer has found out at the handshake, None if there is none.
    """

    connection_id: str
    connected_at: int
    source_ip: str
    domain_name: str = ""
    user_agent: str = ""
    authorizer: Mapping[str, str] | None = None


def connect_event(
    peer: Peer, clock: Clock, parameters: Mapping[str, str], headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The `$connect` event; it alone carries headers and the parameters of the address."""
    headers = headers or {}
    event: dict[str, Any] = {
        "headers": dict(headers),
        "multiValueHeaders": _lists(headers),
        "requestContext": _context(peer, clock, "$connect", "CONNECT"),
        "isBase64Encoded": False,
    }
    if parameters:
        event["queryStringParameters"] = dict(parameters)
        event["multiValueQueryStringParameters"] = _lists(parameters)
    return event


def message_event(peer: Peer, clock: Clock, body: str, *, is_binary: bool = False) -> dict[str, Any]:
    """The event of a message; `body` is base64 if it came as bytes."""
    context = _context(peer, clock, "$default", "MESSAGE")
    context["messageId"] = context["requestId"]
    return {"requestContext": context, "body": body, "isBase64Encoded": is_binary}


def disconnect_event(peer: Peer, clock: Clock, code: int = 1005, reason: str = "") -> dict[str, Any]:
    """The `$disconnect` event; `code` is the one that the socket was closed with."""
    context = _context(peer, clock, "$disconnect", "DISCONNECT")
    context["disconnectStatusCode"] = code
    context["disconnectReason"] = reason
    return {
        "headers": {"Host": peer.domain_name, "X-Forwarded-For": ""},
        "multiValueHeaders": {"Host": [peer.domain_name], "X-Forwarded-For": [""]},
        "requestContext": context,
        "isBase64Encoded": False,
    }


def _context(peer: Peer, clock: Clock, route: str, kind: str) -> dict[str, Any]:
    now = milliseconds(clock)
    request_id = secrets.token_urlsafe(9)
    context: dict[str, Any] = {
        "routeKey": route,
        "eventType": kind,
        "extendedRequestId": request_id,
        "requestTime": datetime.fromtimestamp(now / 1000, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "messageDirection": "IN",
        "stage": STAGE,
        "connectedAt": peer.connected_at,
        "requestTimeEpoch": now,
        "identity": {"userAgent": peer.user_agent, "sourceIp": peer.source_ip},
        "requestId": request_id,
        "domainName": peer.domain_name,
        "connectionId": peer.connection_id,
        "apiId": STAGE,
    }
    if peer.authorizer is not None:
        context["authorizer"] = dict(peer.authorizer)
    return context


def _lists(values: Mapping[str, str]) -> dict[str, list[str]]:
    return {name: [value] for name, value in values.items()}
