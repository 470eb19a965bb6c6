"""The errors of the first data layer, and the one table that maps what the library raises to them."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final

import dynalayer
from dynalayer import (
    AccessDenied,
    BatchIncomplete,
    CircuitOpen,
    ConditionFailed,
    ConnectionLost,
    DatabaseClosed,
    DeadlineExceeded,
    DynalayerError,
    InvalidValue,
    ItemNotFound,
    ItemTooLarge,
    OutcomeUnknown,
    ResourceNotFound,
    ServiceError,
    ServiceUnavailable,
    StaleRevision,
    Throttled,
)
from dynalayer.sealing import SealingError


class DynamoDBError(Exception):
    """The base of the repository's errors.

    `message` says nothing of keys and values, so it may be shown; `code`, `status_code` and `retryable` tell what it
    is; `operation`, `pk` and `sk` what it was about, for programs and not for logs. `original_error` is the library's.
    """

    default_code = "InternalServerError"
    default_status = 500
    default_retryable = False

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        status_code: int | None = None,
        retryable: bool | None = None,
        original_error: BaseException | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.status_code = self.default_status if status_code is None else status_code
        self.retryable = self.default_retryable if retryable is None else retryable
        self.original_error = original_error
        self.operation = ""
        self.pk: str | None = None
        self.sk: str | None = None

    @property
    def request_id(self) -> str | None:
        """The service's name for the call; None where it gave none."""
        return self.original_error.request_id if isinstance(self.original_error, ServiceError) else None


class ItemNotFoundError(DynamoDBError):
    """There is no item with this key."""

    default_code = "ItemNotFound"
    default_status = 404


class ConditionalCheckFailedError(DynamoDBError):
    """The item is not as the write wants it; nothing was written."""

    default_code = "ConditionalCheckFailedException"
    default_status = 400


class ItemAlreadyExistsError(ConditionalCheckFailedError):
    """There is an item with the key of a new one; nothing was written."""

    default_status = 409


class RevisionConflictError(ConditionalCheckFailedError):
    """Somebody else has written the item since it was read; nothing was written."""

    default_status = 409


class ThroughputExceededError(DynamoDBError):
    """The service asks to slow down; nothing was done. `code` is the service's own."""

    default_code = "ProvisionedThroughputExceededException"
    default_status = 400
    default_retryable = True


class ValidationError(DynamoDBError):
    """The request or a value is not what it must be; nothing was written."""

    default_code = "ValidationException"
    default_status = 400


class ItemTooLargeError(ValidationError):
    """The item would have more than 400 KB."""


class NetworkError(DynamoDBError):
    """No answer came. `retryable` is True if nothing was done or reading again does no harm."""

    default_code = "NetworkError"
    default_status = 503
    default_retryable = True


class OutcomeUnknownError(NetworkError):
    """Nobody can tell whether the write was made: read before it is made again."""

    default_code = "OutcomeUnknown"
    default_retryable = False


class BatchIncompleteError(DynamoDBError):
    """Part of a batch was not done; `result` tells which and why. `retryable` if any of that may end well later."""

    default_code = "BatchIncomplete"
    default_status = 503
    default_retryable = True

    def __init__(
        self,
        message: str,
        result: Any,
        *,
        retryable: bool | None = None,
        original_error: BaseException | None = None,
    ) -> None:
        super().__init__(message, retryable=retryable, original_error=original_error)
        self.result = result


