"""What clients send, checked; each refusal is the wire contract's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec

from live_translation.errors import (
    invalid_configuration,
    invalid_message,
    invalid_parameter,
    invalid_session_id,
    invalid_source_language,
    message_too_large,
    missing_action,
    missing_parameter,
    unsupported_language,
    wrong_parameter,
)
from live_translation.sessions.session_ids import is_session_id
from live_translation.tables import QualityTier, Role

MAX_TEXT_CHARACTERS: Final = 5_000
LONGEST_CONNECTION_ID: Final = 128
_LANGUAGE: Final = re.compile(r"[a-z]{2}", re.ASCII)
_SEGMENT_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_NUMBER: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """What a speaker may choose; `max_buffer_timeout` in seconds."""

    source_language: str
    quality_tier: QualityTier = QualityTier.standard
    partial_results: bool = True
    min_stability: Decimal = Decimal("0.85")
    max_buffer_timeout: Decimal = Decimal("5.0")


@dataclass(frozen=True, slots=True)
class Segment:
    """What was spoken in one go: a partial result that may still change, or the final one."""

    segment_id: str
    text: str
    is_partial: bool
    stability: float | None


def session_options(parameters: Mapping[str, str]) -> SessionOptions:
    """The parameters of `createSession`; raises `ServiceProblem` for the first that is wrong."""
    language = parameters.get("sourceLanguage", "")
    if not _LANGUAGE.fullmatch(language):
        raise invalid_source_language(language)
    return SessionOptions(
        language,
        _tier(parameters.get("qualityTier", "standard")),
        parameters.get("partialResults", "true").lower() == "true",
        _within(parameters, "minStability", Decimal("0.85"), Decimal("0.70"), Decimal("0.95")),
        _within(parameters, "maxBufferTimeout", Decimal("5.0"), Decimal("2.0"), Decimal("10.0")),
    )


def _tier(text: str) -> QualityTier:
    try:
        return QualityTier(text)
    except ValueError:
        raise invalid_parameter("qualityTier", "must be standard or premium") from None


def _within(parameters: Mapping[str, str], field: str, default: Decimal, low: Decimal, high: Decimal) -> Decimal:
    text = parameters.get(field)
    if text is None:
        return default
    try:
        value = Decimal(text) if _NUMBER.fullmatch(text) else Decimal("NaN")
    except InvalidOperation:
        value = Decimal("NaN")
    if value.is_nan() or not low <= value <= high:
        raise invalid_configuration(field, f"must be a number from {low} to {high}")
    return value


def session_id(parameters: Mapping[str, str]) -> str:
    """The session to join; raises `ServiceProblem` if that is not an id."""
    given = parameters.get("sessionId", "")
    if not is_session_id(given):
        raise invalid_session_id(given)
    return given


def wants_audio(fields: Mapping[str, Any]) -> bool:
    """Whether a listener asks for sound, by address or by message; raises `ServiceProblem` for no yes and no no."""
    given = fields.get("audio", False)
    known = {True: True, False: False, "true": True, "false": False}
    value = given.lower() if isinstance(given, str) else given
    if not isinstance(value, (bool, str)) or value not in known:
        raise invalid_parameter("audio", "must be true or false")
    return known[value]


def target_language(given: object) -> str:
    """A listener's language; raises `ServiceProblem` if that is not two letters from a to z."""
    if not isinstance(given, str) or not _LANGUAGE.fullmatch(given):
        raise unsupported_language(given if isinstance(given, str) else "")
    return given


def role(fields: Mapping[str, Any]) -> Role:
    """Whose connection is refreshed; raises `ServiceProblem` if that is neither speaker nor listener."""
    given = fields.get("role")
    if given is None:
        raise missing_parameter("role")
    if given not in ("speaker", "listener"):
        raise wrong_parameter("role", "must be speaker or listener")
    return Role(given)


def previous_connection(fields: Mapping[str, Any]) -> str:
    """The id of the connection that is refreshed; raises `ServiceProblem` if it is missing or cannot be one."""
    given = fields.get("connectionId")
    if given is None:
        raise missing_parameter("connectionId")
    if not isinstance(given, str) or not 1 <= len(given) <= LONGEST_CONNECTION_ID or not given.isascii():
        raise wrong_parameter("connectionId", "must be the id of the connection that is to be replaced")
    return given


def message(body: str | bytes, limit: int) -> dict[str, Any]:
    """A client's message; raises `ServiceProblem` if it is over `limit` bytes or no JSON object with an action."""
    data = body.encode("utf-8", "replace") if isinstance(body, str) else body
    if len(data) > limit:
        raise message_too_large(limit)
    try:
        found = msgspec.json.decode(data, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise invalid_message("A message must be one JSON object.") from None
    if not isinstance(found.get("action"), str) or not found["action"]:
        raise missing_action()
    return found


def segment(fields: Mapping[str, Any]) -> Segment:
    """The fields of `sendText`; raises `ServiceProblem` for the first that is wrong."""
    segment_id, text = fields.get("segmentId"), fields.get("text")
    if not isinstance(segment_id, str) or not _SEGMENT_ID.fullmatch(segment_id):
        raise invalid_parameter("segmentId", "must have 1 to 64 letters, digits, - or _")
    if not isinstance(text, str) or not text.strip() or len(text) > MAX_TEXT_CHARACTERS:
        raise invalid_parameter("text", f"must have 1 to {MAX_TEXT_CHARACTERS:,} characters, not only spaces")
    is_partial = fields.get("isPartial", False)
    if not isinstance(is_partial, bool):
        raise invalid_parameter("isPartial", "must be true or false")
    return Segment(segment_id, text.strip(), is_partial, _stability(fields.get("stability")))


def _stability(given: object) -> float | None:
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not 0 <= given <= 1:
        raise invalid_parameter("stability", "must be a number from 0 to 1")
    return float(given)
