"""Log records as lines of JSON, each with the id of what it belongs to; ids and addresses are hashed before."""

from __future__ import annotations

import json
import logging
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final, TextIO

from dynalayer import correlation
from live_translation.errors import ServiceProblem, hashed

FIELDS: Final = "fields"
"""Where a record carries what is more than its message."""

_belongs_to: ContextVar[str | None] = ContextVar("live_translation_belongs_to", default=None)


class JsonLines(logging.Formatter):
    """One object a line: `timestamp` (ISO 8601, UTC), `level`, `component`, `message`, `correlationId`, and fields.

    Of an exception its kind and the places it passed are written, never its words: they may hold what somebody said.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        entry: dict[str, Any] = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "component": record.name,
            "message": record.getMessage(),
        }
        belongs_to = _belongs_to.get()
        if belongs_to is not None:
            entry["correlationId"] = belongs_to
        fields = getattr(record, FIELDS, None)
        if isinstance(fields, Mapping):
            entry.update(fields)
        if record.exc_info and record.exc_info[0] is not None:
            entry["exception"] = record.exc_info[0].__name__
        return json.dumps(entry, default=str)


@contextmanager
def belonging_to(connection_id: str) -> Generator[None]:
    """Let all records, and those of the database's calls, bear the hashed id of this connection."""
    name = hashed(connection_id)
    token = _belongs_to.set(name)
    try:
        with correlation(name):
            yield
    finally:
        _belongs_to.reset(token)


def refusal(operation: str, problem: ServiceProblem, user_id: str | None, source_ip: str) -> dict[str, Any]:
    """The fields of a record that tells of a refusal, for `extra`: nothing in them says who or where."""
    context = {"ipAddressHash": hashed(source_ip)} if source_ip else {}
    if user_id:
        context["userIdHash"] = hashed(user_id)
    fields: dict[str, Any] = {"operation": operation, "errorCode": problem.code, "userContext": context}
    reason = problem.details.get("reason")
    if reason is not None:
        fields["reason"] = reason
    return {FIELDS: fields}


def write_to(stream: TextIO, level: str) -> logging.Handler:
    """Write what the service logs, from this level on, to a stream; gives the handler, to be taken away again."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("live_translation")
    logger.addHandler(handler)
    logger.setLevel(level)
    # The lines are written here; the root logger would write them again.
    logger.propagate = False
    return handler
