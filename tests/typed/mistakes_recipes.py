"""Wrong uses of the recipes, found by both type checkers: each line marked `# error` and no other."""

from decimal import Decimal

from dynalayer import AsyncDatabase
from dynalayer.recipes import AsyncCached, Cache, Cached, Counter, Idempotency, Lease, RateLimiter, held, idempotent

from .valid import Address, app, db
from .valid_recipes import addresses, cached, counter, lease, limiter, pay, payments

RateLimiter("app", "join", capacity=10, refill=10)  # error: a table is not its name
RateLimiter(app, "join", capacity=10, refill=0.5)  # error: tokens are whole
RateLimiter(app, "join", capacity=10, refill=1, on_failure="ignore")  # error: no such answer
limiter.take(7)  # error: a subject is text
db.run(limiter.take("ada")).wait  # error: no such attribute
limiter.wait("ada")  # error: how long to wait at most is missing
db.run(lease.holder("2026")).fence  # error: nobody may hold it
lease.release("2026")  # error: what is released is a holding
Lease(app, "report", seconds="30")  # error: seconds are a number
pay(1, Decimal(2))  # error: an argument of a wrong type, through the decorator
pay("1", Decimal(2)).upper()  # error: the result keeps its type, through the decorator
idempotent(db, "payments")  # error: a recipe is not its name
Idempotency(app, "x", keep_for="1 day")  # error: seconds are a number
counter.add("home", 0.5)  # error: a counter counts whole numbers
db.run(counter.value("home")).bit  # error: no such attribute
Counter(app)  # error: the name is missing
addresses.set("x", "Paris")  # error: a value of a wrong type
db.run(addresses.get("x")).city  # error: there may be none
cached.get_or_set("x", lambda: "Paris")  # error: a loader of a wrong type
Cache(app, "x", "str")  # error: the type of the values is not its name


async def forgotten(adb: AsyncDatabase) -> None:
    Cached(adb, addresses)  # error: an awaited database needs AsyncCached
    with held(adb, lease, "2026"):  # error: not async with
        pass

    async def load() -> str:
        return "Paris"

    await AsyncCached(adb, addresses).get_or_set("x", load)  # error: a loader of a wrong type

    @idempotent(adb, payments)  # error: a function that is not awaited
    def plain(order: str) -> Address:
        return Address(order)
