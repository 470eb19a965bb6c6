"""The two forms of an update of what a map holds, run by hand."""

from __future__ import annotations

from typing import Any

import pytest

from dynalayer import (
    Attr,
    ConditionFailed,
    Database,
    Entity,
    ItemNotFound,
    Table,
    Transaction,
    TransactionCanceled,
    Update,
    attr,
    primary,
)
from dynalayer.protocol import CancellationReason
from dynalayer.statements import At, Plan, plan_of

table = Table("forms", pk="PK")


class Note(Entity, table=table, inside="Data"):
    id: Attr[str] = attr()
    text: Attr[str] = attr(default="")
    stars: Attr[int] = attr(default=0, outside=True)
    key = primary(id, pk="NOTE#{id}")


KEY = Note.key("1")
WITH_MAP = {"PK": {"S": "NOTE#1"}, "Data": {"M": {}}}
WITHOUT = {"PK": {"S": "NOTE#1"}}


def begun(statement: Any) -> tuple[Any, Any]:
    plan = plan_of(statement)
    assert isinstance(plan, Plan)
    steps = plan.begin(lambda: 0.0)
    return steps, asked(next(steps))


def asked(step: Any) -> Any:
    assert isinstance(step, At)
    return step.statement


def guard(update: Any) -> str:
    request = update.action(0.0)
    text: str = request["ConditionExpression"]
    for placeholder, name in request["ExpressionAttributeNames"].items():
        text = text.replace(placeholder, name)
    return text


def test_an_update_asks_for_the_map_that_it_changes_and_for_none_beside_it() -> None:
    assert guard(Update(KEY, (Note.text.set("x"),))) == "attribute_exists(PK) AND attribute_exists(Data)"
    assert guard(Update(KEY, (Note.stars.set(1),))) == "attribute_exists(PK)"


def test_an_item_without_the_map_gets_one_and_what_else_is_changed() -> None:
    update = Update(KEY, (Note.text.set("x"), Note.stars.add(1)))
    steps, first = begun(update)
    assert first == update
    second = asked(steps.throw(ConditionFailed(item=WITHOUT)))
    assert guard(second) == "attribute_exists(PK) AND attribute_not_exists(Data)"
    request = second.request(0.0)
    assert request["UpdateExpression"] == "SET #1 = :1 ADD #0 :0"
    assert {"M": {"text": {"S": "x"}}} in request["ExpressionAttributeValues"].values()
    third = asked(steps.throw(ConditionFailed(item=WITH_MAP)))
    assert third == update
    with pytest.raises(StopIteration):
        steps.send("done")


def test_an_item_that_has_the_map_refuses_for_another_reason() -> None:
    steps, _ = begun(Update(KEY, (Note.text.set("x"),), Note.stars > 3))
    with pytest.raises(ConditionFailed, match="meets the condition"):
        steps.throw(ConditionFailed(item=WITH_MAP))


def test_a_missing_item_is_read_before_it_is_called_missing() -> None:
    steps, _ = begun(Update(KEY, (Note.text.set("x"),)))
    read = steps.throw(ConditionFailed())
    assert read.operation == "GetItem"
    with pytest.raises(ItemNotFound):
        steps.send({})


def test_an_upsert_of_a_missing_item_makes_it_without_a_read() -> None:
    steps, _ = begun(Update(KEY, (Note.text.set("x"),), upsert=True))
    second = asked(steps.throw(ConditionFailed()))
    assert guard(second) == "attribute_not_exists(Data)"


def test_no_more_than_ten_calls_are_made() -> None:
    steps, _ = begun(Update(KEY, (Note.text.set("x"),), upsert=True))
    for count in range(9):
        steps.throw(ConditionFailed(item=WITH_MAP if count % 2 else WITHOUT))
    with pytest.raises(ConditionFailed, match="there is no item"):
        steps.throw(ConditionFailed(item=WITH_MAP))


def test_a_transaction_that_was_cancelled_for_another_reason_is_not_made_again() -> None:
    reasons = [CancellationReason("TransactionConflict", "busy")]
    steps, _ = begun(Transaction((Update(KEY, (Note.text.set("x"),), upsert=True),)))
    with pytest.raises(TransactionCanceled):
        steps.throw(TransactionCanceled("cancelled", reasons=reasons))


def test_a_transaction_whose_update_met_no_map_is_made_again_with_a_token_of_its_own() -> None:
    given = Transaction((Update(KEY, (Note.text.set("x"),), upsert=True),), "token")
    steps, first = begun(given)
    assert first.token == "token"
    error = TransactionCanceled("cancelled", reasons=[CancellationReason("ConditionalCheckFailed", "", WITHOUT)])
    second = asked(steps.throw(error))
    assert second.actions[0].makes_map
    assert second.token != "token"


def test_what_an_upsert_may_cost_is_told() -> None:
    with Database("memory:") as db:
        told = str(db.explain(Update(KEY, (Note.text.set("x"),), upsert=True)))
    assert "of an item without 'Data' it is made twice" in told
    assert "may read the stored item first" not in told
