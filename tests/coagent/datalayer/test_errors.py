"""P26 and P28: each fault is one class, code and retryability with words for anybody, and no token is logged."""

import io
import json
import logging
from typing import Any

import pytest
from coagent.datalayer import (
    ConditionalCheckFailedError,
    DynamoDBError,
    DynamoDBItem,
    ItemNotFoundError,
    NetworkError,
    OutcomeUnknownError,
    Repository,
    ThroughputExceededError,
    ValidationError,
    get_oauth_token_keys,
    is_retryable_error,
    policy_of,
    wrap_error,
)
from hypothesis import given, settings
from hypothesis import strategies as st

import dynalayer
from dynalayer import Database, DynalayerError, JsonLog
from dynalayer.protocol.errors import from_wire
from dynalayer.testing import Faults
from tests.coagent.datalayer.population import SEALER, TABLE, Bench

SERVICE: dict[str, tuple[type[DynamoDBError], bool, int]] = {
    "ProvisionedThroughputExceededException": (ThroughputExceededError, True, 400),
    "ThrottlingException": (ThroughputExceededError, True, 400),
    "RequestLimitExceeded": (ThroughputExceededError, True, 400),
    "InternalServerError": (DynamoDBError, True, 503),
    "ServiceUnavailable": (DynamoDBError, True, 503),
    "ConditionalCheckFailedException": (ConditionalCheckFailedError, False, 400),
    "ValidationException": (ValidationError, False, 400),
    "ResourceNotFoundException": (DynamoDBError, False, 404),
    "TransactionConflictException": (DynamoDBError, True, 400),
    "AccessDeniedException": (DynamoDBError, False, 403),
    "LimitExceededException": (DynamoDBError, False, 400),
    "ItemCollectionSizeLimitExceededException": (DynamoDBError, False, 400),
    "SomethingNewException": (DynamoDBError, False, 400),
}
SECRET = "xyzzy-4711"


def fault(code: str, message: str) -> DynalayerError:
    """What the library makes of an answer of the service."""
    body = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": message}
    status = 500 if "Server" in code or "Unavailable" in code else 400
    return from_wire(status, json.dumps(body).encode())


def met(code: str, message: str = "m") -> DynamoDBError:
    """What a read gives that meets this fault each time."""
    with Bench() as bench:
        faults = Faults(bench.database.connection)
        faults.fail(fault(code, message), times=None)
        database = Database(faults, clock=bench.clock, sleep=bench.clock.sleep, retry=policy_of())
        with pytest.raises(DynamoDBError) as failed:
            Repository(database, TABLE).get("USER#someone", "PROFILE")
        assert len(faults.calls) == (4 if failed.value.retryable else 1)
        return failed.value


@pytest.mark.parametrize("code", SERVICE)
def test_each_fault_of_the_service_is_one_class_code_and_retryability(code: str) -> None:
    error = met(code, f"{SECRET} in USER#someone")
    kind, retryable, status = SERVICE[code]
    assert (type(error), error.code, error.retryable, error.status_code) == (kind, code, retryable, status)
    assert is_retryable_error(error) == retryable
    assert error.operation == "get"
    assert error.pk == "USER#someone"
    assert isinstance(error.original_error, dynalayer.ServiceError)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(list(SERVICE)), st.text(st.characters(codec="utf-8"), min_size=6))
def test_the_words_of_an_error_hold_nothing_of_the_service_s_or_of_keys(code: str, text: str) -> None:
    first = wrap_error(fault(code, f"one {text}"), "get", text, text)
    second = wrap_error(fault(code, "another"), "get", "x", "y")
    assert str(first) == str(second) == first.message == second.message
    assert first.message.endswith(".")


