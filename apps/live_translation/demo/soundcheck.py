"""Before the talk: one sentence in a session of its own, again until it comes back in every language.

Engines load their dictionaries at the first sentence, which on a busy machine takes longer than the service waits.
"""

from __future__ import annotations

import asyncio
import time

from live_translation.demo.choreography import Part
from live_translation.demo.listener import all_told, attend
from live_translation.demo.room import Room
from live_translation.demo.speaker import Speaker
from live_translation.talk import Talk

_TRIES = 10


async def sound_check(url: str, talk: Talk, languages: tuple[str, ...]) -> float:
    """Give back after how many seconds all languages answer; after ten tries the talk has to show what is wrong.

    Raises a group of `DemoFailed` if the session does not work at all.
    """
    began = time.monotonic()
    # Without its full stop the sentence is not found in the cache when the talk begins.
    text = talk.sentences[0].text.rstrip(".")
    room = Room(url)
    speaker = await Speaker.join(room, talk.language)
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(speaker.listen())
            parts = [Part(listener, language, 0.0, ()) for listener, language in enumerate(languages)]
            attending = [tasks.create_task(attend(part, room)) for part in parts]
            await room.full(len(languages))
            await _until_translated(speaker, text)
            await speaker.end()
            await all_told(attending)
    finally:
        speaker.leave()
    return time.monotonic() - began


async def _until_translated(speaker: Speaker, text: str) -> None:
    for attempt in range(_TRIES):
        speaker.failed.clear()
        await speaker.say(f"check-{attempt}", text)
        await speaker.all_processed()
        if not speaker.failed:
            return
