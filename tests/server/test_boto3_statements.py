"""PartiQL through boto3, which knows the shape of every answer and the name of every error."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import boto3
import pytest


@pytest.fixture
def client(dynalayer_served: str) -> Iterator[Any]:
    session = boto3.Session("key", "secret", region_name="eu-west-1")
    # The resource's client speaks plain Python values.
    client = session.resource("dynamodb", endpoint_url=dynalayer_served).meta.client
    client.create_table(
        TableName="Music",
        KeySchema=[{"AttributeName": "Artist", "KeyType": "HASH"}, {"AttributeName": "Song", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("Artist", "Song")],
        BillingMode="PAY_PER_REQUEST",
    )
    yield client
    client.delete_table(TableName="Music")
    client.close()


def test_items_come_and_go_by_statements(client: Any) -> None:
    for song in ("One", "Two", "Three"):
        statement = "INSERT INTO Music VALUE {'Artist': 'Acme Band', 'Song': ?, 'Sold': ?}"
        client.execute_statement(Statement=statement, Parameters=[song, Decimal("1.5")])
    where = "WHERE Artist = ? AND Song = 'Two'"
    statement = f"UPDATE Music SET Sold = Sold + 1 {where} RETURNING MODIFIED NEW *"
    assert client.execute_statement(Statement=statement, Parameters=["Acme Band"])["Items"] == [
        {"Sold": Decimal("2.5")}
    ]
    client.execute_statement(Statement=f"DELETE FROM Music {where}", Parameters=["Acme Band"])
    statement = "SELECT Song FROM Music WHERE Artist = 'Acme Band' ORDER BY Song DESC"
    page = client.execute_statement(Statement=statement, Limit=1)
    assert page["LastEvaluatedKey"] == {"Artist": "Acme Band", "Song": "Three"}
    rest = client.execute_statement(Statement=statement, NextToken=page["NextToken"])
    assert [item["Song"] for item in page["Items"] + rest["Items"]] == ["Three", "One"]


def test_errors_have_their_own_classes(client: Any) -> None:
    insert = {"Statement": "INSERT INTO Music VALUE {'Artist': 'Acme Band', 'Song': 'One'}"}
    client.execute_statement(**insert)
    with pytest.raises(client.exceptions.DuplicateItemException):
        client.execute_statement(**insert)
    (response,) = client.batch_execute_statement(Statements=[insert])["Responses"]
    assert (response["TableName"], response["Error"]["Code"]) == ("Music", "DuplicateItem")
    with pytest.raises(client.exceptions.TransactionCanceledException) as caught:
        client.execute_transaction(TransactStatements=[insert])
    assert caught.value.response["CancellationReasons"][0]["Code"] == "DuplicateItem"
