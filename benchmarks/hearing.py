"""How well and how fast spoken English is heard: `python benchmarks/hearing.py`; needs flite and a quiet machine.

Four voices speak six sentences, as fast as people do, in chunks of 200 ms over a real WebSocket. Told are the share of
wrong words, the processor time of the recogniser for each second of sound, and how long after its end (as pocketsphinx
itself places it) a word first stands in a transcript, and after the end of speech a caption is there.
"""

from __future__ import annotations

import asyncio
import re
import statistics
import subprocess
import time
import wave
from base64 import b64encode
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from live_translation.gateway.server import create_app, running
from live_translation.recognition.ear import Ear
from live_translation.translation import open_translator
from rapidfuzz.distance import Levenshtein
from websockets.asyncio.client import ClientConnection, connect

from dynalayer import AsyncDatabase

VOICES = ("rms", "awb", "slt", "kal16")
SENTENCES = (
    "The meeting starts tomorrow at nine o'clock in the main hall.",
    "We have reduced our costs by thirty percent since last year.",
    "Please close the door when you leave the room.",
    "Our guests arrive on the evening train and they will need a room for the night.",
    "The weather will be cold and dry over the weekend with some wind from the north.",
    "I would like to thank everybody who has helped us to prepare this conference.",
)
CHUNK = 6_400
RATE = 32_000
FORMAT = {"format": "pcm", "sampleRate": 16_000, "channels": 1, "encoding": "s16le"}


def spoken(text: str, voice: str, directory: Path) -> bytes:
    path = directory / "spoken.wav"
    subprocess.run(["flite", "-voice", voice, "-t", text, "-o", str(path)], check=True, capture_output=True)
    with wave.open(str(path)) as sound:
        pcm = sound.readframes(sound.getnframes())
    return bytes(RATE // 2) + pcm + bytes(RATE)


def word_ends(decoder: Any, pcm: bytes) -> list[tuple[str, float]]:
    """Where in the sound each word ends, in seconds."""
    decoder.start_utt()
    decoder.process_raw(pcm, full_utt=True)
    decoder.end_utt()
    found = [(re.sub(r"\(\d+\)", "", each.word), each.end_frame / 100) for each in decoder.seg()]
    return [(word, end) for word, end in found if not re.match(r"[<\[]", word)]


def words_of(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())


def processor_share(ear: Ear, pcm: bytes) -> float:
    """Seconds of one processor that the recogniser takes for this sound."""
    begun = time.process_time()
    for place in range(0, len(pcm), CHUNK):
        list(ear.hear(pcm[place : place + CHUNK]))
    list(ear.finish())
    return time.process_time() - begun


class Listener:
    """Notes when what came."""

    def __init__(self, websocket: ClientConnection) -> None:
        self.websocket = websocket
        self.messages: list[tuple[float, Any]] = []

    async def listen(self) -> None:
        async for text in self.websocket:
            self.messages.append((time.perf_counter(), msgspec.json.decode(text)))

    async def beat(self) -> None:
        while True:
            await asyncio.sleep(30)
            await self.websocket.send('{"action": "heartbeat"}')

    async def first(self, kind: str) -> Any:
        while True:
            for _, message in self.messages:
                if message["type"] == kind:
                    return message
            await asyncio.sleep(0.01)

    def of(self, kind: str, since: float) -> list[tuple[float, Any]]:
        return [(at, message) for at, message in self.messages if message["type"] == kind and at >= since]


async def speak(speaker: Listener, pcm: bytes) -> float:
    begun = time.perf_counter()
    for number, place in enumerate(range(0, len(pcm) - CHUNK, CHUNK)):
        # A chunk is sent when its last sample has been recorded.
        await asyncio.sleep(max(0.0, begun + (number + 1) * CHUNK / RATE - time.perf_counter()))
        data = b64encode(pcm[place : place + CHUNK]).decode()
        await speaker.websocket.send(msgspec.json.encode({"action": "sendAudio", "audioData": data, **FORMAT}).decode())
    return begun


async def measure(address: str) -> None:
    import pocketsphinx

    decoder = pocketsphinx.Decoder(samprate=16_000, loglevel="FATAL")
    url = f"ws://{address}/ws"
    wrong: dict[str, list[int]] = {voice: [0, 0] for voice in VOICES}
    delays: list[float] = []
    caption_delays: list[float] = []
    seconds = worked = 0.0
    ear = Ear()
    async with (
        connect(url + "?action=createSession&sourceLanguage=en", proxy=None) as one,
        connect(url, proxy=None) as two,
    ):
        speaker, reader = Listener(one), Listener(two)
        tasks = [asyncio.create_task(work()) for work in (speaker.listen, reader.listen, reader.beat)]
        session_id = (await speaker.first("sessionCreated"))["sessionId"]
        join = {"action": "joinSession", "sessionId": session_id, "targetLanguage": "es"}
        await two.send(msgspec.json.encode(join).decode())
        await reader.first("sessionJoined")
        with TemporaryDirectory() as directory:
            for voice in VOICES:
                for sentence in SENTENCES:
                    pcm = spoken(sentence, voice, Path(directory))
                    seconds += len(pcm) / RATE
                    worked += processor_share(ear, pcm)
                    ends = word_ends(decoder, pcm)
                    begun = await speak(speaker, pcm)
                    await asyncio.sleep(1.5)
                    heard = speaker.of("transcript", begun)
                    final = [message["text"] for _, message in heard if not message["isPartial"]]
                    wrong[voice][0] += Levenshtein.distance(words_of(sentence), words_of(" ".join(final)))
                    wrong[voice][1] += len(words_of(sentence))
                    delays += [
                        min(at) - begun - end
                        for place, (word, end) in enumerate(ends)
                        if (at := [when for when, m in heard if m["text"].split()[place : place + 1] == [word]])
                    ]
                    captions = reader.of("caption", begun)
                    if ends and captions:
                        caption_delays.append(captions[-1][0] - begun - ends[-1][1])
        for task in tasks:
            task.cancel()
    for voice, (count, total) in wrong.items():
        print(f"{voice:6} {100 * count / total:5.1f} % of {total} words wrong")
    for what, found in (
        ("end of a word to its first transcript", delays),
        ("end of speech to caption", caption_delays),
    ):
        cut = statistics.quantiles(found, n=20)
        print(f"{what}: median {1000 * cut[9]:.0f} ms, 95th percentile {1000 * cut[18]:.0f} ms of {len(found)}")
    print(f"{seconds:.0f} s of sound, {worked / seconds:.2f} of a core for each speaker while it lasts")


async def main() -> None:
    async with running(create_app(AsyncDatabase("memory:"), open_translator())) as address:
        await measure(address)


if __name__ == "__main__":
    asyncio.run(main())
