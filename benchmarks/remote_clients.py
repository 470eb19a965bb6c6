"""The clients that `remote.py` measures: each as its own documents would have it, typed objects in and out.

Run by `remote.py` as a process of its own: `remote_clients.py NAME URL`; it reads cells as JSON lines and answers each
with its CPU and wall time. Every library is imported only by its own client.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

KEYS = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
REGION = "us-east-1"
OPERATIONS = ("GetItem", "PutItem", "Query 25", "Query 100", "BatchGet 100", "BatchWrite 25")
Operation = Callable[[int], Any]


@dataclass(slots=True)
class Address:
    city: str
    zip: str
    country: str


@dataclass(slots=True)
class User:
    """What the peers without a model read into and write from."""

    pk: str
    sk: str
    name: str
    email: str
    age: int
    balance: Decimal
    active: bool
    tags: list[str]
    address: Address
    version: int


def values(pk: str, n: int, version: int) -> dict[str, Any]:
    """An item of ten attributes; another `version` at every write, for engines skip writes that change nothing."""
    return {
        "pk": pk,
        "sk": f"order#{n:04d}",
        "name": "Ada Lovelace",
        "email": f"ada{n:04d}@example.com",
        "age": 36,
        "balance": Decimal("1234.56"),
        "active": True,
        "tags": ["alpha", "beta", "gamma"],
        "address": Address("London", "NW1 6XE", "GB"),
        "version": version,
    }


def user(pk: str, n: int, version: int) -> User:
    return User(**values(pk, n, version))


def plain(made: User) -> dict[str, Any]:
    return asdict(made)


def typed(item: dict[str, Any]) -> User:
    """A user out of the plain values that boto3 and aiodynamo give."""
    return User(
        item["pk"],
        item["sk"],
        item["name"],
        item["email"],
        int(item["age"]),
        Decimal(item["balance"]),
        item["active"],
        item["tags"],
        Address(**item["address"]),
        int(item["version"]),
    )


def sk(n: int) -> str:
    return f"order#{n % 100:04d}"


PAIRS = [("q100", sk(n)) for n in range(100)]


def dynalayer(url: str) -> tuple[Any, Any, Any]:
    """The entity, and both databases."""
    from dynalayer import AsyncDatabase, Attr, Database, Entity, Table, attr, primary

    bench = Table("bench", pk="pk", sk="sk")

    class Person(Entity, table=bench):
        pk: Attr[str] = attr()
        sk: Attr[str] = attr()
        name: Attr[str] = attr()
        email: Attr[str] = attr()
        age: Attr[int] = attr()
        balance: Attr[Decimal] = attr()
        active: Attr[bool] = attr()
        tags: Attr[list[str]] = attr()
        address: Attr[Address] = attr()
        version: Attr[int] = attr()
        key = primary(pk, sk)

    return Person, Database, AsyncDatabase


def dynalayer_sync(url: str) -> dict[str, Operation]:
    person, database, _ = dynalayer(url)
    db = database(url)
    key, keys = person.key, [person.key(*pair) for pair in PAIRS]
    return {
        "GetItem": lambda n: db.get(key("q100", sk(n))),
        "PutItem": lambda n: db.put(person(**values("w", n % 100, n))),
        "Query 25": lambda n: list(db.query(key.partition("q25"))),
        "Query 100": lambda n: list(db.query(key.partition("q100"))),
        "BatchGet 100": lambda n: db.batch_get(keys),
        "BatchWrite 25": lambda n: db.batch_write(put=[person(**values("w", i, n)) for i in range(25)]),
    }


async def dynalayer_async(url: str) -> dict[str, Operation]:
    person, _, database = dynalayer(url)
    db = database(url)
    key, keys = person.key, [person.key(*pair) for pair in PAIRS]

    async def query(partition: str) -> list[Any]:
        return [each async for each in db.query(key.partition(partition))]

    return {
        "GetItem": lambda n: db.get(key("q100", sk(n))),
        "PutItem": lambda n: db.put(person(**values("w", n % 100, n))),
        "Query 25": lambda n: query("q25"),
        "Query 100": lambda n: query("q100"),
        "BatchGet 100": lambda n: db.batch_get(keys),
        "BatchWrite 25": lambda n: db.batch_write(put=[person(**values("w", i, n)) for i in range(25)]),
    }


def _codec() -> tuple[Callable[[dict[str, Any]], Any], Callable[[dict[str, Any]], User]]:
    from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

    serialize, deserialize = TypeSerializer().serialize, TypeDeserializer().deserialize
    return (
        lambda values: {name: serialize(value) for name, value in values.items()},
        lambda item: typed({name: deserialize(value) for name, value in item.items()}),
    )


def boto3_client(url: str) -> dict[str, Operation]:
    import boto3

    client = boto3.client("dynamodb", endpoint_url=url)
    to, of = _codec()

    def query(pk: str) -> list[User]:
        found = client.query(
            TableName="bench", KeyConditionExpression="pk = :p", ExpressionAttributeValues=to({":p": pk})
        )
        return [of(item) for item in found["Items"]]

    def batch_get() -> list[User]:
        keys = [to({"pk": pk, "sk": sk}) for pk, sk in PAIRS]
        return [of(i) for i in client.batch_get_item(RequestItems={"bench": {"Keys": keys}})["Responses"]["bench"]]

    def batch_write(n: int) -> Any:
        puts = [{"PutRequest": {"Item": to(plain(user("w", i, n)))}} for i in range(25)]
        return client.batch_write_item(RequestItems={"bench": puts})

    return {
        "GetItem": lambda n: of(client.get_item(TableName="bench", Key=to({"pk": "q100", "sk": sk(n)}))["Item"]),
        "PutItem": lambda n: client.put_item(TableName="bench", Item=to(plain(user("w", n % 100, n)))),
        "Query 25": lambda n: query("q25"),
        "Query 100": lambda n: query("q100"),
        "BatchGet 100": lambda n: batch_get(),
        "BatchWrite 25": batch_write,
    }


def boto3_resource(url: str) -> dict[str, Operation]:
    import boto3
    from boto3.dynamodb.conditions import Key

    resource = boto3.resource("dynamodb", endpoint_url=url)
    table = resource.Table("bench")

    def query(pk: str) -> list[User]:
        return [typed(item) for item in table.query(KeyConditionExpression=Key("pk").eq(pk))["Items"]]

    def batch_get() -> list[User]:
        keys = [{"pk": pk, "sk": sk} for pk, sk in PAIRS]
        found = resource.batch_get_item(RequestItems={"bench": {"Keys": keys}})["Responses"]["bench"]
        return [typed(item) for item in found]

    def batch_write(n: int) -> None:
        with table.batch_writer() as batch:
            for i in range(25):
                batch.put_item(Item=plain(user("w", i, n)))

    return {
        "GetItem": lambda n: typed(table.get_item(Key={"pk": "q100", "sk": sk(n)})["Item"]),
        "PutItem": lambda n: table.put_item(Item=plain(user("w", n % 100, n))),
        "Query 25": lambda n: query("q25"),
        "Query 100": lambda n: query("q100"),
        "BatchGet 100": lambda n: batch_get(),
        "BatchWrite 25": batch_write,
    }


def pynamodb(url: str) -> dict[str, Operation]:
    from pynamodb.attributes import BooleanAttribute, ListAttribute, MapAttribute, NumberAttribute, UnicodeAttribute
    from pynamodb.models import Model

    class Place(MapAttribute[str, Any]):
        city = UnicodeAttribute()
        zip = UnicodeAttribute()
        country = UnicodeAttribute()

    class Person(Model):
        class Meta:
            table_name = "bench"
            host = url
            region = REGION
            aws_access_key_id, aws_secret_access_key = KEYS

        pk = UnicodeAttribute(hash_key=True)
        sk = UnicodeAttribute(range_key=True)
        name = UnicodeAttribute()
        email = UnicodeAttribute()
        age = NumberAttribute()
        balance = NumberAttribute()
        active = BooleanAttribute()
        tags: ListAttribute[str] = ListAttribute(of=UnicodeAttribute)
        address = Place()
        version = NumberAttribute()

    def person(n: int, version: int) -> Any:
        # Its numbers are floats, and its maps its own.
        given = values("w", n, version) | {"balance": 1234.56}
        return Person(**given | {"address": Place(**asdict(given["address"]))})

    def batch_write(n: int) -> None:
        with Person.batch_write() as batch:
            for i in range(25):
                batch.save(person(i, n))

    return {
        "GetItem": lambda n: Person.get("q100", sk(n)),
        "PutItem": lambda n: person(n % 100, n).save(),
        "Query 25": lambda n: list(Person.query("q25")),
        "Query 100": lambda n: list(Person.query("q100")),
        "BatchGet 100": lambda n: list(Person.batch_get(PAIRS)),
        "BatchWrite 25": batch_write,
    }


def _pydynox(url: str) -> tuple[Any, Any, Callable[[int, int], Any]]:
    from pydynox import DynamoDBClient, Model, ModelConfig, set_default_client
    from pydynox.attributes import BooleanAttribute, ListAttribute, MapAttribute, NumberAttribute, StringAttribute

    client = DynamoDBClient(endpoint_url=url, region=REGION, access_key=KEYS[0], secret_key=KEYS[1])
    set_default_client(client)

    class Person(Model):
        model_config = ModelConfig(table="bench")
        pk = StringAttribute(partition_key=True)
        sk = StringAttribute(sort_key=True)
        name = StringAttribute()
        email = StringAttribute()
        age = NumberAttribute()
        balance = NumberAttribute()
        active = BooleanAttribute()
        tags = ListAttribute()
        address = MapAttribute()
        version = NumberAttribute()

    def person(n: int, version: int) -> Any:
        given = values("w", n, version) | {"balance": 1234.56}
        return Person(**given | {"address": asdict(given["address"])})

    return client, Person, person


def pydynox(url: str) -> dict[str, Operation]:
    client, model, person = _pydynox(url)
    keys = [{"pk": pk, "sk": sk} for pk, sk in PAIRS]
    return {
        "GetItem": lambda n: model.sync_get(pk="q100", sk=sk(n)),
        "PutItem": lambda n: person(n % 100, n).sync_save(),
        "Query 25": lambda n: list(model.sync_query(partition_key="q25")),
        "Query 100": lambda n: list(model.sync_query(partition_key="q100")),
        "BatchGet 100": lambda n: model.sync_batch_get(keys),
        "BatchWrite 25": lambda n: client.sync_batch_write("bench", [person(i, n).to_dict() for i in range(25)]),
    }


async def pydynox_async(url: str) -> dict[str, Operation]:
    client, model, person = _pydynox(url)
    keys = [{"pk": pk, "sk": sk} for pk, sk in PAIRS]

    async def query(pk: str) -> list[Any]:
        return [each async for each in model.query(partition_key=pk)]

    return {
        "GetItem": lambda n: model.get(pk="q100", sk=sk(n)),
        "PutItem": lambda n: person(n % 100, n).save(),
        "Query 25": lambda n: query("q25"),
        "Query 100": lambda n: query("q100"),
        "BatchGet 100": lambda n: model.batch_get(keys),
        "BatchWrite 25": lambda n: client.batch_write("bench", [person(i, n).to_dict() for i in range(25)]),
    }


async def aioboto3(url: str) -> dict[str, Operation]:
    import aioboto3
    from botocore.config import Config

    context = aioboto3.Session().client("dynamodb", endpoint_url=url, config=Config(max_pool_connections=64))
    client = await context.__aenter__()
    to, of = _codec()

    async def get(n: int) -> User:
        return of((await client.get_item(TableName="bench", Key=to({"pk": "q100", "sk": sk(n)})))["Item"])

    async def query(pk: str) -> list[User]:
        found = await client.query(
            TableName="bench", KeyConditionExpression="pk = :p", ExpressionAttributeValues=to({":p": pk})
        )
        return [of(item) for item in found["Items"]]

    async def batch_get() -> list[User]:
        keys = [to({"pk": pk, "sk": sk}) for pk, sk in PAIRS]
        found = await client.batch_get_item(RequestItems={"bench": {"Keys": keys}})
        return [of(item) for item in found["Responses"]["bench"]]

    def batch_write(n: int) -> Any:
        puts = [{"PutRequest": {"Item": to(plain(user("w", i, n)))}} for i in range(25)]
        return client.batch_write_item(RequestItems={"bench": puts})

    return {
        "GetItem": get,
        "PutItem": lambda n: client.put_item(TableName="bench", Item=to(plain(user("w", n % 100, n)))),
        "Query 25": lambda n: query("q25"),
        "Query 100": lambda n: query("q100"),
        "BatchGet 100": lambda n: batch_get(),
        "BatchWrite 25": batch_write,
        "close": lambda n: context.__aexit__(None, None, None),
    }


async def aiodynamo(url: str) -> dict[str, Operation]:
    import aiohttp
    from aiodynamo.client import Client
    from aiodynamo.credentials import Key, StaticCredentials
    from aiodynamo.expressions import HashKey
    from aiodynamo.http.aiohttp import AIOHTTP
    from aiodynamo.models import BatchGetRequest, BatchWriteRequest
    from yarl import URL

    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=64))
    # Decimal, so that numbers are exact as they are with the others that are.
    client = Client(AIOHTTP(session), StaticCredentials(Key(*KEYS)), REGION, URL(url), Decimal)
    table, keys = client.table("bench"), [{"pk": pk, "sk": sk} for pk, sk in PAIRS]

    async def get(n: int) -> User:
        return typed(await table.get_item({"pk": "q100", "sk": sk(n)}))

    async def query(pk: str) -> list[User]:
        return [typed(item) async for item in table.query(HashKey("pk", pk))]

    async def batch_get() -> list[User]:
        return [typed(i) for i in (await client.batch_get({"bench": BatchGetRequest(keys=keys)})).items["bench"]]

    def batch_write(n: int) -> Any:
        puts = [plain(user("w", i, n)) for i in range(25)]
        return client.batch_write({"bench": BatchWriteRequest(items_to_put=puts)})

    return {
        "GetItem": get,
        "PutItem": lambda n: table.put_item(plain(user("w", n % 100, n))),
        "Query 25": lambda n: query("q25"),
        "Query 100": lambda n: query("q100"),
        "BatchGet 100": lambda n: batch_get(),
        "BatchWrite 25": batch_write,
        "close": lambda n: session.close(),
    }


SYNC: dict[str, Any] = {
    "Dynalayer": dynalayer_sync,
    "boto3 client": boto3_client,
    "boto3 resource": boto3_resource,
    "PynamoDB": pynamodb,
    "pydynox": pydynox,
}
ASYNC: dict[str, Any] = {
    "Dynalayer async": dynalayer_async,
    "Dynalayer async, uvloop": dynalayer_async,
    "aioboto3": aioboto3,
    "aiodynamo": aiodynamo,
    "pydynox async": pydynox_async,
}


def processor() -> float:
    """CPU seconds of this process, all its threads included."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def check(found: dict[str, Any]) -> None:
    """What came is what was stored."""
    one = found["GetItem"]
    assert (one.name, int(one.age), float(one.balance)) == ("Ada Lovelace", 36, 1234.56), one
    assert [len(found[name]) for name in ("Query 25", "Query 100", "BatchGet 100")] == [25, 100, 100]


