"""No request hangs or kills the engine, whatever it holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest

from dynalayer.engines.embedded import EmbeddedConnection
from dynalayer.engines.embedded.dispatch import OPERATIONS
from dynalayer.protocol import ServiceError
from tests.engines.embedded.calls import create
from tests.patience import ends


@pytest.fixture
def connection() -> Iterator[EmbeddedConnection]:
    with EmbeddedConnection.memory() as opened:
        create(opened)
        yield opened


BODIES = [
    b"",
    b"null",
    b"[]",
    b"5",
    b'"text"',
    b"{",
    b"\xff\xfe",
    b'{"TableName":null}',
    b'{"TableName":["things"]}',
    b'{"TableName":"things","Key":null,"Item":null,"RequestItems":null,"TransactItems":null}',
    b'{"TableName":"things","Key":5,"Item":5,"RequestItems":5,"TransactItems":5,"KeyConditionExpression":5,"Limit":1.5}',
    b'{"TableName":"things","Key":{"id":[]},"Item":{"id":[]},"RequestItems":{"things":5},"TransactItems":[5]}',
    b'{"TableName":"things","Key":{"id":{"S":5}},"RequestItems":{"things":[null]},"TransactItems":[null]}',
    b'{"TableName":"things","RequestItems":{"things":[{"PutRequest":null}]},"TransactItems":[{"Put":null}]}',
    b'{"TableName":"things","Item":' + b'{"M":{"a":' * 2000 + b"1" + b"}}" * 2000 + b"}",
    b'{"TableName":"things","Item":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    b'{"TableName":"things","Key":{"id":{"S":"a"}},"Item":{"id":{"S":"a"}},"Expected":5,"AttributeUpdates":[],'
    b'"KeyConditions":"","QueryFilter":1,"ScanFilter":[],"AttributesToGet":{},"ConditionalOperator":{}}',
    b'{"TableName":"things","Key":{"id":{"S":"a"}},"Item":{"id":{"S":"a"}},"Expected":{"a":null},'
    b'"AttributeUpdates":{"a":null},"KeyConditions":{"id":null},"ScanFilter":{"a":null},"AttributesToGet":[null]}',
    b'{"TableName":"things","Key":{"id":{"S":"a"}},"Item":{"id":{"S":"a"}},"Expected":{"a":{"Value":{"N":5}}},'
    b'"AttributeUpdates":{"a":{"Value":{"L":[null]}}},"KeyConditions":{"id":{"ComparisonOperator":"EQ",'
    b'"AttributeValueList":[null]}},"ScanFilter":{"a":{"ComparisonOperator":"IN","AttributeValueList":[{"S":5}]}}}',
    b'{"TableName":"things","Key":{"id":{"S":"a"}},"Item":{"id":{"S":"a"}},"Expected":{"a":{"ComparisonOperator":'
    b'"BETWEEN","AttributeValueList":[{"N":"x"},{"S":"b"}]}},"AttributeUpdates":{"a":{"Action":"ADD","Value":{"Q":1}}}}',
    b'{"TableName":"things","Key":{"id":{"S":"a"}},"Item":{"id":{"S":"a"}},"ExpressionAttributeNames":{"#a":null},'
    b'"ExpressionAttributeValues":{":a":null},"ConditionExpression":"#a=:a","FilterExpression":"#a=:a"}',
    b'{"TableName":"things","Tags":[{"Key":"a"}],"KeySchema":[{}],"AttributeDefinitions":[{}]}',
]


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_a_hostile_body_is_refused_quickly_or_answered(
    connection: EmbeddedConnection, operation: str, body: bytes
) -> None:
    with ends(), suppress(ServiceError):
        connection.call(operation, body)
