"""A user's own boto3 client, resource or session makes the calls."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber

from dynalayer import AsyncDatabase, Attr, Database, Entity, InvalidValue, Table, attr, primary
from dynalayer.engines.remote import AsyncBotoConnection, BotoConnection
from dynalayer.protocol import AccessDenied, ConditionFailed, ConnectionLost, ResourceNotFound, ValidationError
from dynalayer.testing import fresh_names
from tests.services.dynamodb_local import free_port

from .peer import Peer, closes, message, sends

things = Table("things", pk="id", stream="NEW_AND_OLD_IMAGES")


class Thing(Entity, table=things):
    id: Attr[str] = attr()
    total: Attr[Decimal] = attr(default=Decimal(0))
    data: Attr[bytes] = attr(default=b"")
    key = primary(id)


KEYS: dict[str, Any] = {"region_name": "eu-west-1", "aws_access_key_id": "AKID", "aws_secret_access_key": "secret"}
ONCE = Config(retries={"total_max_attempts": 1, "mode": "standard"})
EXACT = Decimal("0.10000000000000000000000000000000000001")


def client(endpoint: str, service: str = "dynamodb", **options: Any) -> Any:
    return boto3.client(service, endpoint_url=endpoint, config=ONCE, **(KEYS | options))


class Session(boto3.Session):
    """A session whose clients speak to a server of the test's."""

    endpoint = ""

    def client(self, service_name: str, *args: Any, **options: Any) -> Any:
        return super().client(service_name, endpoint_url=self.endpoint, config=ONCE)


def session(endpoint: str) -> Session:
    made = Session(**KEYS)
    made.endpoint = endpoint
    return made


def resource(endpoint: str) -> Any:
    return boto3.resource("dynamodb", endpoint_url=endpoint, **KEYS)


@pytest.mark.parametrize("make", [client, resource, session])
def test_values_go_and_come_exactly(dynalayer_served: str, make: Any) -> None:
    with fresh_names([things]), Database(make(dynalayer_served)) as db:
        db.create_tables(things)
        thing = Thing(id="1", total=EXACT, data=b"\x00\xff")
        db.create(thing)
        assert db.get(Thing.key("1")) == thing
        with pytest.raises(ConditionFailed) as caught:
            db.create(thing)
        assert caught.value.request_id
        assert db.update(Thing.key("1"), Thing.total.add(EXACT)).total == Decimal(
            "0.20000000000000000000000000000000000002"
        )
        assert len(db.batch_get([Thing.key("1"), Thing.key("2")])) == 2
        assert [each.id for each in db.query(Thing.key.partition("1"))] == ["1"]


def test_an_awaited_database_uses_a_clients_threads(dynalayer_served: str) -> None:
    async def main() -> None:
        async with AsyncDatabase(client(dynalayer_served)) as db:
            await db.create_tables(things)
            await asyncio.gather(*[db.put(Thing(id=str(n), total=Decimal(n))) for n in range(20)])
            found = await asyncio.gather(*[db.get(Thing.key(str(n))) for n in range(20)])
            assert [each.total for each in found if each] == [Decimal(n) for n in range(20)]

    with fresh_names([things]):
        asyncio.run(main())


def test_a_session_makes_the_client_for_streams_too(dynalayer_served: str) -> None:
    with BotoConnection(session(dynalayer_served)) as connection:
        assert connection.call("ListStreams", b"{}").startswith(b'{"Streams"')
    with BotoConnection(client(dynalayer_served)) as alone, pytest.raises(InvalidValue, match="give a boto3 session"):
        alone.call("ListStreams", b"{}")
    with BotoConnection(client(dynalayer_served, "dynamodbstreams")) as streams:
        assert streams.call("ListStreams", b"{}")


def test_the_body_that_is_sent_is_the_one_given_and_the_users_hooks_see_it() -> None:
    body = b'{"TableName": "t",  "Item":{"n":{"N":"1.50"},"b":{"B":"AP8="}}}'
    with Peer(sends(message(b"{}"))) as peer:
        plugged = client(peer.endpoint)
        seen: list[bytes] = []
        plugged.meta.events.register("before-send.dynamodb", lambda request, **_: seen.append(request.body))
        assert BotoConnection(plugged).call("PutItem", body) == b"{}"
        assert seen == [body]
        assert peer.requests[0].endswith(b"\r\n\r\n" + body)


