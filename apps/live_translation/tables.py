"""The four tables of the service and their items, under the names that the first system gave them."""

from __future__ import annotations

import os
from decimal import Decimal
from enum import Enum
from typing import Final

from dynalayer import Attr, Entity, Index, Table, attr, index, number, primary
from live_translation.sessions.broadcast_state import BroadcastState
from live_translation.sessions.session_ids import LONGEST

BY_LANGUAGE: Final = "sessionId-targetLanguage-index"
BY_LAST_ACCESS: Final = "lastAccessedAt-index"


def _named(name: str, variable: str) -> str:
    # A table's name is part of its declaration, and each environment has names of its own: `Sessions-prod`.
    return os.environ.get(variable, "").strip() or name


_CACHE_NAME: Final = _named("CachedTranslations", "CACHED_TRANSLATIONS_TABLE_NAME")

sessions = Table(_named("Sessions", "SESSIONS_TABLE_NAME"), pk="sessionId", ttl="expiresAt")
connections = Table(
    _named("Connections", "CONNECTIONS_TABLE_NAME"),
    pk="connectionId",
    indexes=[Index(BY_LANGUAGE, pk="sessionId", sk="targetLanguage")],
    ttl="ttl",
)
rate_limits = Table(_named("RateLimits", "RATE_LIMITS_TABLE_NAME"), pk="identifier", ttl="expiresAt")
cached_translations = Table(
    _CACHE_NAME,
    pk="cacheKey",
    indexes=[Index(BY_LAST_ACCESS, pk="recency", sk=number("lastAccessedAt"))],
    ttl="ttl",
)

TABLES: Final = (sessions, connections, rate_limits, cached_translations)

# The number of entries lies in the same table under a key that no entry can have: theirs have two colons and a digest.
# It goes by another table object because keys without templates say nothing about how two kinds of item are told apart,
# and Dynalayer refuses that.
cache_numbers = Table(_CACHE_NAME, pk="cacheKey")


class Role(Enum):
    """What a connection is in its session."""

    speaker = "speaker"
    listener = "listener"


class QualityTier(Enum):
    """What the speaker has asked for."""

    standard = "standard"
    premium = "premium"


class Session(Entity, table=sessions, camel_case=True):
    """One talk: `created_at`, `speaker_lost_at` and `claimed_at` in ms since 1970, `expires_at` in seconds.

    `max_buffer_timeout` is a span of seconds. `speaker_lost_at` is set while the speaker's socket is gone and the
    session waits for it to come back. From `sequence_number` on the attributes say whose turn it is to be heard
    (`broadcasting/turns.py`).
    """

    session_id: Attr[str] = attr(max_bytes=LONGEST)
    speaker_connection_id: Attr[str] = attr()
    speaker_user_id: Attr[str | None] = attr(default=None)
    source_language: Attr[str] = attr()
    quality_tier: Attr[QualityTier] = attr(default=QualityTier.standard)
    created_at: Attr[int] = attr()
    is_active: Attr[bool] = attr(default=True)
    listener_count: Attr[int] = attr(default=0)
    expires_at: Attr[int] = attr(ttl=True)
    partial_results_enabled: Attr[bool] = attr(default=True)
    min_stability_threshold: Attr[Decimal] = attr(default=Decimal("0.85"))
    max_buffer_timeout: Attr[Decimal] = attr(default=Decimal("5.0"))
    broadcast_state: Attr[BroadcastState] = attr(default=BroadcastState())
    speaker_lost_at: Attr[int | None] = attr(default=None)
    sequence_number: Attr[int] = attr(default=0)
    finished_number: Attr[int] = attr(default=0)
    recent_segments: Attr[list[str]] = attr(factory=list)
    claimed_by: Attr[str] = attr(default="")
    claimed_at: Attr[int] = attr(default=0)
    key = primary(session_id)


class Connection(Entity, table=connections, camel_case=True):
    """One socket: times in ms since 1970, `ttl` in seconds; a speaker has no target language and is in no index.

    `refresh_told_at`, `warned_at` and `status_sent_at` are when the client was last told so.
    With `audio` a listener is sent the sound of the translations besides their text.
    """

    connection_id: Attr[str] = attr(max_bytes=128)
    session_id: Attr[str] = attr(max_bytes=LONGEST)
    target_language: Attr[str | None] = attr(default=None, max_bytes=16)
    role: Attr[Role] = attr()
    connected_at: Attr[int] = attr()
    ttl: Attr[int] = attr(ttl=True)
    ip_address: Attr[str | None] = attr(default=None)
    last_activity_time: Attr[int | None] = attr(default=None)
    refresh_told_at: Attr[int | None] = attr(default=None)
    warned_at: Attr[int | None] = attr(default=None)
    status_sent_at: Attr[int | None] = attr(default=None)
    audio: Attr[bool] = attr(default=False)
    key = primary(connection_id)
    by_language = index(BY_LANGUAGE, session_id, target_language)


class CachedTranslation(Entity, table=cached_translations, camel_case=True):
    """A translated text; times in ms since 1970, `ttl` in seconds. `recency` gathers all entries in one index."""

    cache_key: Attr[str] = attr(max_bytes=64)
    source_language: Attr[str] = attr()
    target_language: Attr[str] = attr()
    source_text: Attr[str] = attr()
    translated_text: Attr[str] = attr()
    engine: Attr[str] = attr(default="")
    confidence: Attr[Decimal | None] = attr(default=None)
    created_at: Attr[int] = attr()
    last_accessed_at: Attr[int] = attr()
    access_count: Attr[int] = attr(default=1)
    ttl: Attr[int] = attr(ttl=True)
    recency: Attr[str] = attr(default="all", max_bytes=16)
    key = primary(cache_key)
    by_last_access = index(BY_LAST_ACCESS, recency, last_accessed_at)
