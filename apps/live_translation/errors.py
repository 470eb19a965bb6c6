"""The one exception that a client gets to see, and each refusal of the wire contract by name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

ECHOED_CHARACTERS = 64
"""How much of a wrong value goes back to its sender."""


class ServiceProblem(Exception):
    """A refusal for the client: becomes an `error` message; holds nothing that may not be logged."""

    def __init__(self, status: int, code: str, message: str, **details: Any) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.message = message
        self.details = details

    def to_message(self, now_ms: int) -> dict[str, Any]:
        """The `error` message of the wire contract."""
        return {
            "type": "error",
            "code": self.code,
            "message": self.message,
            "timestamp": now_ms,
            "details": {"status": self.status, **self.details},
        }


def hashed(identity: str) -> str:
    """A name for logs that says which two lines concern the same connection or address, and not which one."""
    return hashlib.sha256(identity.encode("utf-8", "replace")).hexdigest()[:16]


def missing_action() -> ServiceProblem:
    """400: no `action`."""
    return ServiceProblem(400, "MISSING_ACTION", "The action is missing.")


def invalid_action() -> ServiceProblem:
    """400: an unknown `action`."""
    return ServiceProblem(400, "INVALID_ACTION", "There is no such action.")


def invalid_message(why: str) -> ServiceProblem:
    """400: not a JSON object that can be read."""
    return ServiceProblem(400, "INVALID_MESSAGE", why)


def invalid_parameter(field: str, why: str) -> ServiceProblem:
    """400: one field is missing or wrong."""
    return ServiceProblem(400, "INVALID_PARAMETERS", f"{field}: {why}", field=field)


def missing_parameter(field: str) -> ServiceProblem:
    """400: a refresh or a control message lacks a field."""
    return ServiceProblem(400, "MISSING_PARAMETER", f"{field} is missing.", field=field)


def wrong_parameter(field: str, why: str) -> ServiceProblem:
    """400: a refresh or a control message has a field that is wrong."""
    return ServiceProblem(400, "INVALID_PARAMETER", f"{field}: {why}", field=field)


def invalid_configuration(field: str, why: str) -> ServiceProblem:
    """400: a setting for partial results is wrong."""
    return ServiceProblem(400, "INVALID_CONFIGURATION", f"{field}: {why}", field=field)


def invalid_session_id(session_id: str) -> ServiceProblem:
    """400: not the form of a session id."""
    message = "A session id is two words and a number from 100 to 999, such as faithful-shepherd-417."
    return ServiceProblem(400, "INVALID_SESSION_ID", message, sessionId=_echo(session_id))


def invalid_source_language(language: str) -> ServiceProblem:
    """400: a source language that no engine here reads."""
    message = "The source language is not one that can be translated here."
    return ServiceProblem(400, "INVALID_LANGUAGE", message, languageCode=_echo(language))


def unsupported_language(language: str) -> ServiceProblem:
    """400: a target language that cannot be reached."""
    message = "The session cannot be translated to this language."
    return ServiceProblem(400, "UNSUPPORTED_LANGUAGE", message, languageCode=_echo(language))


def unauthorized(message: str, reason: str) -> ServiceProblem:
    """401: no token, or one that is not good; `reason` is one word, for programs."""
    return ServiceProblem(401, "UNAUTHORIZED", message, reason=reason)


def forbidden(message: str) -> ServiceProblem:
    """403: another user's session."""
    return ServiceProblem(403, "FORBIDDEN", message)


def connection_not_found() -> ServiceProblem:
    """404: the connection is not, or no longer, in a session."""
    return ServiceProblem(404, "CONNECTION_NOT_FOUND", "This connection is in no session; join again.")


def unauthorized_action(message: str) -> ServiceProblem:
    """403: the other role may do this."""
    return ServiceProblem(403, "UNAUTHORIZED_ACTION", message)


def session_not_found(session_id: str) -> ServiceProblem:
    """404: never was, ended, or expired."""
    return ServiceProblem(404, "SESSION_NOT_FOUND", "There is no active session with this id.", sessionId=session_id)


def message_too_large(limit: int) -> ServiceProblem:
    """413: `limit` in bytes."""
    return ServiceProblem(413, "MESSAGE_TOO_LARGE", f"A message may have {limit:,} bytes.", maxBytes=limit)


def audio_chunk_too_large(limit: int) -> ServiceProblem:
    """413: `limit` in bytes of sound."""
    message = f"A chunk of sound may have {limit:,} bytes."
    return ServiceProblem(413, "AUDIO_CHUNK_TOO_LARGE", message, maxBytes=limit)


def control_message_too_large(limit: int) -> ServiceProblem:
    """413: `limit` in bytes, of a message that carries neither text nor sound."""
    message = f"A message of this kind may have {limit:,} bytes."
    return ServiceProblem(413, "CONTROL_MESSAGE_TOO_LARGE", message, maxBytes=limit)


def invalid_audio_format(why: str, field: str | None = None) -> ServiceProblem:
    """400: sound that is not what can be heard."""
    details = {} if field is None else {"field": field}
    return ServiceProblem(400, "INVALID_AUDIO_FORMAT", f"The sound cannot be read: {why}.", **details)


def not_recognised(language: str, engine: str, languages: Iterable[str]) -> ServiceProblem:
    """400: no engine here turns speech of this language into text."""
    heard = f"{engine} hears {', '.join(sorted(languages))}" if languages else "no recognition engine is installed"
    message = f"Speech in {_echo(language)} is not recognised here: {heard}. Send text instead."
    return ServiceProblem(400, "UNSUPPORTED_LANGUAGE", message, languageCode=_echo(language))


def max_sessions_exceeded(maximum: int) -> ServiceProblem:
    """429: a speaker whose sound is heard in other sessions already."""
    message = f"A speaker may be heard in {maximum} session{'s' if maximum > 1 else ''} at a time."
    return ServiceProblem(429, "MAX_SESSIONS_EXCEEDED", message, maxStreams=maximum)


def rate_limited(retry_after: int) -> ServiceProblem:
    """429: `retry_after` in whole seconds."""
    message = f"Too many requests; try again in {retry_after} s."
    return ServiceProblem(429, "RATE_LIMIT_EXCEEDED", message, retryAfter=retry_after)


def session_full(session_id: str, maximum: int) -> ServiceProblem:
    """503: no place for another listener."""
    message = f"The session has its {maximum} listeners."
    return ServiceProblem(503, "SESSION_FULL", message, sessionId=session_id, maxListeners=maximum)


def service_unavailable() -> ServiceProblem:
    """503: the database does not answer, or the service is stopping."""
    return ServiceProblem(503, "SERVICE_UNAVAILABLE", "The service cannot answer at the moment; try again later.")


def speakers_unavailable() -> ServiceProblem:
    """503: nobody can tell who a speaker is."""
    message = "Speakers cannot be let in at the moment, since their tokens cannot be checked; try again later."
    return ServiceProblem(503, "SERVICE_UNAVAILABLE", message, service="identity", retryable=True)


def internal_error() -> ServiceProblem:
    """500: a mistake of ours."""
    return ServiceProblem(500, "INTERNAL_ERROR", "Something went wrong on our side.")


def _echo(value: str) -> str:
    return value[:ECHOED_CHARACTERS]