def test_the_users_own_calls_with_the_client_go_on_as_before(dynalayer_served: str) -> None:
    plugged = client(dynalayer_served)
    BotoConnection(plugged).call("ListTables", b"{}")
    assert "TableNames" in plugged.list_tables(Limit=5)


def test_errors_of_the_service_are_ours(dynalayer_served: str) -> None:
    connection = BotoConnection(client(dynalayer_served))
    with pytest.raises(ResourceNotFound) as caught:
        connection.call("DescribeTable", b'{"TableName":"nothing"}')
    assert caught.value.request_id
    with pytest.raises(ValidationError, match="botocore refuses the parameters of GetItem"):
        connection.call("GetItem", b'{"TableName":"t"}')


def test_a_client_that_reaches_nobody_has_done_nothing() -> None:
    with pytest.raises(ConnectionLost, match="EndpointConnectionError") as caught:
        BotoConnection(client(f"http://127.0.0.1:{free_port()}")).call("ListTables", b"{}")
    assert not caught.value.may_have_taken_effect


def test_a_client_that_loses_its_answer_may_have_done_something() -> None:
    with Peer(closes) as peer, pytest.raises(ConnectionLost, match="ConnectionClosedError") as caught:
        BotoConnection(client(peer.endpoint)).call("ListTables", b"{}")
    assert caught.value.may_have_taken_effect


def test_a_client_without_credentials_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    bare = boto3.Session().client("dynamodb", region_name="eu-west-1", endpoint_url="http://127.0.0.1:1")
    with pytest.raises(AccessDenied, match="NoCredentialsError"):
        BotoConnection(bare).call("ListTables", b"{}")


def test_a_stubbed_client_is_told_apart_from_the_service() -> None:
    stubbed = client("http://127.0.0.1:1")
    stub = Stubber(stubbed)
    stub.add_response("list_tables", {"TableNames": []})
    with stub, pytest.raises(ConnectionLost, match="is it stubbed"):
        BotoConnection(stubbed).call("ListTables", b"{}")


def test_a_closed_connection_calls_no_more_and_leaves_the_users_client_open(dynalayer_served: str) -> None:
    plugged = client(dynalayer_served)
    connection = BotoConnection(plugged)
    connection.close()
    with pytest.raises(ConnectionLost, match="closed"):
        connection.call("ListTables", b"{}")
    assert plugged.list_tables()


def test_what_is_no_client_is_refused() -> None:
    for given in (object(), 7, None):
        with pytest.raises(InvalidValue, match="neither a URL nor a connection nor a client"):
            Database(given)  # type: ignore[arg-type]


class Awaited:
    """Stands in for a client of aioboto3, which cannot be installed beside a newer boto3: the same events, awaited."""

    __module__ = "aiobotocore.client"

    def __init__(self, waiting: Any) -> None:
        self.meta = waiting.meta
        self._waiting = waiting

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._waiting, name)

        async def call(**parameters: Any) -> Any:
            return await asyncio.to_thread(method, **parameters)

        return call


def test_an_awaited_client_serves_awaited_databases(dynalayer_served: str) -> None:
    async def main() -> None:
        async with AsyncDatabase(Awaited(client(dynalayer_served))) as db:
            await db.create_tables(things)
            await asyncio.gather(*[db.put(Thing(id=str(n), total=Decimal(n))) for n in range(20)])
            found = await asyncio.gather(*[db.get(Thing.key(str(n))) for n in range(20)])
            assert [each.total for each in found if each] == [Decimal(n) for n in range(20)]
            with pytest.raises(ConditionFailed):
                await db.create(Thing(id="1"))
        with pytest.raises(ConnectionLost, match="closed"):
            await db.get(Thing.key("1"))

    with fresh_names([things]):
        asyncio.run(main())


def test_what_is_awaited_does_not_serve_where_nobody_awaits() -> None:
    with pytest.raises(InvalidValue, match="give it to an AsyncDatabase"):
        BotoConnection(Awaited(client("http://127.0.0.1:1")))


def test_a_session_of_aioboto3_is_refused_with_what_to_give() -> None:
    class AwaitedSession:
        __module__ = "aioboto3.session"
        profile_name = "default"

    with pytest.raises(InvalidValue, match="give such a client"):
        AsyncBotoConnection(AwaitedSession())
