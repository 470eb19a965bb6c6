"""What the speaker has switched: an immutable value, kept with the session and consulted before anything is sent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec


class BroadcastState(msgspec.Struct, frozen=True, rename="camel"):
    """Whether and how loudly a session is heard; times in ms since 1970, `volume` from 0 to 1.

    A volume of 0 is as good as muted, and turning it up again is all that is needed to be heard.
    """

    is_active: bool = True
    is_paused: bool = False
    is_muted: bool = False
    volume: Decimal = Decimal(1)
    last_state_change: int = 0
    paused_at: int | None = None

    @property
    def is_silent(self) -> bool:
        """True if the speaker has muted itself or turned the volume to 0."""
        return self.is_muted or self.volume == 0

    @property
    def is_broadcasting(self) -> bool:
        """True if what is said is to be heard by anybody."""
        return self.is_active and not self.is_paused and not self.is_silent

    def to_message(self) -> dict[str, Any]:
        """The `broadcastState` of the wire contract."""
        return {
            "isActive": self.is_active,
            "isPaused": self.is_paused,
            "isMuted": self.is_silent,
            "volume": float(self.volume),
            "lastStateChange": self.last_state_change,
        }
