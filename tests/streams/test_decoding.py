"""Events of Lambda and records of the API become typed changes."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from dynalayer import (
    DynalayerError,
    ImageMissing,
    Inserted,
    InvalidValue,
    Modified,
    Removed,
    Unknown,
    decode_stream,
)
from dynalayer.protocol import Item

from .shop import ARN, Cat, Customer, Json, Order, Reading, families, order_item, readings, record, shop

# From the documented event (Lambda guide, "Using AWS Lambda with Amazon DynamoDB"), with this shop's items.
EVENT = json.loads("""
{
  "Records": [
    {
      "eventID": "1",
      "eventVersion": "1.0",
      "dynamodb": {
        "ApproximateCreationDateTime": 1763632800,
        "Keys": {"PK": {"S": "CUSTOMER#ada"}, "SK": {"S": "ORDER#1"}},
        "NewImage": {
          "PK": {"S": "CUSTOMER#ada"}, "SK": {"S": "ORDER#1"},
          "customer": {"S": "ada"}, "id": {"S": "1"}, "total": {"N": "9.90"}, "lines": {"N": "1"},
          "tags": {"SS": ["b", "a"]}, "photo": {"B": "iVBO"}
        },
        "StreamViewType": "NEW_AND_OLD_IMAGES",
        "SequenceNumber": "111",
        "SizeBytes": 26
      },
      "awsRegion": "us-west-2",
      "eventName": "INSERT",
      "eventSourceARN": "arn:aws:dynamodb:us-west-2:111122223333:table/shop/stream/2024-06-10T19:26:16.525",
      "eventSource": "aws:dynamodb"
    },
    {
      "eventID": "2",
      "eventVersion": "1.0",
      "dynamodb": {
        "OldImage": {
          "PK": {"S": "CUSTOMER#ada"}, "SK": {"S": "ORDER#1"},
          "customer": {"S": "ada"}, "id": {"S": "1"}, "total": {"N": "9.90"}, "lines": {"N": "1"}
        },
        "SequenceNumber": "222",
        "ApproximateCreationDateTime": 1763632801,
        "Keys": {"PK": {"S": "CUSTOMER#ada"}, "SK": {"S": "ORDER#1"}},
        "SizeBytes": 59,
        "NewImage": {
          "PK": {"S": "CUSTOMER#ada"}, "SK": {"S": "ORDER#1"},
          "customer": {"S": "ada"}, "id": {"S": "1"}, "total": {"N": "9.90"}, "lines": {"N": "2"}
        },
        "StreamViewType": "NEW_AND_OLD_IMAGES"
      },
      "awsRegion": "us-west-2",
      "eventName": "MODIFY",
      "eventSourceARN": "arn:aws:dynamodb:us-west-2:111122223333:table/shop/stream/2024-06-10T19:26:16.525",
      "eventSource": "aws:dynamodb"
    },
    {
      "eventID": "3",
      "eventVersion": "1.0",
      "dynamodb": {
        "Keys": {"PK": {"S": "CUSTOMER#ada"}, "SK": {"S": "ORDER#1"}},
        "ApproximateCreationDateTime": 1763632802,
        "SizeBytes": 38,
        "SequenceNumber": "333",
        "OldImage": {
          "PK": {"S": "CUSTOMER#ada"}, "SK": {"S": "ORDER#1"},
          "customer": {"S": "ada"}, "id": {"S": "1"}, "total": {"N": "9.90"}, "lines": {"N": "2"}
        },
        "StreamViewType": "NEW_AND_OLD_IMAGES"
      },
      "awsRegion": "us-west-2",
      "eventName": "REMOVE",
      "userIdentity": {"type": "Service", "principalId": "dynamodb.amazonaws.com"},
      "eventSourceARN": "arn:aws:dynamodb:us-west-2:111122223333:table/shop/stream/2024-06-10T19:26:16.525",
      "eventSource": "aws:dynamodb"
    }
  ]
}
""")


def of_api(raw: Json) -> Json:
    """The same record as GetRecords gives it in the API's JSON: it tells no table, and identities in capitals."""
    plain = {name: value for name, value in raw.items() if name not in ("eventSourceARN", "userIdentity")}
    if "userIdentity" in raw:
        plain["userIdentity"] = {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}
    return plain


def of_boto3(raw: Json) -> Json:
    """The same record as boto3 gives it: moments as datetimes, binary values as bytes."""

    def converted(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                name: base64.b64decode(content) if name == "B" and isinstance(content, str) else converted(content)
                for name, content in value.items()
            }
        return [converted(element) for element in value] if isinstance(value, list) else value

    plain: Json = converted(of_api(raw))
    moment = datetime.fromtimestamp(plain["dynamodb"]["ApproximateCreationDateTime"], timezone(timedelta(hours=2)))
    plain["dynamodb"]["ApproximateCreationDateTime"] = moment
    return plain


