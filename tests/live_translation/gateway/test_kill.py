"""A real service of several processes, one of which is killed in the middle of a talk."""

import asyncio
import json
import os
import re
import signal
import socket
import struct
import sys
import urllib.request
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest
from anyio import to_thread
from live_translation.gateway.neighbours import meeting_place, process_of
from live_translation.talk import load_talk
from websockets.exceptions import WebSocketException

from tests.live_translation.clients import Client, client
from tests.live_translation.doubles import eventually
from tests.patience import PATIENCE

pytestmark = pytest.mark.anyio
COMMAND = (sys.executable, "-c", "from live_translation.cli import main; main()", "serve")
UNLIMITED = {
    "RATE_LIMIT_CONNECTION_ATTEMPTS_PER_MIN": "100000",
    "RATE_LIMIT_LISTENER_JOINS_PER_MIN": "100000",
    "RATE_LIMIT_SESSIONS_PER_HOUR": "100000",
}
TEXTS = [sentence.text for sentence in load_talk().sentences]
LISTENERS = 8
LOST = (WebSocketException, OSError, EOFError)
"""What a client sees of a process that dies: in the middle, in the handshake, or before."""


class Running:
    """The service, and what can be seen of its processes from outside."""

    def __init__(self, address: str, place: Path, process: asyncio.subprocess.Process) -> None:
        self.address = address
        self.place = place
        self.process = process

    def names(self) -> set[str]:
        return {path.stem for path in self.place.glob("*.sock")}

    def kill(self, name: str) -> None:
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(self.place / f"{name}.sock"))
            process_id, _, _ = struct.unpack("3i", line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        os.kill(process_id, signal.SIGKILL)

    async def token(self) -> str:
        def ask() -> str:
            url, asked = f"http://{self.address}/auth/token", b'{"name": "Ada"}'
            with urllib.request.urlopen(urllib.request.Request(url, asked), timeout=PATIENCE) as answer:
                return str(json.load(answer)["token"])

        return await to_thread.run_sync(ask)


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    url = f"embedded:{tmp_path}/live.db"
    options = ("--database", url, "--port", "0", "--engine", "phrasebook", "--processes", "3")
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        *options,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **UNLIMITED},
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(3 * PATIENCE):
            found = re.fullmatch(rb"Speaker:  http://(.+)/speaker\n", await process.stdout.readline())
        assert found is not None
        yield Running(found[1].decode(), meeting_place(url), process)
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.communicate()


class Listener:
    """Comes back whenever it is lost, and notes the numbers that it hears, one list for each stay."""

    def __init__(self, running: Running, session_id: str) -> None:
        self.stays: list[list[int]] = []
        self.process = ""
        self._running = running
        self._session_id = session_id

    async def listen(self) -> None:
        while True:
            try:
                joining = {"sessionId": self._session_id, "targetLanguage": "en"}
                async with client(self._running.address, "joinSession", **joining) as entered:
                    await self._hear(entered)
                    return
            except LOST:
                # The process is gone, or was when it was asked to let somebody in.
                await asyncio.sleep(0.02)

    async def _hear(self, entered: Client) -> None:
        joined = await entered.answer("sessionJoined")
        self.process = process_of(joined["connectionId"])
        self.stays.append([])
        while (message := await entered.next())["type"] != "sessionEnded":
            if message["type"] == "caption":
                self.stays[-1].append(message["sequenceNumber"])

    def heard(self) -> list[int]:
        return [number for stay in self.stays for number in stay]


def follows_on(numbers: list[int]) -> bool:
    return numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else True


class Talk:
    """A speaker who says one sentence after the other, and goes on over another connection when told."""

    def __init__(self, running: Running, stack: AsyncExitStack) -> None:
        self.said = 0
        self._running = running
        self._stack = stack

    async def begin(self) -> str:
        self.token = await self._running.token()
        entered = client(self._running.address, "createSession", sourceLanguage="es", token=self.token)
        self.speaking = await self._stack.enter_async_context(entered)
        created = await self.speaking.answer("sessionCreated")
        self.process, self.session_id = process_of(created["connectionId"]), str(created["sessionId"])
        return self.session_id

    async def say(self, sentences: int) -> None:
        for _ in range(sentences):
            self.said += 1
            report = await self.speaking.say(f"s{self.said}", TEXTS[self.said % len(TEXTS)])
            assert report["sequenceNumber"] == self.said

    async def go_on(self) -> None:
        parameters = {"sessionId": self.session_id, "role": "speaker", "token": self.token}
        while True:
            with suppress(*LOST):
                entered = client(self._running.address, "refreshConnection", **parameters)
                self.speaking = await self._stack.enter_async_context(entered)
                done = await self.speaking.answer("connectionRefreshComplete")
                self.process = process_of(done["connectionId"])
                return
            await asyncio.sleep(0.02)

    async def listeners(self) -> int:
        await self.speaking.send("getSessionStatus")
        while (status := await self.speaking.answer("sessionStatus"))["updateReason"] != "requested":
            pass
        return int(status["listenerCount"])


async def test_a_talk_outlives_the_processes_of_its_listeners_and_of_its_speaker(running: Running) -> None:
    async with asyncio.timeout(3 * PATIENCE), AsyncExitStack() as stack:
        talk = Talk(running, stack)
        session_id = await talk.begin()
        listeners = [Listener(running, session_id) for _ in range(LISTENERS)]
        hearing = [asyncio.create_task(each.listen()) for each in listeners]

        async def all_hear(count: int = LISTENERS) -> bool:
            return await talk.listeners() == count

        await eventually(all_hear, PATIENCE)
        await eventually(lambda: all(each.process for each in listeners), PATIENCE)
        assert len(running.names()) == 3

        # The process of some listeners dies while sentence follows sentence.
        victim = next(iter({each.process for each in listeners} - {talk.process}))
        lost = [each for each in listeners if each.process == victim]
        talking = asyncio.create_task(talk.say(60))
        await eventually(lambda: all(each.heard() for each in listeners), PATIENCE)
        running.kill(victim)
        await eventually(lambda: all(len(each.stays) == 2 for each in lost), PATIENCE)
        await talking
        await eventually(all_hear, PATIENCE)
        await talk.say(10)
        await eventually(lambda: all(each.heard()[-1:] == [talk.said] for each in listeners), PATIENCE)
        for each in listeners:
            assert [follows_on(stay) for stay in each.stays] == [True] * len(each.stays)
            assert len(each.stays) == (2 if each in lost else 1)
            assert len(each.heard()) == len(set(each.heard()))

        # Another has its place, and then the speaker's own dies.
        await eventually(lambda: len(running.names()) == 3 and victim not in running.names(), PATIENCE)
        spoken_in = talk.process
        left = [each for each in listeners if each.process != spoken_in]
        running.kill(spoken_in)
        await talk.go_on()
        assert talk.process != spoken_in
        await eventually(all_hear, PATIENCE)
        await talk.say(10)
        await eventually(lambda: all(each.heard()[-1:] == [talk.said] for each in listeners), PATIENCE)
        for each in listeners:
            assert all(follows_on(stay) for stay in each.stays)
            assert len(each.heard()) == len(set(each.heard()))
        for each in left:
            assert len(each.stays) == (2 if each in lost else 1)

        await talk.speaking.send("endSession")
        await asyncio.gather(*hearing)
    running.process.terminate()
    out, errors = await running.process.communicate()
    assert running.process.returncode == 0
    assert out.endswith(b"Stopped.\n")
    assert errors.count(b"\n") == errors.count(b"started again") == 2, errors
    assert not running.place.exists()