_CHANGED_MEANWHILE: Final = "The item was changed by someone else meanwhile; read it again."
_KINDS: Final[tuple[tuple[type[DynalayerError], type[DynamoDBError], str], ...]] = (
    (ItemNotFound, ItemNotFoundError, "The item does not exist."),
    (StaleRevision, RevisionConflictError, _CHANGED_MEANWHILE),
    (ConditionFailed, ConditionalCheckFailedError, "The item is not as it was expected; nothing was changed."),
    (Throttled, ThroughputExceededError, "Too many requests at the moment; try again later."),
    (ItemTooLarge, ItemTooLargeError, "The item is too large: 400 KB at most."),
    (InvalidValue, ValidationError, "A value cannot be stored or asked for as given."),
    (dynalayer.ValidationError, ValidationError, "The request is not valid."),
    (OutcomeUnknown, OutcomeUnknownError, "It is not known whether the change was made; look before trying again."),
    (SealingError, DynamoDBError, "A secret could not be sealed or opened."),
    (DatabaseClosed, DynamoDBError, "The database has been closed."),
    (CircuitOpen, NetworkError, "The database does not answer at the moment; try again later."),
    (ConnectionLost, NetworkError, "The database did not answer; try again later."),
    (ResourceNotFound, DynamoDBError, "The table or the index does not exist."),
    (AccessDenied, DynamoDBError, "Access to the data was denied."),
    (ServiceUnavailable, DynamoDBError, "The database failed; try again later."),
    (DeadlineExceeded, DynamoDBError, "There was not enough time; try again later."),
)
"""First match wins; the words may be shown to anybody."""

_OTHER: Final = "The data could not be read or written."
_STATUS: Final[dict[type[DynalayerError], int]] = {
    ResourceNotFound: 404,
    AccessDenied: 403,
    ServiceUnavailable: 503,
    DeadlineExceeded: 504,
    DatabaseClosed: 503,
}


def wrap_error(
    error: BaseException, operation: str = "", pk: str | None = None, sk: str | None = None
) -> DynamoDBError:
    """The error as the repository raises it: its class, code, status and whether the same call may end well later.

    One that is a `DynamoDBError` already is given back as it is.
    """
    if isinstance(error, DynamoDBError):
        return error
    if isinstance(error, BatchIncomplete):
        return BatchIncompleteError("Part of a batch was not done.", error.result, original_error=error)
    for source, target, message in _KINDS:
        if isinstance(error, source):
            made = target(
                message,
                code=_code(error, target),
                status_code=_STATUS.get(source),
                retryable=_retryable(error, target),
                original_error=error,
            )
            break
    else:
        code, retryable = (error.code, error.retryable) if isinstance(error, ServiceError) else (None, False)
        status = error.status if isinstance(error, ServiceError) else None
        made = DynamoDBError(_OTHER, code=code, status_code=status, retryable=retryable, original_error=error)
    made.operation, made.pk, made.sk = operation, pk, sk
    return made


def revision_conflict(error: ConditionFailed, operation: str, pk: str, sk: str) -> RevisionConflictError:
    """The error for a stored item of another revision than the caller read."""
    conflict = RevisionConflictError(_CHANGED_MEANWHILE, original_error=error)
    conflict.operation, conflict.pk, conflict.sk = operation, pk, sk
    return conflict


def is_retryable_error(error: BaseException) -> bool:
    """Whether the same call may end well later; the library has tried it again by then, as often as it was told."""
    return wrap_error(error).retryable


def _code(error: DynalayerError, target: type[DynamoDBError]) -> str | None:
    """The service's code, but for errors that the repository names itself."""
    if isinstance(error, ItemNotFound) or not isinstance(error, ServiceError):
        return type(error).__name__ if target is DynamoDBError else None
    return error.code


def _retryable(error: DynalayerError, target: type[DynamoDBError]) -> bool | None:
    if isinstance(error, ServiceError):
        return error.retryable
    if isinstance(error, ConnectionLost) and target is NetworkError:
        # The library has told apart by now whether a write may have been made: that would be an OutcomeUnknown.
        return True
    return None


@contextmanager
def told(operation: str, pk: str | None = None, sk: str | None = None) -> Generator[None]:
    """Let what the library raises leave as the repository's errors."""
    try:
        yield
    except DynalayerError as error:
        raise wrap_error(error, operation, pk, sk) from error


__all__ = [
    "BatchIncompleteError",
    "ConditionalCheckFailedError",
    "DynamoDBError",
    "ItemAlreadyExistsError",
    "ItemNotFoundError",
    "ItemTooLargeError",
    "NetworkError",
    "OutcomeUnknownError",
    "RevisionConflictError",
    "ThroughputExceededError",
    "ValidationError",
    "is_retryable_error",
    "told",
    "wrap_error",
]
