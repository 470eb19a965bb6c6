import sys

import pytest
from live_translation.recognition import NoRoomForStreams, StreamBroken
from live_translation.recognition.workers import Workers

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "command",
    [
        ("/no/such/program",),
        (sys.executable, "-c", ""),
        (sys.executable, "-c", "print('no frame at all, and longer than four bytes')"),
    ],
)
async def test_a_process_that_does_not_start_leaves_room(command: tuple[str, ...]) -> None:
    workers = Workers(1, command=command)
    for _ in range(2):
        with pytest.raises(StreamBroken):
            await workers.take()
    assert workers.busy == 0


async def test_after_closing_nothing_is_started() -> None:
    workers = Workers(1)
    await workers.close()
    with pytest.raises(NoRoomForStreams):
        await workers.take()
