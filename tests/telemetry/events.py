"""Events that the tests of the observers share."""

from decimal import Decimal

from dynalayer.telemetry import BreakerChanged, Called, Consumed

GET = Called(
    "GetItem",
    "Get",
    "shop",
    None,
    "Order",
    "shop.orders:12",
    "0123456789abcdef",
    "r-1",
    1_000_000_000.25,
    0.0123,
    1,
    outcome="ok",
    consumed=(Consumed("shop", read=Decimal("0.5")),),
    request_id="ABC",
)
PUT = Called(
    "PutItem",
    "Put",
    "shop",
    None,
    "Order",
    None,
    "0123456789abcdef",
    None,
    1_000_000_001.0,
    1.5,
    3,
    (0.1, 0.2),
    2,
    "throttled",
    "Throttled",
    "ThrottlingException",
)
OTHER = Called("PutItem", "Create", "shop", outcome="condition failed", error="ConditionFailed", at=1e9, attempts=1)
OPEN = BreakerChanged("shop", "write", "closed", "open", 1e9)
CLOSED = BreakerChanged("shop", "write", "open", "closed", 1e9)