def sole(raw: Json, *sources: Any) -> Any:
    (change,) = decode_stream([raw], *(sources or (Order, Customer)))
    return change


FIRST = Order(customer="ada", id="1", total=Decimal("9.9"), lines=1, tags={"a", "b"}, photo=b"\x89PN")


@pytest.mark.parametrize("form", [lambda raw: raw, of_api, of_boto3], ids=["lambda", "api", "boto3"])
def test_an_event_gives_typed_changes_in_its_order(form: Any) -> None:
    inserted, modified, removed = decode_stream([form(raw) for raw in EVENT["Records"]], Order)
    assert isinstance(inserted, Inserted)
    assert inserted.new == FIRST
    assert isinstance(modified, Modified)
    assert (modified.old.lines, modified.new.lines) == (1, 2)
    assert isinstance(removed, Removed)
    assert removed.old == modified.new
    assert [change.sequence_number for change in (inserted, modified, removed)] == ["111", "222", "333"]
    assert [change.expired for change in (inserted, modified, removed)] == [False, False, True]
    assert inserted.at == datetime(2025, 11, 20, 10, tzinfo=UTC)
    assert inserted.key == Order.key("ada", "1")


def test_events_answers_and_single_records_are_all_taken() -> None:
    answer = {"Records": [of_api(raw) for raw in EVENT["Records"]], "NextShardIterator": "x"}
    assert len(decode_stream(EVENT, shop)) == len(decode_stream(answer, Order)) == 3
    assert len(decode_stream(EVENT["Records"][0], Order)) == 1
    assert decode_stream({"Records": []}, Order) == []


def test_what_is_no_event_of_a_stream_is_refused() -> None:
    for event in ({}, {"detail": 1}):
        with pytest.raises(InvalidValue, match="an event with Records"):
            decode_stream(event, Order)
    with pytest.raises(InvalidValue, match="got one of aws:sqs"):
        decode_stream({"Records": [{"eventSource": "aws:sqs", "body": "x"}]}, Order)
    with pytest.raises(InvalidValue, match="name the entities or the tables"):
        decode_stream(EVENT)  # type: ignore[call-overload]


@pytest.mark.parametrize("member", ["Keys", "SequenceNumber", "ApproximateCreationDateTime"])
def test_a_record_that_lacks_a_member_is_refused(member: str) -> None:
    raw = record("INSERT", order_item())
    del raw["dynamodb"][member]
    with pytest.raises(InvalidValue, match=member):
        decode_stream([raw], Order)


@pytest.mark.parametrize("keys", ["x", {"PK": "x"}, {"PK": {}}, {"PK": {"S": "a", "N": "1"}}])
def test_keys_that_are_no_item_are_refused(keys: Any) -> None:
    with pytest.raises(InvalidValue):
        decode_stream([record("INSERT", order_item(), keys=keys)], Order)


def test_the_entity_is_recognised_by_its_key() -> None:
    profile: Item = {"PK": {"S": "CUSTOMER#ada"}, "SK": {"S": "PROFILE"}, "name": {"S": "ada"}, "email": {"S": "a@x"}}
    order, customer = decode_stream([record("INSERT", order_item()), record("INSERT", profile)], Order, Customer)
    assert isinstance(order, Inserted)
    assert isinstance(order.new, Order)
    assert isinstance(customer, Inserted)
    assert customer.new == Customer(name="ada", mail="a@x")


def test_the_entity_is_recognised_by_the_discriminator() -> None:
    item: Item = {"PK": {"S": "CAT#tom"}, "SK": {"S": "PET"}, "name": {"S": "tom"}, "type": {"S": "Cat"}}
    change = sole(record("INSERT", item, table="families"), families)
    assert change.new == Cat(name="tom")
    other = sole(record("INSERT", {**item, "type": {"S": "Dog"}}, table="families"), families)
    assert isinstance(other, Unknown)
    keys = sole(record("REMOVE", None, item, table="families", view="KEYS_ONLY"), Cat)
    assert keys.key == Cat.key("tom")


def test_native_keys_of_numbers_are_read() -> None:
    item: Item = {"device": {"S": "d"}, "at": {"N": "7"}, "value": {"N": "1.5"}}
    keys = {name: item[name] for name in ("device", "at")}
    change = sole(record("REMOVE", None, item, table="readings", keys=keys), readings)
    assert (change.key, change.old) == (Reading.key("d", 7), Reading(device="d", at=7, value=1.5))


def test_items_of_no_declared_kind_are_given_as_unknown() -> None:
    item: Item = {"PK": {"S": "SOMETHING"}, "SK": {"S": "ELSE"}, "n": {"N": "1"}}
    change = sole(record("MODIFY", item, item), shop)
    assert isinstance(change, Unknown)
    assert (change.event, change.new_item, change.entity) == ("MODIFY", item, None)
    assert change.reason == "no entity that is declared on 'shop' has such an item"


