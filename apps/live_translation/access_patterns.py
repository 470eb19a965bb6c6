"""What the service reads and writes, and how often: `dynalayer check live_translation.access_patterns`.

The rates are those of a busy hour: 100 talks at once, each heard by 50 people in 5 languages, a sentence every five
seconds, half of the sentences spoken before, a heartbeat of every client each 30 seconds, and 10 people a second who
come or go.
"""

from __future__ import annotations

from decimal import Decimal

from dynalayer import (
    Accepted,
    AccessPattern,
    BatchWrite,
    Create,
    Delete,
    Get,
    Transaction,
    Update,
    any_,
    scan,
)
from live_translation.metrics.shared import Published
from live_translation.sessions.admission import limits
from live_translation.sessions.rate_limits import limiter_of
from live_translation.sessions.turns import JOBS
from live_translation.settings import Settings
from live_translation.tables import CachedTranslation, Connection, Role, Session
from live_translation.translation.cached_translations import translation_cache

TALKS = 100
LISTENERS = 50
LANGUAGES = 5
SENTENCES = TALKS / 5
TEXTS = SENTENCES * LANGUAGES
HEARTBEATS = TALKS * (LISTENERS + 1) / 30
COMING = 10
ENTRIES = 10_000

_session = Session.key(any_(str))
_connection = Connection.key(any_(str))
_entry = CachedTranslation.key(any_(str))

_joined = Update(_session, (Session.listener_count.add(1),))
_over = Update(_session, (Session.is_active.set(False), Session.listener_count.set(0)))
_claim = (
    Session.sequence_number.set(1),
    Session.recent_segments.set([any_(str)]),
    Session.claimed_by.set(any_(str)),
    Session.claimed_at.set(1),
)
_turn = Update(_session, _claim)
_turn_of_nobody = Update(_session, (*_claim, Session.finished_number.set(1)))
_turn_over = Update(_session, (Session.finished_number.set(1),))
_speaker = Connection(connection_id=any_(str), session_id=any_(str), role=Role.speaker, connected_at=1, ttl=1)
_leave = Delete(_connection, Connection.session_id == any_(str))
_state = Session.broadcast_state
_switched = Update(
    _session,
    (
        _state.at(lambda state: state.is_paused).set(True),
        _state.at(lambda state: state.paused_at).set(1),
        _state.at(lambda state: state.is_muted).set(True),
        _state.at(lambda state: state.volume).set(Decimal(1)),
        _state.at(lambda state: state.last_state_change).set(1),
    ),
)
_taken_over = Update(
    _session,
    (Session.speaker_connection_id.set(any_(str)), Session.expires_at.set(1), Session.speaker_lost_at.remove()),
)
_lasting = Update(_session, (Session.expires_at.set(1),))
_lost = Update(_session, (Session.speaker_lost_at.set(1),))
_told = (Connection.refresh_told_at.set(1), Connection.warned_at.set(1), Connection.status_sent_at.set(1))

SESSIONS = (
    AccessPattern("a session is started", Transaction((Create(_speaker), Create(any_(Session)))), per_second=0.02),
    AccessPattern("a session is stored alone", Create(any_(Session))),
    AccessPattern("the session of a sentence, a join or a status", Get(_session, True), per_second=SENTENCES + COMING),
    AccessPattern("another socket speaks", Update(_session, (Session.speaker_connection_id.set(any_(str)),))),
    AccessPattern("a final takes its turn", _turn, per_second=SENTENCES),
    AccessPattern("a final that nobody hears takes its turn", _turn_of_nobody),
    AccessPattern("a final's turn is over", _turn_over, per_second=SENTENCES),
    AccessPattern("a listener is counted alone", _joined),
    AccessPattern("a session is ended", _over, per_second=0.02),
    AccessPattern("a count is set right", Update(_session, (Session.listener_count.set(1),))),
    AccessPattern(
        "the sessions, looked after",
        scan(Session).consistent().expired(),
        items=TALKS,
        per_second=1 / 60,
        scan="a job reads every session that is kept, once a minute, to set right what crashes have left",
    ),
    AccessPattern("the speaker switches something", _switched, per_second=TALKS / 60),
)

