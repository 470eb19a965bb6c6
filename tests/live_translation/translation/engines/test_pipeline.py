import asyncio
import os
import signal
from collections.abc import Sequence
from pathlib import Path

import anyio
import pytest
from live_translation.translation import TranslationFailed, TranslationTimeout
from live_translation.translation.engines.pipeline import Pipeline

pytestmark = pytest.mark.anyio

ECHO = [["cat"], ["cat"]]


def pipeline(
    commands: Sequence[Sequence[str]], timeout: float = 20, load_limit: float = 60, idle: float = 60
) -> Pipeline:
    return Pipeline("test", commands, timeout=timeout, load_limit=load_limit, idle=idle)


async def ended(pid: int) -> None:
    descriptor = os.pidfd_open(pid)
    try:
        with anyio.fail_after(20):
            await anyio.wait_readable(descriptor)
    finally:
        os.close(descriptor)


async def test_nothing_runs_before_the_first_message() -> None:
    idle = pipeline(ECHO)
    assert idle.process_ids == ()
    assert await idle.ask(b"one\0") == b"one"
    assert len(idle.process_ids) == 2
    await idle.close()


async def test_an_unused_pipeline_stops_and_starts_again_when_asked() -> None:
    idle = pipeline(ECHO, idle=0.01)
    await idle.ask(b"one\0")
    await ended(idle.process_ids[0])
    assert await idle.ask(b"two\0") == b"two"
    await idle.close()
    assert idle.process_ids == ()


async def test_a_program_that_is_missing_is_a_failed_translation() -> None:
    absent = pipeline([["cat"], ["no-such-program-here"]])
    with pytest.raises(TranslationFailed, match="cannot be started"):
        await absent.ask(b"one\0")
    await absent.close()


async def test_a_message_that_breaks_the_engine_twice_fails_and_leaves_nothing_running() -> None:
    fragile = pipeline([["cat"], ["false"]])
    with pytest.raises(TranslationFailed, match="broke twice on a text of 4 bytes"):
        await fragile.ask(b"one\0")
    assert fragile.process_ids == ()
    await fragile.close()


async def test_a_pipeline_still_loading_is_left_to_load_when_its_caller_times_out(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    loading = pipeline([["sh", "-c", f'read opened <"{gate}"; exec cat']], timeout=1)
    with pytest.raises(TranslationTimeout):
        await loading.ask(b"one\0")
    processes = loading.process_ids
    await asyncio.to_thread(gate.write_text, "\n")
    assert await loading.ask(b"two\0") == b"two"
    assert loading.process_ids == processes != ()
    await loading.close()


async def test_a_pipeline_that_loads_for_too_long_is_killed() -> None:
    endless = pipeline([["sleep", "600"]], timeout=0.05, load_limit=0)
    with pytest.raises(TranslationTimeout, match=r"no answer within 0\.05 s"):
        await endless.ask(b"one\0")
    assert endless.process_ids == ()
    await endless.close()


async def test_waiting_for_a_turn_is_bounded_too() -> None:
    busy = pipeline(ECHO, timeout=1)
    await busy.ask(b"one\0")
    os.kill(busy.process_ids[0], signal.SIGSTOP)
    outcomes = await asyncio.gather(*(busy.ask(b"two\0") for _ in range(5)), return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {TranslationTimeout}
    assert await busy.ask(b"three\0") == b"three"
    await busy.close()


async def test_calls_are_answered_in_the_order_they_were_made() -> None:
    ordered = pipeline(ECHO)
    answered: list[bytes] = []

    async def ask(message: bytes) -> None:
        answered.append(await ordered.ask(message + b"\0"))

    messages = [b"%d" % number for number in range(30)]
    await asyncio.gather(*(ask(message) for message in messages))
    assert answered == messages
    await ordered.close()
