"""Every error a user can meet, and the one table that maps the API's error codes to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

import msgspec

from dynalayer.protocol.throttling import ThrottlingReason, with_reasons

Item = dict[str, Any]
"""An item in DynamoDB's JSON: attribute name to `{"S": "text"}` and its like."""


class DynalayerError(Exception):
    """The base of all errors of this library."""


class DefinitionError(DynalayerError):
    """A table or an entity is declared in a way that cannot work; raised when the class is made."""


class InvalidValue(DynalayerError, ValueError):
    """A value cannot be stored as given; raised before anything is sent."""


class ItemTooLarge(InvalidValue):
    """An item would pass the 400 KB limit of the service; raised before anything is sent."""


class NewerVersion(InvalidValue):
    """An item was written by a program that knows a newer version of its entity's schema."""


class BatchIncomplete(DynalayerError):
    """The service left part of a batch undone after all retries; `undone` are its keys and entities, as given.

    `result` tells of the whole batch what was done and what was not, with reasons: a `BatchRead` or a `BatchWritten`.
    """

    def __init__(self, message: str, undone: Sequence[Any], result: Any = None) -> None:
        super().__init__(message)
        self.undone = list(undone)
        self.result = result


class ConnectionLost(DynalayerError):
    """No answer came.

    `may_have_taken_effect` is False if it is certain that nothing was done: no connection was made, or the request was
    not sent whole.
    """

    def __init__(self, message: str, *, may_have_taken_effect: bool = True) -> None:
        super().__init__(message)
        self.may_have_taken_effect = may_have_taken_effect


class CircuitOpen(ConnectionLost):
    """No call was made: too many of those before it on `table` failed; `kind` is "read" or "write".

    The next one may be made after `until` (seconds since 1970), `seconds` from the moment of the error.
    """

    def __init__(self, message: str, *, table: str, kind: str, until: float, seconds: float) -> None:
        super().__init__(message, may_have_taken_effect=False)
        self.table = table
        self.kind = kind
        self.until = until
        self.seconds = seconds


class DatabaseClosed(ConnectionLost):
    """No call was made: the database has been closed, or is waiting for its last calls to end."""

    def __init__(self, message: str = "the database has been closed, so no call is made") -> None:
        super().__init__(message, may_have_taken_effect=False)


class OutcomeUnknown(ConnectionLost):
    """A write may or may not have taken effect, and nothing that can be read would tell.

    `table` and `entity` are names, `key` is the item's key (None for a batch or a transaction), `item` what was stored
    when the write was made again and refused. The error that ended the last attempt is the cause.
    """

    def __init__(
        self, message: str, *, table: str = "", entity: str = "", key: Any = None, item: Item | None = None
    ) -> None:
        super().__init__(message)
        self.table = table
        self.entity = entity
        self.key = key
        self.item = item


class ImageMissing(DynalayerError):
    """A record of a stream does not carry the image that is asked for: the stream's view type leaves it out."""


class StreamOff(DynalayerError):
    """Changes of a table are asked for, but it has no stream."""


class ChangesLost(DynalayerError):
    """Changes that a consumer has not seen are gone: a stream keeps them for 24 hours."""


class CheckpointMoved(DynalayerError):
    """Another consumer has saved its position under the same name: only one may follow with a checkpoint."""


class NotReady(DynalayerError):
    """A table is still being made, changed or deleted after a long wait; waiting again goes on."""


class UnreadableAnswer(ConnectionLost):
    """An answer came that is not the API's JSON: the call may or may not have taken effect."""


class DeadlineExceeded(DynalayerError):
    """A call was not tried again because its deadline would have passed; the last error is its cause.

    `may_have_taken_effect` is False if it is certain that nothing was written.
    """

    def __init__(self, message: str, *, may_have_taken_effect: bool) -> None:
        super().__init__(message)
        self.may_have_taken_effect = may_have_taken_effect


class ServiceError(DynalayerError):
    """The API answered with an error; `code` is its error code, `status` its HTTP status.

    `request_id` is the service's name for the call, which AWS's support asks for; None where none came. `retry_after`
    is how many seconds the service asks to wait, where it says so.
    """

    code: str = "InternalServerError"
    retry_after: float | None = None
    request_id: str | None = None
    status: ClassVar[int] = 400
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code

    def to_wire(self) -> dict[str, Any]:
        """The error as the body that the service would send."""
        return {"__type": f"{_namespace(self.code)}#{self.code}", _message_field(self.code): self.message}


class ValidationError(ServiceError):
    """The request breaks a rule of the API."""

    code = "ValidationException"


class SerializationError(ServiceError):
    """The request is not the JSON that the API expects."""

    code = "SerializationException"


class UnknownOperation(ServiceError):
    """The API has no such operation."""

    code = "UnknownOperationException"


