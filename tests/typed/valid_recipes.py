"""Uses of the recipes that must be free of type errors; held to by tests/typed/test_typing.py."""

from __future__ import annotations

from decimal import Decimal
from typing import assert_type

from dynalayer import AsyncDatabase, Check, Put
from dynalayer.recipes import (
    AsyncCached,
    AsyncHeldLease,
    Cache,
    Cached,
    Counter,
    Decision,
    Finished,
    Found,
    HeldLease,
    Holding,
    Idempotency,
    Lease,
    RateLimiter,
    Started,
    held,
    idempotent,
)
from dynalayer.recipes.lease import LeaseItem

from .valid import Address, app, db, user

limiter = RateLimiter(app, "join", capacity=10, refill=10, per=60, on_failure="allow")
assert_type(db.run(limiter.take("ada")), Decision)
assert_type(db.run(limiter.wait("ada", 2, at_most=1.5)).delay, float)

lease = Lease(app, "report", seconds=30, forget_after=3_600)
holding = db.run(lease.acquire("2026", wait=3))
assert_type(holding, Holding)
assert_type(db.run(lease.holder("2026")), Holding | None)
assert_type(lease.check(holding), Check[LeaseItem])
db.transact(Put(user), lease.check(holding))
with held(db, lease, "2026", wait=1) as block:
    assert_type(block, HeldLease)
    assert_type(block.fence, int)

payments = Idempotency(app, "payments")
assert_type(db.run(payments.begin("x")), Started | Finished)


def order_of(order: str, amount: Decimal) -> str:
    return order


@idempotent(db, payments, key=order_of, wait=5)
def pay(order: str, amount: Decimal) -> Address:
    return Address(f"{order} {amount}")


assert_type(pay("1", Decimal(2)), Address)

counter = Counter(app, "views")
assert_type(db.run(counter.add("home", 2, token="x")), bool)
assert_type(db.run(counter.value("home", at_one_moment=True)), int)

addresses = Cache(app, "addresses", Address, most=10, index="GSI1")
assert_type(db.run(addresses.get("x")), Address | None)
assert_type(db.run(addresses.look("x")), Found[Address] | None)
cached = Cached(db, addresses)
assert_type(cached.get_or_set("x", lambda: Address("Paris")), Address)


def perhaps() -> Address | None:
    return None


assert_type(cached.get_or_set("x", perhaps), Address | None)


async def main(adb: AsyncDatabase) -> None:
    assert_type(await adb.run(limiter.take("ada")), Decision)
    async with held(adb, lease, "2026") as block:
        assert_type(block, AsyncHeldLease)

    @idempotent(adb, payments, run_for=5.0)
    async def pay_later(order: str) -> int:
        return len(order)

    assert_type(await pay_later("1"), int)

    async def load() -> Address:
        return Address("Paris")

    assert_type(await AsyncCached(adb, addresses).get_or_set("x", load), Address)