OURS: list[tuple[DynalayerError, type[DynamoDBError], str, bool, int]] = [
    (dynalayer.ItemNotFound(), ItemNotFoundError, "ItemNotFound", False, 404),
    (dynalayer.ConnectionLost("x"), NetworkError, "NetworkError", True, 503),
    (dynalayer.ConnectionLost("x", may_have_taken_effect=False), NetworkError, "NetworkError", True, 503),
    (dynalayer.OutcomeUnknown("x"), OutcomeUnknownError, "OutcomeUnknown", False, 503),
    (dynalayer.DatabaseClosed(), DynamoDBError, "DatabaseClosed", False, 503),
    (dynalayer.DeadlineExceeded("x", may_have_taken_effect=True), DynamoDBError, "DeadlineExceeded", False, 504),
    (dynalayer.InvalidValue("x"), ValidationError, "ValidationException", False, 400),
    (dynalayer.DynalayerError("x"), DynamoDBError, "InternalServerError", False, 500),
]


@pytest.mark.parametrize(("error", "kind", "code", "retryable", "status"), OURS, ids=lambda each: type(each).__name__)
def test_what_the_library_itself_raises_is_told_apart(
    error: DynalayerError, kind: type[DynamoDBError], code: str, retryable: bool, status: int
) -> None:
    made = wrap_error(error)
    assert (type(made), made.code, made.retryable, made.status_code) == (kind, code, retryable, status)
    assert made.original_error is error
    assert wrap_error(made) is made


def test_a_write_without_an_answer_is_not_called_safe_to_repeat() -> None:
    with Bench() as bench:
        bench.repository.create("a", "b", "X", {"n": 1})
        faults = Faults(bench.database.connection)
        faults.time_out(after_commit=True, operation="UpdateItem", times=None)
        repository = Repository(Database(faults, clock=bench.clock, sleep=bench.clock.sleep), TABLE)
        with pytest.raises(OutcomeUnknownError) as unknown:
            repository.update("a", "b", {"n": 2})
        assert not unknown.value.retryable


def test_the_service_s_name_for_the_call_is_kept() -> None:
    error = fault("ValidationException", "m")
    assert isinstance(error, dynalayer.ServiceError)
    error.request_id = "REQUEST"
    assert wrap_error(error).request_id == "REQUEST"
    assert wrap_error(dynalayer.InvalidValue("x")).request_id is None


OPERATIONS = ["get", "create", "put", "update", "delete", "batch_get", "batch_write", "query"]


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(OPERATIONS), st.sampled_from([None, *SERVICE]))
def test_a_log_tells_operation_and_request_and_nothing_of_tokens(operation: str, code: str | None) -> None:
    out = io.StringIO()
    logger = logging.Logger("log")
    logger.addHandler(logging.StreamHandler(out))
    with Bench() as bench:
        key = get_oauth_token_keys("someone-known")
        token = {"accessToken": SECRET, "refreshToken": SECRET, "expiryDate": 1}
        item = DynamoDBItem(key.pk, key.sk, "OAuthToken", token)
        if operation != "create":
            bench.repository.put(item)
        faults = Faults(bench.database.connection)
        if code is not None:
            error = fault(code, f"{SECRET} of someone-known")
            assert isinstance(error, dynalayer.ServiceError)
            error.request_id = "REQUEST-1"
            faults.fail(error, times=None)
        database = Database(
            faults, clock=bench.clock, sleep=bench.clock.sleep, observers=[JsonLog(logger, sample=1.0)], key_salt=b"s"
        )
        repository = Repository(database, TABLE, sealer=SEALER)
        calls: dict[str, Any] = {
            "get": lambda: repository.get(key.pk, key.sk),
            "create": lambda: repository.create(key.pk, key.sk, "OAuthToken", token),
            "put": lambda: repository.put(item),
            "update": lambda: repository.update(key.pk, key.sk, {"accessToken": SECRET + "2"}),
            "delete": lambda: repository.delete(key.pk, key.sk),
            "batch_get": lambda: repository.batch_get([key]),
            "batch_write": lambda: repository.batch_write([item]),
            "query": lambda: repository.query(key.pk),
        }
        try:
            logger.info("gave %r", calls[operation]()) if operation not in ("get",) else calls[operation]()
        except DynamoDBError as error:
            logger.error("failed: %s %r %s", error, error, error.code)
        logger.info("%r", item)
    text = out.getvalue()
    assert SECRET not in text
    assert '"operation":' in text
    assert code is None or "REQUEST-1" in text
    log = "\n".join(line for line in text.splitlines() if line.startswith("{"))
    assert "someone-known" not in log
