"""What the speaker switches: each switch a change of its own fields alone, so that none undoes another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from dynalayer import AsyncDatabase, Change, Condition, ConditionFailed, Update
from live_translation.clock import Clock, milliseconds
from live_translation.errors import service_unavailable, session_not_found, unauthorized_action, wrong_parameter
from live_translation.sessions.session_items import SessionsRepository
from live_translation.tables import Session

_STATE: Final = Session.broadcast_state
_PAUSED: Final = _STATE.at(lambda state: state.is_paused)
_MUTED: Final = _STATE.at(lambda state: state.is_muted)
_VOLUME: Final = _STATE.at(lambda state: state.volume)
_CHANGED_AT: Final = _STATE.at(lambda state: state.last_state_change)
_PAUSED_AT: Final = _STATE.at(lambda state: state.paused_at)
_ROUNDS: Final = 3


@dataclass(frozen=True, slots=True)
class StateChange:
    """What is to be switched; None leaves it as it is. Raises nothing: `state_change` checks what clients send."""

    is_paused: bool | None = None
    is_muted: bool | None = None
    volume: Decimal | None = None


PAUSE: Final = StateChange(is_paused=True)
RESUME: Final = StateChange(is_paused=False)
MUTE: Final = StateChange(is_muted=True)
UNMUTE: Final = StateChange(is_muted=False)


class Controls:
    """Switches the broadcast of a session for the connection that speaks in it."""

    def __init__(self, database: AsyncDatabase, sessions: SessionsRepository, clock: Clock) -> None:
        self._database = database
        self._sessions = sessions
        self._clock = clock

    async def switch(self, session_id: str, connection_id: str, change: StateChange) -> Session:
        """The session as it is after the switch; to pause what is paused leaves the moment of the pause alone.

        Raises `ServiceProblem`: 404 for a session that is not running, 403 if another connection speaks by now.
        """
        for _ in range(_ROUNDS):
            session = await self._sessions.active_session(session_id)
            if session is None:
                raise session_not_found(session_id)
            if session.speaker_connection_id != connection_id:
                raise unauthorized_action("Another connection speaks in this session by now.")
            try:
                return await self._database.run(self.update(session, change))
            except ConditionFailed:
                # It ended, another connection took over, or it was paused or resumed meanwhile.
                continue
        raise service_unavailable()

    def update(self, session: Session, change: StateChange) -> Update[Session]:
        """The write, which holds only while the session runs, this connection speaks, and the pause is as it was."""
        now = milliseconds(self._clock)
        changes: list[Change[Session]] = [_CHANGED_AT.set(now)]
        condition: Condition[Session] = self._sessions.running() & (
            Session.speaker_connection_id == session.speaker_connection_id
        )
        was_paused = session.broadcast_state.is_paused
        if change.is_paused is not None and change.is_paused != was_paused:
            changes += [_PAUSED.set(change.is_paused), _PAUSED_AT.set(now) if change.is_paused else _PAUSED_AT.remove()]
            condition = condition & (_PAUSED == was_paused)  # noqa: SIM300
        if change.is_muted is not None:
            changes.append(_MUTED.set(change.is_muted))
        if change.volume is not None:
            changes.append(_VOLUME.set(change.volume))
        return Update(session.key, tuple(changes), condition)


def volume(given: object, field: str = "volumeLevel") -> Decimal:
    """A volume; raises `ServiceProblem` 400 if it is no number from 0 to 1."""
    # A comparison with NaN is False, so it is refused as well.
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not 0 <= given <= 1:
        raise wrong_parameter(field, "must be a number from 0.0 to 1.0")
    return Decimal(str(given)).quantize(Decimal("0.0001")).normalize()


def state_change(given: object) -> StateChange:
    """The `state` of `speakerStateChange`; raises `ServiceProblem` 400 for the first field that is wrong or unknown."""
    if not isinstance(given, Mapping) or not given:
        raise wrong_parameter("state", "must have at least one of isPaused, isMuted and volume")
    fields: Mapping[str, Any] = given
    unknown = sorted(set(fields) - {"isPaused", "isMuted", "volume"})
    if unknown:
        raise wrong_parameter("state", "may have isPaused, isMuted and volume, and nothing else")
    return StateChange(
        _boolean(fields, "isPaused"),
        _boolean(fields, "isMuted"),
        volume(fields["volume"], "volume") if "volume" in fields else None,
    )


def _boolean(fields: Mapping[str, Any], name: str) -> bool | None:
    if name not in fields:
        return None
    value = fields[name]
    if not isinstance(value, bool):
        raise wrong_parameter(name, "must be true or false")
    return value


def pause_milliseconds(session: Session, now_ms: int) -> int:
    """How long a session has been paused, 0 if it is not."""
    paused_at = session.broadcast_state.paused_at
    return 0 if paused_at is None else max(0, now_ms - paused_at)
