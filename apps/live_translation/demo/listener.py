"""A listener: joins, reads every caption, leaves when its part says so, comes back, and stays to the end."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from live_translation.demo.accounting import Caption, Stay
from live_translation.demo.choreography import Absence, Part
from live_translation.demo.room import DemoFailed, Room

TOLD_WITHIN = 5.0
"""Seconds after the speaker has heard of the end in which every listener has to."""

_LAST_WORDS = 0.1
"""Seconds that a vanishing listener still reads: what was sent before it began to leave may be on its way."""


async def attend(part: Part, room: Room) -> None:
    """Play one part; raises `DemoFailed` if the service refuses the listener or puts it out."""
    await room.until(part.arrive_at)
    for absence in part.absences:
        await _stay(part, room, absence)
        await room.until(absence.back_at)
    await _stay(part, room, None)


async def all_told(attending: Sequence[asyncio.Task[None]]) -> None:
    """Wait until those who attend have heard of the end; raises `DemoFailed` if some do not."""
    _, waiting = await asyncio.wait(attending, timeout=TOLD_WITHIN)
    if waiting:
        raise DemoFailed(
            f"{len(waiting)} of {len(attending)} listeners were not told within {TOLD_WITHIN:.0f} s "
            "that the session had ended"
        )


async def _stay(part: Part, room: Room, absence: Absence | None) -> None:
    async with room.gate.moving():
        socket, stay = await _join(part, room)
    reading = asyncio.create_task(_read(socket, stay))
    try:
        if absence is not None:
            await _until_leaving(reading, room, absence)
            async with room.gate.moving():
                await _leave(socket, stay, room, absence)
        if await reading and absence is not None:
            raise DemoFailed(f"the session ended while listener {part.listener} was to leave")
    finally:
        reading.cancel()
        room.sockets.discard(socket)
        socket.transport.abort()


async def _join(part: Part, room: Room) -> tuple[ClientConnection, Stay]:
    query = urlencode({"action": "joinSession", "sessionId": room.session_id, "targetLanguage": part.language})
    stay = Stay(part.listener, part.language, asked_at=time.monotonic())
    try:
        socket = await connect(f"{room.url}?{query}", compression=None)
        answer = json.loads(await socket.recv())
        # A caption may overtake the answer: to the service the listener is in as soon as the table says so.
        while answer["type"] == "caption":
            _note(answer, stay)
            answer = json.loads(await socket.recv())
    except (OSError, ConnectionClosed) as error:
        raise DemoFailed(f"listener {part.listener} could not join: {error}") from error
    if answer["type"] != "sessionJoined":
        raise DemoFailed(f"listener {part.listener} could not join: {answer.get('code')} {answer.get('message')}")
    stay.joined_at = time.monotonic()
    room.enter(stay, socket)
    return socket, stay


async def _read(socket: ClientConnection, stay: Stay) -> bool:
    """Note captions until the connection is over; True if the session ended."""
    try:
        async for text in socket:
            message = json.loads(text)
            if message["type"] == "sessionEnded":
                return True
            if message["type"] == "error":
                raise DemoFailed(f"listener {stay.listener} was told {message['code']}: {message['message']}")
            _note(message, stay)
    except ConnectionClosed as closed:
        if stay.leaving_at is None:
            raise DemoFailed(f"listener {stay.listener} was put out: {closed}") from closed
    if stay.leaving_at is None:
        raise DemoFailed(f"listener {stay.listener} was put out without a word")
    return False


def _note(message: dict[str, Any], stay: Stay) -> None:
    if message["type"] != "caption":
        return
    number, language = message["sequenceNumber"], message["targetLanguage"]
    stay.captions.append(Caption(message["segmentId"], number, language, time.monotonic()))


async def _until_leaving(reading: asyncio.Task[bool], room: Room, absence: Absence) -> None:
    waiting = asyncio.create_task(room.until(absence.leave_at))
    try:
        # Whoever is put out before is noticed at once, not when it was to leave.
        await asyncio.wait((waiting, reading), return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()


async def _leave(socket: ClientConnection, stay: Stay, room: Room, absence: Absence) -> None:
    stay.leaving_at = time.monotonic()
    room.leaves += 1
    room.sockets.discard(socket)
    if absence.vanishes:
        await asyncio.sleep(_LAST_WORDS)
        socket.transport.abort()
    else:
        await socket.close()
