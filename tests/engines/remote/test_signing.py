"""Our signatures are botocore's."""

from __future__ import annotations

import datetime

import pytest
from botocore.auth import SigV4Auth  # type: ignore[import-untyped]
from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped]
from botocore.credentials import Credentials as BotocoreCredentials  # type: ignore[import-untyped]

from dynalayer.engines.remote.credentials import Credentials
from dynalayer.engines.remote.signing import Signer

HOST = "dynamodb.eu-west-1.amazonaws.com"


@pytest.mark.parametrize("token", [None, "a/session+token=="])
@pytest.mark.parametrize("body", [b"{}", '{"TableName":"é"}'.encode()])
def test_the_signature_is_the_one_botocore_computes(token: str | None, body: bytes) -> None:
    now = datetime.datetime.now(datetime.UTC).timestamp()
    headers = Signer(HOST, "eu-west-1", Credentials("AKID", "secret/key", token)).headers("GetItem", body, now)
    theirs = AWSRequest(
        "POST",
        f"https://{HOST}/",
        data=body,
        headers={name: headers[name] for name in ("Content-Type", "X-Amz-Target", "Host")},
    )
    signer = SigV4Auth(BotocoreCredentials("AKID", "secret/key", token), "dynamodb", "eu-west-1")
    stamp = headers["X-Amz-Date"]
    theirs.context["timestamp"] = stamp
    if token is not None:
        theirs.headers["X-Amz-Security-Token"] = token
    theirs.headers["X-Amz-Date"] = stamp
    signature = signer.signature(signer.string_to_sign(theirs, signer.canonical_request(theirs)), theirs)
    assert headers["Authorization"].endswith(f"Signature={signature}")


@pytest.mark.parametrize(
    ("operation", "target"),
    [("GetItem", "DynamoDB_20120810.GetItem"), ("GetRecords", "DynamoDBStreams_20120810.GetRecords")],
)
def test_streams_are_an_api_of_their_own(operation: str, target: str) -> None:
    signer = Signer(HOST, "eu-west-1", Credentials("AKID", "secret"))
    assert signer.headers(operation, b"{}")["X-Amz-Target"] == target


def test_each_day_has_its_own_key() -> None:
    signer = Signer(HOST, "eu-west-1", Credentials("AKID", "secret"))
    first = signer.headers("GetItem", b"{}", 0.0)
    second = signer.headers("GetItem", b"{}", 86400.0)
    assert "19700101/eu-west-1/dynamodb/aws4_request" in first["Authorization"]
    assert "19700102/eu-west-1/dynamodb/aws4_request" in second["Authorization"]
    assert signer.headers("GetItem", b"{}", 0.0) == first
