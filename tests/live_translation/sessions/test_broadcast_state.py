from decimal import Decimal

import pytest
from live_translation.sessions.broadcast_state import BroadcastState


@pytest.mark.parametrize(
    ("state", "is_heard"),
    [
        (BroadcastState(), True),
        (BroadcastState(is_active=False), False),
        (BroadcastState(is_paused=True), False),
        (BroadcastState(is_muted=True), False),
        (BroadcastState(volume=Decimal(0)), False),
        (BroadcastState(volume=Decimal("0.0001")), True),
    ],
)
def test_nothing_is_heard_of_a_speaker_who_paused_muted_or_turned_down(state: BroadcastState, is_heard: bool) -> None:
    assert state.is_broadcasting is is_heard


def test_a_volume_of_nothing_is_told_as_muted() -> None:
    assert BroadcastState(volume=Decimal(0)).to_message()["isMuted"] is True
    assert BroadcastState(volume=Decimal("0.5"), last_state_change=7).to_message() == {
        "isActive": True,
        "isPaused": False,
        "isMuted": False,
        "volume": 0.5,
        "lastStateChange": 7,
    }