class AccessDenied(ServiceError):
    """The credentials are missing, wrong, or do not allow the call."""

    code = "AccessDeniedException"
    served_at: float | None = None
    """When the service said so, in seconds since 1970 by its own clock; only if the signature's moment is at fault."""

    @property
    def is_of_time(self) -> bool:
        """True if the signature's moment is not the service's, within its 15 minutes (IAM guide, "Signing")."""
        if self.code == "InvalidSignatureException":
            return self.message.startswith(("Signature expired", "Signature not yet current"))
        return self.code in ("RequestTimeTooSkewed", "RequestExpired")


class ResourceNotFound(ServiceError):
    """The table or index does not exist."""

    code = "ResourceNotFoundException"


class ResourceInUse(ServiceError):
    """The table exists already, or is being created, changed or deleted."""

    code = "ResourceInUseException"


class LimitExceeded(ServiceError):
    """A limit on tables, indexes or concurrent changes is reached."""

    code = "LimitExceededException"


class ItemCollectionTooLarge(ServiceError):
    """An item collection of a table with local indexes would pass 10 GB."""

    code = "ItemCollectionSizeLimitExceededException"


class ConditionFailed(ServiceError):
    """The condition of a write was not met; `item` is the old item when it was asked for."""

    code = "ConditionalCheckFailedException"

    def __init__(
        self,
        message: str = "The conditional request failed",
        *,
        code: str | None = None,
        item: Item | None = None,
    ) -> None:
        super().__init__(message, code=code)
        self.item = item

    def to_wire(self) -> dict[str, Any]:
        body = super().to_wire()
        return body if self.item is None else {**body, "Item": self.item}


class BoundPassed(ConditionFailed):
    """A sum would pass the floor or ceiling of an `add`; `attribute`, `bound` and `limit` tell which, `item` is what
    is stored.
    """

    def __init__(self, message: str, *, attribute: str, bound: str, limit: Decimal, item: Item | None = None) -> None:
        super().__init__(message, item=item)
        self.attribute = attribute
        self.bound = bound
        self.limit = limit


class StaleRevision(ConditionFailed):
    """The item was written by someone else since it was read; `item` is what is stored now."""


class NotUnique(ConditionFailed):
    """Another item holds a value that must be unique; `attribute` is the attribute's name."""

    def __init__(self, message: str, *, attribute: str = "", item: Item | None = None) -> None:
        super().__init__(message, item=item)
        self.attribute = attribute


class DuplicateItem(ServiceError):
    """A PartiQL INSERT named an item that is there already."""

    code = "DuplicateItemException"


class ItemNotFound(ConditionFailed):
    """A write named an item that does not exist, or whose time to live has passed."""


class CancellationReason(msgspec.Struct, frozen=True):
    """Why one statement of a transaction was refused; `code` is "None" for those that were not at fault.

    Besides the service's codes there is "NotUnique", for a value (of `attribute`) that another item has.
    """

    code: str
    message: str | None = None
    item: Item | None = None
    attribute: str | None = None

    def to_wire(self) -> dict[str, Any]:
        body: dict[str, Any] = {"Code": self.code}
        if self.message is not None:
            body["Message"] = self.message
        if self.item is not None:
            body["Item"] = self.item
        return body


class TransactionCanceled(ServiceError):
    """A transaction was refused as a whole; `reasons` has one entry for each of its statements.

    `causes` are the statements that were at fault, each with its reason.
    """

    code = "TransactionCanceledException"

    def __init__(
        self,
        message: str = "",
        *,
        code: str | None = None,
        reasons: Sequence[CancellationReason] = (),
        statements: Sequence[Any] = (),
    ) -> None:
        codes = ", ".join(reason.code for reason in reasons)
        super().__init__(
            message or f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]",
            code=code,
        )
        self.reasons = tuple(reasons)
        pairs = zip(statements, reasons, strict=False)
        self.causes = tuple((statement, reason) for statement, reason in pairs if reason.code != "None")

    def to_wire(self) -> dict[str, Any]:
        return {**super().to_wire(), "CancellationReasons": [reason.to_wire() for reason in self.reasons]}


class TransactionConflict(ServiceError):
    """Another transaction is writing the same item."""

    code = "TransactionConflictException"
    retryable = True


class TransactionInProgress(ServiceError):
    """The same idempotency token is being worked on."""

    code = "TransactionInProgressException"
    retryable = True


class IdempotentParameterMismatch(ServiceError):
    """An idempotency token was used again with other parameters."""

    code = "IdempotentParameterMismatchException"


class ExpiredIterator(ServiceError):
    """A stream is read on from a place that was given out more than fifteen minutes ago."""

    code = "ExpiredIteratorException"


class TrimmedDataAccess(ServiceError):
    """The records of a stream that a reader asks for are older than a day, and gone."""

    code = "TrimmedDataAccessException"