def answer(cell: Callable[[str, int, int, int], None]) -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        cpu, wall = processor(), time.perf_counter()
        cell(asked["operation"], asked["count"], asked["first"], asked["flight"])
        print(json.dumps([processor() - cpu, time.perf_counter() - wall]), flush=True)


def main_sync(name: str, url: str) -> None:
    operations = SYNC[name](url)
    check({each: operations[each](0) for each in OPERATIONS})
    print("ready", flush=True)

    def cell(operation: str, count: int, first: int, flight: int) -> None:
        run = operations[operation]
        for n in range(first, first + count):
            run(n)

    answer(cell)


def main_async(name: str, url: str) -> None:
    import asyncio  # the synchronous clients start without it

    factory = None
    if name.endswith("uvloop"):
        import uvloop

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        operations = runner.run(ASYNC[name](url))

        async def each() -> dict[str, Any]:
            return {name: await operations[name](0) for name in OPERATIONS}

        check(runner.run(each()))
        print("ready", flush=True)

        async def cell(operation: str, count: int, first: int, flight: int) -> None:
            run, numbers = operations[operation], iter(range(first, first + count))

            async def one() -> None:
                for n in numbers:
                    await run(n)

            await asyncio.gather(*[one() for _ in range(flight)])

        answer(lambda *asked: runner.run(cell(*asked)))
        if "close" in operations:
            runner.run(operations["close"](0))


if __name__ == "__main__":
    (main_sync if sys.argv[1] in SYNC else main_async)(*sys.argv[1:])
