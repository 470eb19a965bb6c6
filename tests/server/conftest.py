"""A table on the served engine, and the ways to talk to it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from tests.server.wire import Wire, request

_numbers = itertools.count()


@pytest.fixture
def endpoint(dynalayer_served: str) -> str:
    return dynalayer_served


@pytest.fixture
def connect() -> Iterator[Callable[[str], Wire]]:
    """Opens connections that the test need not close."""
    opened: list[Wire] = []

    def open_one(endpoint: str) -> Wire:
        opened.append(Wire(endpoint))
        return opened[-1]

    yield open_one
    for wire in opened:
        wire.close()


@pytest.fixture
def wire(endpoint: str, connect: Callable[[str], Wire]) -> Wire:
    return connect(endpoint)


@pytest.fixture
def table(wire: Wire) -> str:
    """A table of this test's own, with the key `pk`."""
    return make_table(wire, f"server-{next(_numbers)}")


def make_table(wire: Wire, name: str) -> str:
    made = wire.ask(
        request(
            "CreateTable",
            {
                "TableName": name,
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            },
        )
    )
    assert made.status == 200, made.body
    return name
