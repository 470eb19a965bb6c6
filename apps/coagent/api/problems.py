"""What a client is told when something cannot be done: problem details (RFC 9457), without anything internal."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from coagent.api.shapes import camel, to_json
from coagent.workspace import AlreadyThere, ChangedMeanwhile, NotAllowed, NotFound
from dynalayer import (
    AccessDenied,
    BatchIncomplete,
    ConditionFailed,
    ConnectionLost,
    DeadlineExceeded,
    InvalidValue,
    ItemNotFound,
    ItemTooLarge,
    ServiceError,
    Throttled,
    TransactionConflict,
)
from dynalayer.recipes import PayloadMismatch, StillRunning

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """A refusal for the client; `code` is for programs, `more` are further members of the answer."""

    def __init__(
        self, status: int, code: str, detail: str, *, headers: Mapping[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = {"cache-control": "no-store", **(headers or {})}
        self.more = more

    def answer(self) -> Response:
        """The problem as it is sent."""
        body: dict[str, Any] = {
            "type": f"urn:coagent:{self.code}",
            "title": _TITLES.get(self.status, "The request failed"),
        }
        body |= {"status": self.status, "code": self.code, "detail": self.detail, **self.more}
        return Response(to_json(body), self.status, self.headers, MEDIA_TYPE)


_TITLES = {
    400: "The request makes no sense",
    401: "Nobody is signed in",
    403: "This is not allowed",
    404: "There is no such thing",
    409: "This is in the way of something else",
    412: "It was changed in the meantime",
    413: "This is too large",
    415: "This is not JSON",
    422: "Something is not right with what was sent",
    428: "It must be said which version is meant",
    429: "This was too often",
    503: "The database does not answer",
}


def invalid(*errors: tuple[str, str]) -> Problem:
    """422: fields that are wrong, each with its path in what was sent, such as `steps[0].task`."""
    return Problem(
        422,
        "invalid",
        "; ".join(f"{path}: {words}" if path else words for path, words in errors),
        errors=[{"path": path, "message": words} for path, words in errors],
    )


def not_found(what: str) -> Problem:
    """404."""
    return Problem(404, "not-found", f"There is no such {what}.")


def signed_out() -> Problem:
    """401."""
    return Problem(401, "signed-out", "Sign in first.")


def problem_of(error: Exception) -> Problem:
    """What to tell of an error of the database; keys, tables and values are never part of it."""
    if isinstance(error, InvalidValue) and (field := _FIELD.match(str(error))):
        return invalid((camel(field[1]), field[2]))
    for kinds, status, code, detail in _ANSWERS:
        if isinstance(error, kinds):
            headers = {"retry-after": str(max(1, round(error.retry_after)))} if isinstance(error, StillRunning) else {}
            return Problem(status, code, detail, headers=headers)
    return Problem(500, "internal", "Something went wrong here. It has been written down.")


_FIELD = re.compile(r"[A-Z]\w*\.([a-z_]+): (.+)")
"""How the library tells of a field; its words are about the rule, never the value."""


_ANSWERS: Sequence[tuple[tuple[type[Exception], ...], int, str, str]] = (
    ((NotFound,), 404, "not-found", "There is no such thing among yours."),
    ((AlreadyThere,), 409, "exists", "There is one with this id already."),
    ((ChangedMeanwhile,), 412, "changed", "It was changed after you had read it; nothing was written."),
    ((NotAllowed,), 403, "not-allowed", "This is not yours to change."),
    ((PayloadMismatch,), 422, "idempotency-key-reused", "This Idempotency-Key was used for something else."),
    ((StillRunning,), 409, "in-progress", "The same request is being worked on; ask again in a moment."),
    ((ItemTooLarge,), 413, "too-large", "This is more than one item can hold (400 KB)."),
    ((InvalidValue,), 422, "invalid", "A value cannot be stored as it was given."),
    ((ItemNotFound,), 404, "not-found", "It is not there any more."),
    ((ConditionFailed, TransactionConflict), 409, "conflict", "It was changed at the same moment; look again."),
    ((Throttled, BatchIncomplete), 503, "busy", "The database is busy; try again in a moment."),
    ((DeadlineExceeded, ConnectionLost), 503, "unreachable", "The database does not answer; try again in a moment."),
    ((AccessDenied, ServiceError), 503, "database", "The database refuses to work; its operator can read why."),
)
