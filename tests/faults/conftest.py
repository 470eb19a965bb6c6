"""The services behind the faulty proxy, with one table each, and every kind of caller."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from dynalayer.engines.remote import RemoteConnection

from .truth import CALLERS, Callers, asked

TABLE = "faulty"
_ids = count()


class Service:
    """A service, asked without the proxy."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.direct = RemoteConnection(endpoint)


@pytest.fixture(scope="module", params=["served", "local"])
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    made = Service(request.getfixturevalue("dynalayer_served" if request.param == "served" else "dynamodb_local"))
    keys = [{"AttributeName": "id", "KeyType": "HASH"}]
    shape: dict[str, Any] = {"AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}], "KeySchema": keys}
    with made.direct as direct:
        direct.call(*asked("CreateTable", {"TableName": TABLE, "BillingMode": "PAY_PER_REQUEST", **shape}))
        yield made
        direct.call(*asked("DeleteTable", {"TableName": TABLE}))


@pytest.fixture(scope="module", params=CALLERS)
def kind(request: pytest.FixtureRequest) -> str:
    if request.param == "uvloop":
        pytest.importorskip("uvloop")
    return str(request.param)


@pytest.fixture
def callers(kind: str) -> Iterator[Callers]:
    with Callers(kind) as made:
        yield made


def fresh(what: str) -> str:
    """An id that no other example has."""
    return f"{what}-{next(_ids)}"