class Throttled(ServiceError):
    """The service asks to slow down; nothing was done.

    Where it says so, `reasons` tell which limits were passed; `reason`, `table` and `index` are those of the first.
    """

    code = "ThrottlingException"
    retryable = True

    def __init__(self, message: str, *, code: str | None = None, reasons: Sequence[ThrottlingReason] = ()) -> None:
        super().__init__(message, code=code)
        self.reasons = tuple(reasons)
        self.args = (with_reasons(message, reasons),)

    @property
    def reason(self) -> str | None:
        """The service's word for the limit, such as "TableWriteKeyRangeThroughputExceeded"."""
        return self.reasons[0].reason if self.reasons else None

    @property
    def table(self) -> str | None:
        """The table that is throttled."""
        return self.reasons[0].table if self.reasons else None

    @property
    def index(self) -> str | None:
        """The index that is throttled; writes of a table may be throttled by one of its indexes."""
        return self.reasons[0].index if self.reasons else None

    def to_wire(self) -> dict[str, Any]:
        reasons = [reason.to_wire() for reason in self.reasons]
        return {**super().to_wire(), _reasons_field(self.code): reasons} if reasons else super().to_wire()


class ServiceUnavailable(ServiceError):
    """The service failed or is not there; a write may or may not have taken effect."""

    code = "InternalServerError"
    status = 500
    retryable = True


_CLASSES: tuple[type[ServiceError], ...] = (
    ValidationError,
    SerializationError,
    UnknownOperation,
    AccessDenied,
    ResourceNotFound,
    ResourceInUse,
    LimitExceeded,
    ItemCollectionTooLarge,
    ConditionFailed,
    DuplicateItem,
    TransactionCanceled,
    TransactionConflict,
    TransactionInProgress,
    IdempotentParameterMismatch,
    ExpiredIterator,
    TrimmedDataAccess,
    Throttled,
    ServiceUnavailable,
)

BY_CODE: Mapping[str, type[ServiceError]] = {
    **{cls.code: cls for cls in _CLASSES},
    "TableNotFoundException": ResourceNotFound,
    "ProvisionedThroughputExceededException": Throttled,
    "RequestLimitExceeded": Throttled,
    "Throttling": Throttled,
    "ServiceUnavailable": ServiceUnavailable,
    "InternalFailure": ServiceUnavailable,
    "UnrecognizedClientException": AccessDenied,
    "InvalidSignatureException": AccessDenied,
    "MissingAuthenticationTokenException": AccessDenied,
    "IncompleteSignatureException": AccessDenied,
    "ExpiredTokenException": AccessDenied,
    "RequestTimeTooSkewed": AccessDenied,
    "RequestExpired": AccessDenied,
}
"""Error codes of the API (API reference, "Common Errors" and each operation's "Errors") to classes."""

_CORAL_CODES = frozenset(
    {
        "ValidationException",
        "SerializationException",
        "UnknownOperationException",
        "AccessDeniedException",
        "UnrecognizedClientException",
        "InvalidSignatureException",
        "MissingAuthenticationTokenException",
        "IncompleteSignatureException",
        "ThrottlingException",
    }
)

_CAPITAL_MESSAGE = frozenset({"TransactionCanceledException", "SerializationException"})


def _namespace(code: str) -> str:
    return (
        "com.amazon.coral.validate"
        if code == "ValidationException"
        else ("com.amazon.coral.service" if code in _CORAL_CODES else "com.amazonaws.dynamodb.v20120810")
    )


def _message_field(code: str) -> str:
    return "Message" if code in _CAPITAL_MESSAGE else "message"


def _reasons_field(code: str) -> str:
    return "throttlingReasons" if code == "ThrottlingException" else "ThrottlingReasons"


def from_wire(status: int, body: bytes) -> ServiceError:
    """The error that an HTTP answer other than 200 stands for; a body that is not the API's gives its status."""
    try:
        answer = msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.DecodeError:
        answer = {}
    code = str(answer.get("__type", "")).rpartition("#")[2]
    message = str(answer.get("message") or answer.get("Message") or f"HTTP status {status} without a message")
    cls = BY_CODE.get(code, ServiceUnavailable if status >= 500 else ServiceError)
    if cls is ConditionFailed:
        return ConditionFailed(message, item=answer.get("Item"))
    if cls is TransactionCanceled:
        return TransactionCanceled(message, reasons=[_reason(r) for r in answer.get("CancellationReasons", ())])
    if cls is Throttled:
        given = answer.get(_reasons_field(code), ())
        reasons = [ThrottlingReason(r.get("reason", ""), r.get("resource", "")) for r in given]
        return Throttled(message, code=code or None, reasons=reasons)
    return cls(message, code=code or None)


def _reason(body: Mapping[str, Any]) -> CancellationReason:
    return CancellationReason(body.get("Code", "None"), body.get("Message"), body.get("Item"))
