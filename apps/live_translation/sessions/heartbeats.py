"""What a client is told because of the age of its socket, once each: to go on over another one, and that it must."""

from __future__ import annotations

from typing import Final

from dynalayer import AsyncDatabase, ConditionFailed, Path
from live_translation.clock import Clock, milliseconds
from live_translation.ports import Message
from live_translation.settings import Settings
from live_translation.tables import Connection, Role

_MINUTE_MS: Final = 60_000
_REFRESH_TOLD: Final = Connection.refresh_told_at
_WARNED: Final = Connection.warned_at
_REFRESH: Final = "This connection is about to reach its greatest age; open a second one with refreshConnection."
_WARNING: Final = "This connection will be closed soon, and the session will end with it unless it is refreshed."


class Notices:
    """Finds what is due to a connection when it gives a sign of life; what was told is kept with the connection.

    It is written down before it is sent: a notice may get lost with a crash between the two, and never comes twice.
    """

    def __init__(self, database: AsyncDatabase, settings: Settings, clock: Clock) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock

    async def due(self, connection: Connection) -> list[Message]:
        """The messages for this client now; mostly none."""
        now = milliseconds(self._clock)
        age = now - connection.connected_at
        messages: list[Message] = []
        is_old = age >= self._settings.connection_refresh_minutes * _MINUTE_MS
        if is_old and connection.refresh_told_at is None and await self._mark(connection, _REFRESH_TOLD, now):
            messages.append(_refresh_required(connection, now))
        is_late = connection.role is Role.speaker and age >= self._settings.connection_warning_minutes * _MINUTE_MS
        if is_late and connection.warned_at is None and await self._mark(connection, _WARNED, now):
            messages.append(self._warning(age, now))
        return messages

    async def _mark(self, connection: Connection, moment: Path[Connection, int | None], now: int) -> bool:
        """Write down that a client is told something; False if it has been before."""
        try:
            await self._database.update(connection.key, moment.set(now), if_=moment.missing())
        except ConditionFailed:
            return False
        return True

    def _warning(self, age: int, now: int) -> Message:
        left = self._settings.connection_max_duration_hours * 60 * _MINUTE_MS - age
        remaining = max(0, left // _MINUTE_MS)
        return {"type": "connectionWarning", "timestamp": now, "message": _WARNING, "remainingMinutes": remaining}


def _refresh_required(connection: Connection, now: int) -> Message:
    message: Message = {
        "type": "connectionRefreshRequired",
        "timestamp": now,
        "sessionId": connection.session_id,
        "role": connection.role.value,
        "message": _REFRESH,
    }
    if connection.target_language is not None:
        message["targetLanguage"] = connection.target_language
    return message