CONNECTIONS = (
    AccessPattern("a listener joins", Transaction((Create(any_(Connection)), _joined)), per_second=COMING),
    AccessPattern("a listener leaves", Transaction((_leave, _joined)), per_second=COMING),
    AccessPattern("a speaker leaves", Transaction((_leave, _over)), per_second=0.02),
    AccessPattern("a speaker is lost", Transaction((_leave, _lost)), per_second=0.02),
    AccessPattern(
        "a speaker goes on over another connection",
        Transaction((Create(_speaker), _taken_over, Delete(_connection))),
        per_second=TALKS / 6_000,
    ),
    AccessPattern(
        "a listener goes on over another connection",
        Transaction((Create(any_(Connection)), _leave, _lasting)),
        per_second=TALKS * LISTENERS / 6_000,
    ),
    AccessPattern(
        "the connections, looked for silent ones",
        scan(Connection).consistent().expired(),
        items=TALKS * LISTENERS,
        per_second=1 / 60,
        scan="a job reads every connection once a minute, since silence is in no key",
    ),
    AccessPattern(
        "the listeners of a session, counted",
        Connection.by_language(any_(str)).expired(),
        items=LISTENERS,
        per_second=TALKS * 1 / 60,
    ),
    AccessPattern("a client is told once", Update(_connection, _told), per_second=TALKS * LISTENERS / 6_000),
    AccessPattern("a connection is stored alone", Create(any_(Connection))),
    AccessPattern("the connection of a message", Get(_connection, True), per_second=HEARTBEATS + SENTENCES + COMING),
    AccessPattern("a connection is deleted alone", Delete(_connection)),
    AccessPattern(
        "the connections of processes that have died",
        scan(Connection).consistent().expired(),
        items=TALKS * LISTENERS,
        scan="On one machine only, when a process has died or begins and each half minute: no index tells them apart.",
    ),
    AccessPattern(
        "the listeners of a session", Connection.by_language(any_(str)), items=LISTENERS, per_second=SENTENCES
    ),
    AccessPattern(
        "the listeners of one language",
        Connection.by_language(any_(str)).equals(any_(str)),
        items=LISTENERS // LANGUAGES,
        per_second=TEXTS,
    ),
    AccessPattern("a listener turns sound on or off", Update(_connection, (Connection.audio.set(True),))),
    AccessPattern("a listener changes language", Update(_connection, (Connection.target_language.set(any_(str)),))),
    AccessPattern(
        "a sign of life", Update(_connection, (Connection.last_activity_time.set(1),)), per_second=HEARTBEATS
    ),
    AccessPattern("the listeners of an ended session", BatchWrite((_connection,)), items=LISTENERS, per_second=0.02),
)

RATE_LIMITS = tuple(
    AccessPattern(f"{what} of {limit.identifier('...')}", statement, per_second=1.0)
    for limit in limits(Settings())
    for what, statement in zip(
        ("a token", "a first token", "a bucket", "a new rate"), limiter_of(limit).statements(any_(str)), strict=True
    )
)

JOB_LEASES = tuple(
    AccessPattern(f"a job's turn is {what}", statement, per_second=2 / 60)
    for what, statement in zip(
        ("taken", "kept", "given back", "looked at"), JOBS.statements(any_(str))[:4], strict=True
    )
)

_cache = translation_cache(ENTRIES).statements(any_(CachedTranslation), any_(CachedTranslation))
_rates = {
    "looked up": TEXTS,
    "used": TEXTS / 2,
    "swapped for the least recently used": TEXTS / 2,
    "least recently used": TEXTS / 2,
    "number read": 1.0,
    "number set right": 1 / 60,
}

_items = {"least recently used": 10}

TRANSLATIONS = (
    *(
        AccessPattern(f"a translation, {name}", call, per_second=_rates.get(name), items=_items.get(name))
        for name, call in _cache.items()
    ),
    AccessPattern("the entries, counted", _cache["least recently used"], items=ENTRIES, per_second=1 / 60),
)

_running = (Session.is_active == True) & (Session.expires_at > 1)  # noqa: E712

FIGURES = (
    AccessPattern(
        "how many sessions and listeners there are",
        scan(Session).where(_running),
        items=TALKS,
        keeps=0.5,
        per_second=1 / 5,
        scan="all sessions are what is asked about, and those of a few hours are all that is kept",
    ),
    AccessPattern("figures are shared", BatchWrite((any_(Published), any_(Published))), per_second=1 / 5),
    AccessPattern("the figures of all processes", Published.key.partition("buckets").at_least(any_(str)), items=3),
    AccessPattern("what processes have counted", Published.key.partition("processes"), items=2),
)

ACCEPTED = (Accepted("overlap", "CacheSize", "no entry has its key: theirs have two colons and a digest, and no `#`"),)
