"""Errors keep their meaning on the way over the wire."""

from __future__ import annotations

import msgspec
import pytest

from dynalayer.protocol import (
    BY_CODE,
    CancellationReason,
    ConditionFailed,
    ServiceError,
    ServiceUnavailable,
    Throttled,
    TransactionCanceled,
    ValidationError,
    from_wire,
)


@pytest.mark.parametrize(
    "error",
    [
        ValidationError("wrong"),
        Throttled("slower", code="RequestLimitExceeded"),
        ConditionFailed(item={"id": {"S": "1"}}),
        TransactionCanceled(reasons=[CancellationReason("None"), CancellationReason("X", "why", {"id": {"S": "1"}})]),
    ],
)
def test_an_error_comes_back_from_the_wire_as_it_was(error: ServiceError) -> None:
    back = from_wire(error.status, msgspec.json.encode(error.to_wire()))
    assert type(back) is type(error)
    assert (back.code, back.message, back.to_wire()) == (error.code, error.message, error.to_wire())


def test_every_code_maps_to_a_class_of_that_code_or_a_wider_one() -> None:
    assert all(issubclass(cls, ServiceError) for cls in BY_CODE.values())


def test_an_answer_that_is_not_the_apis_is_told_by_its_status() -> None:
    assert isinstance(from_wire(502, b"<html>"), ServiceUnavailable)
    assert type(from_wire(404, b"{}")) is ServiceError
