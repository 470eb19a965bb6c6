"""A shop whose infrastructure says everything that can be said."""

from decimal import Decimal

from dynalayer import (
    AccessPattern,
    Attr,
    BatchGet,
    BatchWrite,
    Check,
    Create,
    Entity,
    Get,
    Index,
    LocalIndex,
    Put,
    Table,
    Transaction,
    Update,
    any_,
    attr,
    index,
    number,
    primary,
)
from dynalayer.infra import (
    Alarm,
    Dashboard,
    Grant,
    Graph,
    Infrastructure,
    Metric,
    Output,
    Setting,
    Tenant,
    Topic,
    arn_of,
    name_of,
    percentage,
    stream_of,
    table_alarms,
)

orders = Table(
    "Orders",
    pk="PK",
    sk="SK",
    indexes=[
        Index("by-state", pk="state", sk=number("total"), projection=["lines", "expires"]),
        LocalIndex("by-day", sk="day", projection="KEYS_ONLY"),
    ],
    ttl="expires",
    stream="NEW_AND_OLD_IMAGES",
    tags={"team": "shop"},
)
stock = Table("Stock", pk="item")


class Order(Entity, table=orders):
    customer: Attr[str] = attr(max_bytes=64)
    id: Attr[str] = attr(max_bytes=64)
    day: Attr[str | None] = attr(default=None, max_bytes=10)
    state: Attr[str | None] = attr(default=None, max_bytes=16)
    total: Attr[Decimal] = attr(default=Decimal(0))
    lines: Attr[int] = attr(default=0)
    expires: Attr[int | None] = attr(default=None, ttl=True)
    key = primary(customer, id, pk="CUSTOMER#{customer}", sk="ORDER#{id}")
    by_state = index("by-state", state, total)


class Account(Entity, table=orders):
    customer: Attr[str] = attr(max_bytes=64)
    email: Attr[str] = attr(unique=True, max_bytes=128)
    key = primary(customer, pk="CUSTOMER#{customer}", sk="ACCOUNT")


class Stock(Entity, table=stock):
    item: Attr[str] = attr(max_bytes=64)
    count: Attr[int] = attr(default=0)
    key = primary(item)


_order = Order.key(any_(str), any_(str))
_stock = Stock.key(any_(str))

BUYING = (
    AccessPattern(
        "an order is placed",
        Transaction((Create(any_(Order)), Update(_stock, (Stock.count.add(-1),)), Check(_order, Order.lines < 9))),
    ),
    AccessPattern("the orders of a customer", Order.key.partition(any_(str)), items=10),
)
COUNTING = (
    AccessPattern("orders in a state", Order.by_state(any_(str)).select(Order.total, Order.lines), items=50),
    AccessPattern("what is in stock", BatchGet((_stock,)), items=100),
    AccessPattern("stock is filled", BatchWrite((any_(Stock),)), items=25),
)

REQUESTS = Metric("Shop", "Requests", "Sum", unit="Count")
FAILED = Metric("Shop", "Failed", "Sum", unit="Count")
LATENCY = Metric("Shop", "Latency", "p99", unit="Milliseconds", period=60)
topic = Topic("shop-alarms-{env}", "Shop & more ${not.a.variable}")
dashboard = Dashboard(
    "Shop-{env}",
    [
        [Graph("Requests", [REQUESTS, percentage(FAILED, REQUESTS, label="failed, %")])],
        [
            Graph("Latency", [LATENCY]),
            Graph("Both ${again}", [percentage(FAILED, REQUESTS), percentage(FAILED, REQUESTS)]),
        ],
    ],
)

infrastructure = Infrastructure(
    "shop",
    description="The shop",
    tables=[orders, stock],
    topic=topic,
    alarms=[
        Alarm(
            "failures-{env}",
            percentage(FAILED, REQUESTS),
            ">",
            Setting("mostFailures", 5),
            periods=3,
            datapoints=2,
            missing="ignore",
            description="Over 5 % of ${requests} fail",
        ),
        Alarm("latency-{env}", LATENCY, ">=", 250, periods=5, missing="missing", description="Slow", notify=False),
        *table_alarms(orders, latency_ms=50, operations=["Query"]),
    ],
    dashboard=dashboard,
    outputs=[
        Output("OrdersTableName", name_of(orders)),
        Output("OrdersTableArn", arn_of(orders), "where the orders are"),
        Output("OrdersStreamArn", stream_of(orders)),
        Output("AlarmTopicArn", arn_of(topic)),
        Output("AlarmTopicName", name_of(topic)),
        Output("DashboardName", name_of(dashboard)),
        Output("OrdersIndexName", "by-state"),
    ],
    grants=[Grant("buying", BUYING), Grant("counting", COUNTING)],
)

SELF_SERVICE = Grant(
    "self-service",
    [
        AccessPattern("my orders", Order.key.partition(any_(str)), items=10),
        AccessPattern("an order of mine", Get(_order)),
        AccessPattern("I change an order", Update(_order, (Order.lines.set(1),))),
    ],
    tenant=Tenant("customer", "aws:PrincipalTag/customer"),
)
ACCOUNTS = Grant(
    "accounts",
    [
        AccessPattern("an account is opened", Create(any_(Account))),
        AccessPattern("an account is replaced", Put(any_(Account))),
    ],
)
