"""Signatures: taken unseen where no keys are given, checked exactly where they are."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from dynalayer.engines.remote import Credentials, RemoteConnection
from dynalayer.engines.remote.signing import Signer
from dynalayer.testing import serving
from tests.server.wire import Answer, Wire, request

KEYS = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
NOW = 1_800_000_000.0


@pytest.fixture(scope="module")
def guarded() -> Iterator[str]:
    with serving(credentials=KEYS) as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def dated() -> Iterator[str]:
    """A guarded server whose clock stands still."""
    with serving(credentials=KEYS, clock=lambda: NOW) as endpoint:
        yield endpoint


def headers_of_ours(now: float, *keys: str) -> dict[str, str]:
    """The headers of a request by our own signer."""
    signer = Signer("localhost", "eu-west-1", clock=lambda: now)
    head = signer.request("ListTables", b"{}", Credentials(*keys)).decode().partition("\r\n\r\n")[0]
    return dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if "Content-Length" not in line)


@pytest.fixture
def ask(dated: str, connect: Callable[[str], Wire]) -> Callable[..., Answer]:
    """Asks with a signature by our own signer, changed as a test wants."""
    wire = connect(dated)

    def signed(*, now: float = NOW, keys: tuple[str, ...] = KEYS, body: bytes = b"{}", **changes: str | None) -> Answer:
        signer = Signer("localhost", "eu-west-1", clock=lambda: now)
        _, *lines = (
            signer.request("ListTables", b"{}", Credentials(*keys)).decode().partition("\r\n\r\n")[0].split("\r\n")
        )
        headers: dict[str, str | None] = dict(line.split(": ", 1) for line in lines if "Content-Length" not in line)
        given = {name.replace("-", "_").lower(): value for name, value in headers.items()} | changes
        return wire.ask(request("ListTables", body, **given))

    return signed


def boto(endpoint: str, key: str, secret: str, **options: Any) -> Any:
    return boto3.client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name="ap-southeast-2",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(retries={"max_attempts": 0}),
        **options,
    )


def test_our_own_connection_passes_with_the_right_keys(guarded: str) -> None:
    with RemoteConnection(guarded, credentials=Credentials(*KEYS)) as connection:
        assert connection.call("ListTables", b"{}") == b'{"TableNames":[]}'


def test_boto3_passes_with_the_right_keys_in_any_region(guarded: str) -> None:
    assert boto(guarded, *KEYS).list_tables()["TableNames"] == []


@pytest.mark.parametrize(
    ("key", "secret", "token", "code"),
    [
        ("AKIDOTHER", KEYS[1], None, "UnrecognizedClientException"),
        (KEYS[0], "other", None, "InvalidSignatureException"),
        (*KEYS, "session", "UnrecognizedClientException"),
    ],
)
def test_boto3_is_refused_with_other_keys(guarded: str, key: str, secret: str, token: str | None, code: str) -> None:
    with pytest.raises(ClientError) as caught:
        boto(guarded, key, secret, aws_session_token=token).list_tables()
    assert caught.value.response["Error"]["Code"] == code


def test_a_right_signature_passes(ask: Callable[..., Answer]) -> None:
    assert ask().status == 200


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        ({"authorization": None}, "MissingAuthenticationTokenException", "Request is missing Authentication Token"),
        ({"authorization": "Basic abc"}, "MissingAuthenticationTokenException", "missing Authentication Token"),
        ({"authorization": "AWS4-HMAC-SHA256 x"}, "IncompleteSignatureException", "requires 'Credential' parameter. "),
        ({"x_amz_date": None}, "IncompleteSignatureException", "existence of either a 'X-Amz-Date'"),
        ({"x_amz_date": "Fri, 20 Nov 2026"}, "IncompleteSignatureException", "ISO-8601 'basic format'. Got 'Fri, 20"),
        ({"body": b'{"Limit":9}'}, "InvalidSignatureException", "does not match the signature you provided"),
        ({"x_amz_target": "DynamoDB_20120810.DescribeLimits"}, "InvalidSignatureException", "does not match"),
        ({"host": "elsewhere"}, "InvalidSignatureException", "does not match"),
        ({"keys": (KEYS[0], "wrong")}, "InvalidSignatureException", "does not match"),
        ({"keys": ("WRONG", KEYS[1])}, "UnrecognizedClientException", "security token included in the request is inv"),
        ({"keys": (*KEYS, "session")}, "UnrecognizedClientException", "security token included in the request is inv"),
        ({"now": NOW - 901}, "InvalidSignatureException", "Signature expired: 20270115T074459Z is now earlier than"),
        ({"now": NOW + 901}, "InvalidSignatureException", "Signature not yet current: 20270115T081501Z is still later"),
    ],
)
def test_a_wrong_signature_is_refused_in_the_services_words(
    ask: Callable[..., Answer], changes: dict[str, Any], code: str, message: str
) -> None:
    answer = ask(**changes)
    assert (answer.status, answer.code) == (400, code)
    assert message in answer.json["message"]
    assert KEYS[1] not in answer.body.decode()


@pytest.mark.parametrize("skew", [-900, 900])
def test_clocks_may_differ_by_fifteen_minutes(ask: Callable[..., Answer], skew: int) -> None:
    assert ask(now=NOW + skew).status == 200


def authorization(text: str = "AWS4-HMAC-SHA256", scope: str = "", signed: str = "host;x-amz-date;x-amz-target") -> str:
    stamp = datetime.datetime.fromtimestamp(NOW, datetime.UTC).strftime("%Y%m%d")
    scope = scope or f"{KEYS[0]}/{stamp}/eu-west-1/dynamodb/aws4_request"
    return f"{text} Credential={scope}, SignedHeaders={signed}, Signature={'0' * 64}"


@pytest.mark.parametrize(
    ("header", "code", "message"),
    [
        (authorization(signed="x-amz-target"), "InvalidSignatureException", "'Host' must be a 'SignedHeader'"),
        (authorization(signed="host"), "InvalidSignatureException", "'X-Amz-Target' must be a 'SignedHeader'"),
        (authorization("AWS4-HMAC-SHA25"), "IncompleteSignatureException", "Unsupported AWS 'algorithm'"),
        (authorization(scope="a/b/c/d"), "IncompleteSignatureException", "exactly 5 slash-delimited elements"),
        (authorization(scope="a/20270115/r/s3/aws4_request"), "InvalidSignatureException", "correct service"),
        (authorization(scope="a/20270115/r/dynamodb/x"), "InvalidSignatureException", "valid terminator"),
        (authorization(scope="a/19990101/r/dynamodb/aws4_request"), "InvalidSignatureException", "Date in Credential"),
        (authorization(), "InvalidSignatureException", "does not match the signature you provided"),
        (authorization().replace("0" * 64, "é"), "InvalidSignatureException", "does not match"),
    ],
)
def test_the_parts_of_a_signature_are_looked_at_in_the_services_order(
    ask: Callable[..., Answer], header: str, code: str, message: str
) -> None:
    answer = ask(authorization=header)
    assert (answer.status, answer.code) == (400, code)
    assert message in answer.json["message"]


def test_a_signature_covers_the_whole_request(dated: str, connect: Callable[[str], Wire]) -> None:
    signed = headers_of_ours(NOW, *KEYS)
    given = {name.replace("-", "_").lower(): value for name, value in signed.items()}
    message = request("ListTables", **given)
    for path in (b"POST /other ", b"POST /?a=b "):
        assert connect(dated).ask(message.replace(b"POST / ", path)).code == "InvalidSignatureException"


def test_a_guarded_server_tells_its_health_to_all(dated: str, connect: Callable[[str], Wire]) -> None:
    assert connect(dated).ask(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n").status == 200


@pytest.mark.parametrize("header", [None, "Basic abc", authorization(), authorization(scope="any")])
def test_an_open_server_takes_requests_unsigned_or_signed_by_anybody(wire: Wire, header: str | None) -> None:
    assert wire.ask(request("ListTables", authorization=header)).status == 200


def test_an_open_server_refuses_what_only_begins_as_a_signature(wire: Wire) -> None:
    answer = wire.ask(request("ListTables", authorization="AWS4-HMAC-SHA256 Credential=a"))
    assert answer.code == "IncompleteSignatureException"
    assert answer.json["message"].startswith("Authorization header requires 'Signature' parameter. Authorization")


def test_a_request_is_not_signed_in_two_places(wire: Wire) -> None:
    message = request("ListTables", authorization=authorization())
    answer = wire.ask(message.replace(b"POST / ", b"POST /?X-Amz-Algorithm=AWS4-HMAC-SHA256 "))
    assert answer.code == "InvalidSignatureException"
