"""Our signatures are botocore's."""

from __future__ import annotations

import datetime
import time

import pytest
from botocore.auth import SigV4Auth  # type: ignore[import-untyped]
from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped]
from botocore.credentials import Credentials as BotocoreCredentials  # type: ignore[import-untyped]

from dynalayer.engines.remote.identity.credentials import Credentials
from dynalayer.engines.remote.signing import Signer

HOST = "dynamodb.eu-west-1.amazonaws.com"
OURS = Credentials("AKID", "secret")


def headers_of(request: bytes) -> dict[str, str]:
    _, *lines = request.decode().partition("\r\n\r\n")[0].split("\r\n")
    return dict(line.split(": ", 1) for line in lines)


@pytest.mark.parametrize("token", [None, "a/session+token=="])
@pytest.mark.parametrize("body", [b"{}", '{"TableName":"é"}'.encode()])
def test_the_signature_is_the_one_botocore_computes(token: str | None, body: bytes) -> None:
    now = datetime.datetime.now(datetime.UTC).timestamp()
    signer = Signer(HOST, "eu-west-1", clock=lambda: now)
    request = signer.request("GetItem", body, Credentials("AKID", "secret/key", token))
    headers = headers_of(request)
    theirs = AWSRequest(
        "POST",
        f"https://{HOST}/",
        data=body,
        headers={name: headers[name] for name in ("Content-Type", "X-Amz-Target", "Host")},
    )
    stamp = headers["X-Amz-Date"]
    theirs.context["timestamp"] = stamp
    if token is not None:
        theirs.headers["X-Amz-Security-Token"] = token
    theirs.headers["X-Amz-Date"] = stamp
    judge = SigV4Auth(BotocoreCredentials("AKID", "secret/key", token), "dynamodb", "eu-west-1")
    signature = judge.signature(judge.string_to_sign(theirs, judge.canonical_request(theirs)), theirs)
    assert headers["Authorization"].endswith(f"Signature={signature}")
    assert headers.get("X-Amz-Security-Token") == token
    assert request.endswith(b"\r\n\r\n" + body)
    assert headers["Content-Length"] == str(len(body))


@pytest.mark.parametrize(
    ("operation", "target"),
    [("GetItem", "DynamoDB_20120810.GetItem"), ("GetRecords", "DynamoDBStreams_20120810.GetRecords")],
)
def test_streams_are_an_api_of_their_own(operation: str, target: str) -> None:
    assert headers_of(Signer(HOST, "eu-west-1").request(operation, b"{}", OURS))["X-Amz-Target"] == target


def test_a_request_tells_the_second_of_its_signature_and_a_new_day_has_its_own_key() -> None:
    now = [0.0]
    signer = Signer(HOST, "eu-west-1", clock=lambda: now[0])
    seen = []
    for now[0] in (0.5, 0.9, 1.0, 86399.0, 86400.0):
        headers = headers_of(signer.request("GetItem", b"{}", OURS))
        fresh = headers_of(Signer(HOST, "eu-west-1", clock=lambda: now[0]).request("GetItem", b"{}", OURS))
        assert headers == fresh
        seen.append((headers["X-Amz-Date"], headers["Authorization"].split("/")[1]))
    assert seen == [
        ("19700101T000000Z", "19700101"),
        ("19700101T000000Z", "19700101"),
        ("19700101T000001Z", "19700101"),
        ("19700101T235959Z", "19700101"),
        ("19700102T000000Z", "19700102"),
    ]


def test_new_credentials_are_used_from_the_next_request_on() -> None:
    signer = Signer(HOST, "eu-west-1", clock=lambda: 0.0)
    before = headers_of(signer.request("GetItem", b"{}", OURS))
    after = headers_of(signer.request("GetItem", b"{}", Credentials("OTHER", "secret", "token")))
    assert "Credential=AKID/" in before["Authorization"]
    assert "Credential=OTHER/" in after["Authorization"]
    assert "x-amz-security-token" in after["Authorization"]
    assert headers_of(signer.request("GetItem", b"{}", OURS)) == before


def test_without_credentials_a_request_is_not_signed() -> None:
    headers = headers_of(Signer(HOST, "eu-west-1").request("GetItem", b"{}", None))
    assert "Authorization" not in headers
    assert headers["X-Amz-Target"] == "DynamoDB_20120810.GetItem"


def test_made_up_operations_do_not_fill_the_memory() -> None:
    signer = Signer(HOST, "eu-west-1", clock=lambda: 0.0)
    for n in range(1000):
        assert headers_of(signer.request(f"Op{n}", b"{}", OURS))["X-Amz-Target"].endswith(f".Op{n}")
    assert signer._second is not None
    assert len(signer._second.templates) <= 128


def test_the_clock_is_the_machines_own_unless_another_is_given() -> None:
    before = time.time()
    stamp = headers_of(Signer(HOST, "eu-west-1").request("GetItem", b"{}", OURS))["X-Amz-Date"]
    told = datetime.datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.UTC).timestamp()
    assert int(before) <= told <= time.time()
