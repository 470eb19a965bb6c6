"""Calls at the seam, each one attempt, through a proxy that mistreats them: what a caller is told is the truth."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings

from dynalayer.engines.remote import ConnectionLimits
from tests.patience import ends
from tests.services.faulty_proxy import HARMLESS, KINDS, LOST, UNTOUCHED, Fault, FaultyProxy

from .conftest import TABLE, Service, fresh
from .truth import Callers, asked, done, faults

TIMEOUT = 0.05


def put(key: str, number: int) -> tuple[str, bytes]:
    return asked("PutItem", {"TableName": TABLE, "Item": {"id": {"S": key}, "n": {"N": str(number)}}})


def add(key: str) -> tuple[str, bytes]:
    adding = {"UpdateExpression": "ADD n :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
    return asked("UpdateItem", {"TableName": TABLE, "Key": {"id": {"S": key}}, "ReturnValues": "ALL_NEW", **adding})


def get(key: str) -> tuple[str, bytes]:
    return asked("GetItem", {"TableName": TABLE, "Key": {"id": {"S": key}}, "ConsistentRead": True})


def stored(service: Service, key: str) -> int | None:
    return number_of(service.direct.call(*get(key)))


def number_of(answer: bytes) -> int | None:
    found = json.loads(answer)
    item = found.get("Item", found.get("Attributes"))
    return None if item is None else int(item["n"]["N"])


def id_of(answer: bytes) -> str:
    item: dict[str, Any] = json.loads(answer)["Item"]
    return str(item["id"]["S"])


@given(planned=faults(12))
@settings(max_examples=12, deadline=None)
def test_each_write_is_done_not_done_or_unknown_as_its_caller_is_told(
    service: Service, kind: str, planned: list[Fault]
) -> None:
    key, possible = fresh("count"), {0}
    with FaultyProxy(service.endpoint, planned) as proxy, Callers(kind) as callers, ends():
        connection = callers.connection(proxy.endpoint, timeout=TIMEOUT)
        service.direct.call(*put(key, 0))
        for _ in range(len(planned) + 1):
            outcome = callers.one(partial(connection.call, *add(key)))
            # A call that its caller has given up may still be on its way.
            proxy.settle()
            told, more = done(outcome), {each + 1 for each in possible}
            possible = {"done": more, "not done": possible, "unknown": possible | more}[told]
            if told == "done":
                assert number_of(outcome) in possible
                possible = {number_of(outcome) or 0}
            assert stored(service, key) in possible


@pytest.mark.parametrize("fault", KINDS)
def test_of_a_fault_is_told_what_may_be_told(service: Service, callers: Callers, fault: Any) -> None:
    key = fresh(fault)
    with FaultyProxy(service.endpoint, [Fault(fault, 60)]) as proxy:
        connection = callers.connection(proxy.endpoint, timeout=TIMEOUT if fault not in HARMLESS else 10)
        told = done(callers.one(partial(connection.call, *put(key, 1))))
        proxy.settle()
    assert (stored(service, key) is None) == (fault in UNTOUCHED)
    if fault in HARMLESS:
        assert told == "done"
    elif fault in ("throttle", "expire", "skew"):
        assert told == "not done"
    elif fault in LOST and fault != "corrupt head":
        assert told == "unknown"


@given(planned=faults(40, slow=1))
@settings(max_examples=4, deadline=None)
def test_many_at_a_time_never_get_each_others_answers(service: Service, kind: str, planned: list[Fault]) -> None:
    keys = [fresh("item") for _ in range(60)]
    for key in keys:
        service.direct.call(*put(key, 1))
    with FaultyProxy(service.endpoint, planned) as proxy, Callers(kind) as callers, ends():
        connection = callers.connection(proxy.endpoint, timeout=0.5, limits=ConnectionLimits(connections=6))
        answers = callers.together([partial(connection.call, *get(key)) for key in keys])
        again = callers.together([partial(connection.call, *get(key)) for key in keys])
        for key, outcome in zip(keys * 2, answers + again, strict=True):
            if done(outcome) == "done":
                assert id_of(outcome) == key


def test_no_bit_of_a_head_can_turn_success_into_refusal(service: Service, callers: Callers) -> None:
    """The checksum covers the body alone. A bit of the status turned makes 201, 210 or 300 of 200."""
    key, size = fresh("head"), len("HTTP/1.1 200 OK")
    heads = [Fault("corrupt head", at) for at in range(size)]
    with FaultyProxy(service.endpoint, heads) as proxy:
        connection = callers.connection(proxy.endpoint, timeout=2)
        for _ in range(size):
            assert done(callers.one(partial(connection.call, *add(key)))) != "not done"
    assert stored(service, key) == size


def test_an_answer_that_comes_too_late_is_not_taken_for_the_next_calls(service: Service, callers: Callers) -> None:
    keys = [fresh("late") for _ in range(4)]
    for key in keys:
        service.direct.call(*put(key, 1))
    with FaultyProxy(service.endpoint, [Fault("late", 150)]) as proxy:
        connection = callers.connection(proxy.endpoint, timeout=10, limits=ConnectionLimits(connections=1))
        assert done(callers.one(partial(connection.call, *get(keys[0]), within=TIMEOUT))) == "unknown"
        for key in keys[1:]:
            assert id_of(callers.one(partial(connection.call, *get(key)))) == key
