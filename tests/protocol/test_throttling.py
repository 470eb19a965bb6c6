"""What a throttled call says: which table or index, which limit, and what to do."""

from __future__ import annotations

import pytest

from dynalayer.protocol import Throttled, ThrottlingReason, from_wire

ARN = "arn:aws:dynamodb:eu-west-1:123456789012:table/shop"


@pytest.mark.parametrize(
    ("resource", "table", "index"),
    [(ARN, "shop", None), (f"{ARN}/index/GSI1", "shop", "GSI1"), ("", None, None), ("table", None, None)],
)
def test_a_resource_names_its_table_and_its_index(resource: str, table: str | None, index: str | None) -> None:
    reason = ThrottlingReason("TableReadProvisionedThroughputExceeded", resource)
    assert (reason.table, reason.index) == (table, index)


@pytest.mark.parametrize(
    ("reason", "advice"),
    [
        ("IndexWriteKeyRangeThroughputExceeded", "one partition takes at most"),
        ("TableReadProvisionedThroughputExceeded", "the provisioned capacity is used up"),
        ("TableWriteMaxOnDemandThroughputExceeded", "the maximum that was set"),
        ("TableReadAccountLimitExceeded", "ask for a higher one"),
        ("SomethingNew", "slow down, or wait"),
    ],
)
def test_each_reason_says_what_to_do(reason: str, advice: str) -> None:
    error = Throttled("Too fast.", reasons=[ThrottlingReason(reason, f"{ARN}/index/GSI1")])
    assert str(error).startswith(f"Too fast. [table shop, index GSI1: {reason}; ")
    assert advice in str(error)
    assert (error.table, error.index, error.reason) == ("shop", "GSI1", reason)


def test_what_the_service_sends_is_read_and_sent_on_as_it_was() -> None:
    reasons = [ThrottlingReason("TableReadKeyRangeThroughputExceeded", ARN)] * 2
    sent = Throttled("Too fast.", code="ProvisionedThroughputExceededException", reasons=reasons)
    body = b'{"__type":"x#ProvisionedThroughputExceededException","message":"Too fast.","ThrottlingReasons":['
    one = b'{"reason":"TableReadKeyRangeThroughputExceeded","resource":"' + ARN.encode() + b'"}'
    found = from_wire(400, body + one + b"," + one + b"]}")
    assert found.to_wire() == sent.to_wire()
    assert str(found).count("table shop") == 1


def test_without_reasons_the_message_is_the_services() -> None:
    error = Throttled("Too fast.")
    assert (str(error), error.table, error.index, error.reason) == ("Too fast.", None, None, None)
