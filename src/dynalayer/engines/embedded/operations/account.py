"""DescribeLimits and DescribeEndpoints: what the service says of the account and the region."""

from __future__ import annotations

from dynalayer.engines.embedded.engine import Engine
from dynalayer.engines.embedded.requests.decoding import decode, encode
from dynalayer.engines.embedded.requests.tablerequests import Nothing
from dynalayer.engines.embedded.tables.definitions import REGION


def describe_limits(engine: Engine, body: bytes) -> bytes:
    """DescribeLimits: the quotas of a new account (guide, "Quotas"); the engine itself holds nobody to them."""
    decode(Nothing, body)
    return encode(
        {
            "AccountMaxReadCapacityUnits": 80_000,
            "AccountMaxWriteCapacityUnits": 80_000,
            "TableMaxReadCapacityUnits": 40_000,
            "TableMaxWriteCapacityUnits": 40_000,
        }
    )


def describe_endpoints(engine: Engine, body: bytes) -> bytes:
    """DescribeEndpoints: a name that leads nowhere, so that no client goes from here to the service by itself."""
    decode(Nothing, body)
    address = f"dynamodb.{REGION}.amazonaws.com"
    return encode({"Endpoints": [{"Address": address, "CachePeriodInMinutes": 1440}]})
