"""Observing that must pass both checkers, strict."""

from __future__ import annotations

from decimal import Decimal
from typing import assert_type

from dynalayer import (
    ON_DEMAND,
    AsyncDatabase,
    Attr,
    Called,
    Costs,
    CostTable,
    Database,
    Emf,
    Entity,
    Hooks,
    JsonLog,
    Metrics,
    Observer,
    OpenTelemetry,
    Prices,
    Prometheus,
    Spans,
    Table,
    attr,
    correlation,
    primary,
)
from dynalayer.telemetry import BreakerChanged, Retrying

shop = Table("shop", pk="PK")


class Order(Entity, table=shop):
    id: Attr[str] = attr()
    key = primary(id, pk="ORDER#{id}")


class Slowest(Observer):
    wants_capacity = "TOTAL"
    wants_keys = True

    def __init__(self) -> None:
        self.seconds = 0.0

    def ended(self, event: Called) -> None:
        assert_type(event.read_units, Decimal)
        assert_type(event.table, str | None)
        self.seconds = max(self.seconds, event.seconds)


class Statsd:
    def call(self, event: Called) -> None:
        print(event.operation, event.outcome)

    def breaker(self, event: BreakerChanged) -> None:
        print(event.table, event.new)


def again(event: Retrying) -> float:
    return event.wait


observers: list[Observer] = [Slowest(), JsonLog(sample=0.1), Costs(), Spans(), Hooks(on_retry=again)]
db = Database("memory:", observers=observers, key_salt=b"salt")
other = AsyncDatabase("memory:", observers=[Metrics(Statsd(), Emf(), Prometheus(), OpenTelemetry())])
assert_type(db.costs(), CostTable)
assert_type(db.costs(ON_DEMAND, reset=True).money, Decimal | None)
assert_type(other.costs(Prices("here", Decimal(1), Decimal(5))).by_site()["line"].read_units, Decimal)


@correlation("nightly")
async def nightly(count: int) -> Order | None:
    return await other.get(Order.key(str(count)))


@correlation(lambda: "each")
def each(count: int, *, loud: bool = False) -> str:
    return str(count)


async def use() -> None:
    assert_type(await nightly(1), Order | None)
    assert_type(each(1, loud=True), str)
    with correlation("r-1") as id:
        assert_type(id, str)
