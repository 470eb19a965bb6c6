"""Attribute values are checked as the service checks them, and converted without loss."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from dynalayer.protocol import (
    InvalidValue,
    SerializationError,
    ValidationError,
    check_item,
    check_value,
    from_plain,
    item_size,
    to_plain,
)
from tests.protocol.test_sizes import PLAIN


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({}, "is empty"),
        ({"X": "a"}, "is empty"),
        ({"S": None}, "is empty"),
        ({"S": "a", "N": "1"}, "more than one datatypes"),
        ({"NULL": False}, "must have the value of true"),
        ({"SS": []}, "may not be empty"),
        ({"NS": []}, "may not be empty"),
        ({"BS": []}, "should not be empty"),
        ({"SS": ["a", "a"]}, r"\[a, a\] contains duplicates"),
        ({"NS": ["1", "1.0"]}, "contains duplicates"),
        ({"BS": ["AQ==", "AQ=="]}, "of type BS contains duplicates"),
        ({"N": "abc"}, "numeric value: abc"),
        ({"L": [{"M": {"a": {}}}]}, "is empty"),
        ({"M": {"": {"S": "a"}}}, "Map keys must satisfy"),
    ],
)
def test_a_value_against_the_rules_is_refused(value: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        check_value(value)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"S": 5}, "NUMBER_VALUE cannot be converted to String"),
        ({"S": True}, "TRUE_VALUE cannot be converted to String"),
        ({"N": 5}, "NUMBER_VALUE cannot be converted to String"),
        ({"BOOL": "true"}, "STRING_VALUE cannot be converted to Boolean"),
        ({"SS": [1]}, "NUMBER_VALUE cannot be converted to String"),
        ({"S": {}}, "Start of structure or map"),
        ({"L": "a"}, "Unexpected field type"),
        ({"B": "a"}, "Base64 encoded length"),
        ({"B": "AR=="}, "non-pad Base64"),
        ({"B": "!!!!"}, "non-pad Base64"),
        ("a", "Unexpected field type"),
    ],
)
def test_json_of_the_wrong_shape_is_refused(value: Any, reason: str) -> None:
    with pytest.raises(SerializationError, match=reason):
        check_value(value)


def test_numbers_are_brought_to_normal_form_in_place() -> None:
    item: dict[str, Any] = {"a": {"N": "001.50"}, "b": {"NS": ["1e2", "2.0"]}, "c": {"L": [{"N": "-0"}]}}
    check_item(item)
    assert item == {"a": {"N": "1.5"}, "b": {"NS": ["100", "2"]}, "c": {"L": [{"N": "0"}]}}


def test_members_that_are_null_count_as_absent() -> None:
    value: dict[str, Any] = {"S": "a", "N": None}
    assert check_value(value) == 1
    assert value == {"S": "a"}


def test_values_nest_to_32_levels() -> None:
    def nested(levels: int) -> dict[str, Any]:
        value: dict[str, Any] = {"S": "x"}
        for _ in range(levels):
            value = {"L": [value]}
        return value

    check_item({"a": nested(31)})
    with pytest.raises(ValidationError, match="Nesting Levels"):
        check_item({"a": nested(32)})


@pytest.mark.parametrize("text", ["٣", "²", "1²", "", "0x1", "1_0", " 1"])
@pytest.mark.parametrize("wrap", [lambda value: value, lambda value: {"L": [value]}, lambda value: {"M": {"a": value}}])
def test_only_plain_digits_are_numbers(text: str, wrap: Any) -> None:
    with pytest.raises(ValidationError, match="cannot be converted to a numeric value"):
        check_item({"a": wrap({"N": text})})


def test_numbers_are_normalised_wherever_they_are() -> None:
    item = {"a": {"N": "010"}, "b": {"L": [{"N": "1.50"}, {"M": {"c": {"N": "-0"}}}]}, "d": {"N": "100"}}
    assert check_item(item) == item_size(item)
    assert item == {"a": {"N": "10"}, "b": {"L": [{"N": "1.5"}, {"M": {"c": {"N": "0"}}}]}, "d": {"N": "100"}}


def test_names_of_attributes_end_at_64_kilobytes() -> None:
    check_item({"x" * 65535: {"S": ""}})
    with pytest.raises(ValidationError, match="Map keys"):
        check_item({"x" * 65536: {"S": ""}})


@given(PLAIN)
def test_plain_values_come_back_as_they_were(value: Any) -> None:
    assert to_plain(from_plain(value)) == value


@pytest.mark.parametrize("value", [float("nan"), float("inf"), set(), {1, "a"}, {1: "a"}, object(), Decimal("NaN")])
def test_what_dynamodb_cannot_store_is_refused_before_it_is_sent(value: Any) -> None:
    with pytest.raises(InvalidValue):
        from_plain(value)


def test_a_float_is_stored_as_the_decimal_it_prints_as() -> None:
    assert from_plain(0.1) == {"N": "0.1"}
    assert to_plain({"N": "0.1"}) == Decimal("0.1")


def test_whole_numbers_become_int_and_others_decimal() -> None:
    assert to_plain({"NS": ["1", "2.5"]}) == {1, Decimal("2.5")}
    assert isinstance(to_plain({"N": "12"}), int)