def test_kinds_that_were_not_asked_for_are_given_as_unknown() -> None:
    change = sole(record("INSERT", order_item()), Customer)
    assert (change.entity, change.reason) == ("Order", "it is of entity Order, which was not asked for")
    marker: Item = {"PK": {"S": "UNIQUE#Customer#mail#a@x"}, "SK": {"S": "UNIQUE"}}
    assert sole(record("INSERT", marker), shop).reason == "it holds the value of a unique attribute"
    other = sole(record("INSERT", order_item(), table="elsewhere"), Order)
    assert other.reason == "it is of table 'elsewhere', which was not asked for"
    foreign = sole(record("INSERT", order_item(), keys={"id": {"S": "1"}}), Order)
    assert foreign.reason == "its key is (id), that of 'shop' is (PK, SK)"


def test_records_without_a_table_are_decoded_for_one_table_only() -> None:
    raw = of_api(record("INSERT", order_item()))
    with pytest.raises(InvalidValue, match="only be decoded for one table, not for readings, shop"):
        decode_stream([raw], shop, readings)
    events = [record("INSERT", order_item()), record("INSERT", order_item(), table="other")]
    assert [type(change) for change in decode_stream(events, shop, readings)] == [Inserted, Unknown]


@pytest.mark.parametrize(
    ("view", "asked", "needed"),
    [
        ("KEYS_ONLY", "old", "OLD_IMAGE or NEW_AND_OLD_IMAGES"),
        ("KEYS_ONLY", "new", "NEW_IMAGE or NEW_AND_OLD_IMAGES"),
        ("NEW_IMAGE", "old", "OLD_IMAGE or NEW_AND_OLD_IMAGES"),
        ("OLD_IMAGE", "new", "NEW_IMAGE or NEW_AND_OLD_IMAGES"),
    ],
)
def test_an_image_that_the_view_leaves_out_is_told_with_the_view_it_takes(view: str, asked: str, needed: str) -> None:
    change = sole(record("MODIFY", order_item(), order_item(lines={"N": "2"}), view=view))
    with pytest.raises(ImageMissing, match=f"view type {view}, it takes {needed}"):
        getattr(change, asked)
    with pytest.raises(ImageMissing):
        change.changed(Order.lines)
    assert getattr(change, f"{asked}_item") is None
    assert change.key == Order.key("ada", "1")


def test_an_image_that_does_not_fit_its_entity_holds_up_no_other() -> None:
    broken = order_item(lines={"S": "many"})
    bad, good = decode_stream([record("INSERT", broken), record("INSERT", order_item())], Order)
    assert isinstance(bad, Inserted)
    assert isinstance(good, Inserted)
    with pytest.raises(InvalidValue, match=r"Order\.lines"):
        print(bad.new)
    assert good.new.lines == 1


def test_the_attributes_that_differ_are_told_by_their_names_in_the_class() -> None:
    old: Item = {"PK": {"S": "CUSTOMER#ada"}, "SK": {"S": "PROFILE"}, "name": {"S": "ada"}, "email": {"S": "a@x"}}
    new = {**old, "email": {"S": "b@x"}, "extra": {"N": "1"}}
    change = sole(record("MODIFY", new, old))
    assert change.changed_attributes == {"mail", "extra"}
    assert change.difference() == {"mail": ("a@x", "b@x"), "extra": (None, 1)}
    assert change.changed(Customer.mail)
    assert not change.changed(Customer.name)


def test_sets_in_another_order_do_not_differ() -> None:
    deep = {"M": {"x": {"L": [{"SS": ["a", "b"]}]}}}
    turned = {"M": {"x": {"L": [{"SS": ["b", "a"]}]}}}
    old = order_item(tags={"SS": ["a", "b"]}, deep=deep)
    assert sole(record("MODIFY", order_item(tags={"SS": ["b", "a"]}, deep=turned), old)).changed_attributes == set()
    longer = order_item(tags={"SS": ["b", "a", "c"]}, deep={"M": {"x": {"L": []}}})
    assert sole(record("MODIFY", longer, old)).changed_attributes == {"tags", "deep"}


def test_only_a_deletion_by_the_service_has_expired() -> None:
    raw = record("REMOVE", None, order_item())
    assert not sole(raw).expired
    assert not sole({**raw, "userIdentity": {"type": "AssumedRole", "principalId": "someone"}}).expired
    assert sole({**raw, "userIdentity": {"type": "Service", "principalId": "dynamodb.amazonaws.com"}}).expired


def test_a_record_of_lambda_has_no_position() -> None:
    with pytest.raises(DynalayerError, match="Lambda keeps its own place"):
        print(sole(record("INSERT", order_item())).position)
    assert sole(record("INSERT", order_item())).stream_arn == ARN.format("shop")


def test_a_change_shows_no_value_of_the_item_but_its_key_when_it_is_printed() -> None:
    text = repr(sole(record("INSERT", order_item(total={"N": "4711"}))))
    assert "4711" not in text
    assert text.startswith("Inserted(")
