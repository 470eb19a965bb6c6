"""Recorded calls, and what they cost."""

from __future__ import annotations

import pytest

from dynalayer import ConditionFailed, Create, Database, Update
from dynalayer.statements import Raw
from dynalayer.testing import Calls, FaultPlan

from .shop import Order

ADA = Order.key("ada", "1")


def test_reads_and_writes_are_counted_in_units(dynalayer_db: Database, dynalayer_calls: Calls) -> None:
    dynalayer_db.create(Order(customer="ada", id="1", note="x" * 1500))
    dynalayer_db.get(ADA)
    dynalayer_db.get(ADA, consistent=True)
    assert dynalayer_calls.operations == ["PutItem", "GetItem", "GetItem"]
    assert [call.rcu for call in dynalayer_calls] == [0, 0.5, 1]
    assert dynalayer_calls.total_rcu == 1.5
    # Two units for the item, and as the index projects all, two for its entry there.
    assert dynalayer_calls.total_wcu == 4
    assert dynalayer_calls.of("GetItem", table="shop").total_rcu == 1.5
    assert list(dynalayer_calls.by_operation()) == ["PutItem", "GetItem"]


def test_batches_and_transactions_have_their_price(dynalayer_db: Database, dynalayer_calls: Calls) -> None:
    dynalayer_db.batch_write(put=[Order(customer="ada", id=f"{n}") for n in range(3)])
    assert dynalayer_calls.total_wcu == 6
    dynalayer_db.batch_get([Order.key("ada", f"{n}") for n in range(3)])
    assert dynalayer_calls.total_rcu == 1.5
    dynalayer_db.transact(Create(Order(customer="ada", id="9")), Update(ADA, (Order.lines.add(1),)))
    assert dynalayer_calls[-1].wcu > 4


def test_a_query_tells_how_many_items_it_examined(dynalayer_db: Database, dynalayer_calls: Calls) -> None:
    dynalayer_db.batch_write(put=[Order(customer="ada", id=f"{n}", lines=n) for n in range(9)])
    assert len(list(dynalayer_db.query(Order.key.partition("ada").where(Order.lines >= 7)))) == 2
    call = dynalayer_calls[-1]
    assert (call.returned, call.examined, call.tables, call.index) == (2, 9, ["shop"], None)
    list(dynalayer_db.query(Order.by_state("new")))
    assert dynalayer_calls[-1].index == "GSI1"


def test_the_caller_sees_the_answer_it_would_have_seen(dynalayer_db: Database, dynalayer_calls: Calls) -> None:
    dynalayer_db.create(Order(customer="ada", id="1"))
    request = {"TableName": "shop", "Key": ADA.wire}
    plain = dynalayer_db.run(Raw("GetItem", request))
    assert set(plain) == {"Item"}
    none = dynalayer_db.run(Raw("GetItem", {**request, "ReturnConsumedCapacity": "NONE"}))
    assert none == plain
    asked = dynalayer_db.run(Raw("GetItem", {**request, "ReturnConsumedCapacity": "INDEXES"}))
    assert asked["ConsumedCapacity"]["Table"] == {"CapacityUnits": 0.5}
    assert [call.rcu for call in dynalayer_calls[1:]] == [0.5, 0.5, 0.5]
    assert "ReturnConsumedCapacity" not in dynalayer_calls[1].request


def test_statements_of_partiql_are_reads_or_writes(dynalayer_db: Database, dynalayer_calls: Calls) -> None:
    insert = "INSERT INTO \"shop\" VALUE {'PK': 'a', 'SK': 'b'}"
    dynalayer_db.run(Raw("ExecuteStatement", {"Statement": insert}))
    select = "SELECT * FROM \"shop\" WHERE PK = 'a' AND SK = 'b'"
    dynalayer_db.run(Raw("ExecuteStatement", {"Statement": select}))
    assert dynalayer_calls[0].wcu >= 1
    assert dynalayer_calls[0].rcu == dynalayer_calls[1].wcu == 0
    assert dynalayer_calls[1].rcu > 0


def test_a_failed_call_is_recorded_with_its_error(dynalayer_db: Database, dynalayer_calls: Calls) -> None:
    dynalayer_db.create(Order(customer="ada", id="1"))
    with pytest.raises(ConditionFailed):
        dynalayer_db.create(Order(customer="ada", id="1"))
    assert [call.error for call in dynalayer_calls] == [None, "ConditionalCheckFailedException"]


def test_operations_without_a_price_cost_nothing(dynalayer_db: Database, dynalayer_calls: Calls) -> None:
    dynalayer_db.describe("shop")
    assert (dynalayer_calls.total_rcu, dynalayer_calls.total_wcu) == (0, 0)


def test_scans_stand_out(dynalayer_db: Database, dynalayer_calls: Calls) -> None:
    assert not dynalayer_calls.scans
    dynalayer_db.run(Raw("Scan", {"TableName": "shop"}))
    assert len(dynalayer_calls.scans) == 1


def test_the_calls_print_as_a_table(
    dynalayer_db: Database, dynalayer_calls: Calls, dynalayer_faults: FaultPlan
) -> None:
    dynalayer_db.create(Order(customer="ada", id="1"))
    dynalayer_faults.throttle()
    list(dynalayer_db.query(Order.by_state("new")))
    assert str(dynalayer_calls).splitlines() == [
        "   operation  table        RCU  WCU  read    error",
        "1  PutItem    shop           0    2",
        "2  Query      shop / GSI1    0    0          ThrottlingException",
        "3  Query      shop / GSI1  0.5    0  1 of 1",
        "   total                   0.5    2",
    ]
    assert repr(dynalayer_calls) == "<3 calls, 0.5 RCU, 2 WCU>"
