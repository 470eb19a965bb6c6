import base64
from typing import Any

import msgspec
import pytest
from live_translation.gateway.events import Peer, connect_event, disconnect_event, message_event
from live_translation.handlers.events import read

from tests.live_translation.doubles import START, ManualClock

CONTEXT: dict[str, Any] = {
    "extendedRequestId": "BvPPDGWWoAMEmXA=",
    "requestTime": "15/Jan/2027:08:00:00 +0000",
    "messageDirection": "IN",
    "stage": "prod",
    "connectedAt": 1_800_000_000_000,
    "requestTimeEpoch": 1_800_000_000_004,
    "identity": {"userAgent": "Mozilla/5.0", "sourceIp": "203.0.113.7"},
    "requestId": "BvPPDGWWoAMEmXA=",
    "domainName": "asasasas.execute-api.eu-west-1.amazonaws.com",
    "connectionId": "BvPPCd6FoAMCJlw=",
    "apiId": "asasasas",
}
"""What API Gateway puts into every event, as its documentation and recorded events show it."""

CONNECT: dict[str, Any] = {
    "headers": {"Host": "asasasas.execute-api.eu-west-1.amazonaws.com", "User-Agent": "Mozilla/5.0"},
    "multiValueHeaders": {"Host": ["asasasas.execute-api.eu-west-1.amazonaws.com"], "User-Agent": ["Mozilla/5.0"]},
    "queryStringParameters": {"action": "createSession", "sourceLanguage": "es"},
    "multiValueQueryStringParameters": {"action": ["createSession"], "sourceLanguage": ["es"]},
    "requestContext": {
        "routeKey": "$connect",
        "eventType": "CONNECT",
        **CONTEXT,
        "authorizer": {"principalId": "sub-1", "userId": "sub-1", "integrationLatency": 51},
    },
    "isBase64Encoded": False,
}
MESSAGE: dict[str, Any] = {
    "requestContext": {"routeKey": "heartbeat", "eventType": "MESSAGE", "messageId": "BvPPeczmoAMCJlw=", **CONTEXT},
    "body": '{"action": "heartbeat"}',
    "isBase64Encoded": False,
}
DISCONNECT: dict[str, Any] = {
    "headers": {"Host": "asasasas.execute-api.eu-west-1.amazonaws.com", "X-Forwarded-For": ""},
    "multiValueHeaders": {"Host": ["asasasas.execute-api.eu-west-1.amazonaws.com"], "X-Forwarded-For": [""]},
    "requestContext": {
        "routeKey": "$disconnect",
        "eventType": "DISCONNECT",
        "disconnectStatusCode": 1005,
        "disconnectReason": "Client-side close frame status not set",
        **CONTEXT,
    },
    "isBase64Encoded": False,
}
PEER = Peer(
    "BvPPCd6FoAMCJlw=",
    1_800_000_000_000,
    "203.0.113.7",
    "localhost:8080",
    "Mozilla/5.0",
    {"principalId": "sub-1", "userId": "sub-1"},
)


def shape(value: Any) -> Any:
    """The names and kinds of a JSON value."""
    return {name: shape(each) for name, each in value.items()} if isinstance(value, dict) else type(value).__name__


def plain(event: dict[str, Any]) -> Any:
    """The shape of an event without what differs from client to client."""
    found = shape(event)
    for name in ("headers", "multiValueHeaders"):
        found.pop(name, None)
    found["requestContext"].pop("authorizer", None)
    return found


def test_what_api_gateway_sends_at_connect_is_read() -> None:
    event = read(CONNECT)
    assert (event.kind, event.connection_id, event.source_ip) == ("CONNECT", "BvPPCd6FoAMCJlw=", "203.0.113.7")
    assert event.fields == {"action": "createSession", "sourceLanguage": "es"}
    assert (event.user_id, event.doubt) == ("sub-1", "")
    assert (event.happened_at, event.connected_at) == (1_800_000_000_004, 1_800_000_000_000)
    assert (event.domain_name, event.stage) == ("asasasas.execute-api.eu-west-1.amazonaws.com", "prod")


def test_a_message_and_a_disconnect_are_read_whatever_their_route() -> None:
    assert (read(MESSAGE).kind, read(MESSAGE).body, read(MESSAGE).user_id) == (
        "MESSAGE",
        '{"action": "heartbeat"}',
        None,
    )
    assert read(DISCONNECT).kind == "DISCONNECT"


def test_an_address_without_parameters_has_no_fields() -> None:
    assert read({**CONNECT, "queryStringParameters": None}).fields == {}
    assert read({name: value for name, value in CONNECT.items() if name != "queryStringParameters"}).fields == {}


@pytest.mark.parametrize("event", [{}, {"requestContext": {}}, {"requestContext": {**CONTEXT, "eventType": "SING"}}])
def test_what_is_no_event_of_a_socket_is_refused(event: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        read(event)


def test_the_events_of_one_machine_are_made_as_api_gateway_makes_them() -> None:
    clock = ManualClock(START + 0.004)
    made = [
        connect_event(PEER, clock, CONNECT["queryStringParameters"], {"User-Agent": "Mozilla/5.0"}),
        message_event(PEER, clock, '{"action": "heartbeat"}'),
        disconnect_event(PEER, clock),
    ]
    assert [plain(each) for each in made] == [plain(each) for each in (CONNECT, MESSAGE, DISCONNECT)]
    assert [each["requestContext"]["routeKey"] for each in made] == ["$connect", "$default", "$disconnect"]
    for mine, theirs in zip(made, (CONNECT, MESSAGE, DISCONNECT), strict=True):
        for name in ("connectedAt", "requestTimeEpoch", "requestTime", "connectionId", "identity"):
            assert mine["requestContext"][name] == theirs["requestContext"][name]


def test_bytes_come_as_base64() -> None:
    event = read(message_event(PEER, ManualClock(), base64.b64encode(b"\x00").decode(), is_binary=True))
    assert (event.is_binary, event.user_id) == (True, "sub-1")


def test_fields_are_had_as_text_too() -> None:
    event = read(MESSAGE).with_fields({"a": True, "b": 0.85, "c": "x", "d": None, "e": [1], "f": 5})
    assert event.parameters == {"a": "true", "b": "0.85", "c": "x", "f": "5"}
