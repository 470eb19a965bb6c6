"""Speaks with this machine's eSpeak NG, offline: a robot's voice in over a hundred languages, 40 ms a sentence.

Each sentence is two processes, one that speaks and one that brings its 22 kHz to 16 kHz, and nothing in between passes
through Python. A sentence is waited for in a thread, which ends with its processes.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO, Final

from live_translation.speech.dynamics import NEUTRAL, EmotionDynamics
from live_translation.speech.engines.engine import (
    SAMPLE_RATE,
    SynthesisFailed,
    SynthesisTimeout,
    UnknownVoice,
)
from live_translation.speech.ssml import ssml

ESPEAK: Final = "espeak-ng"
SOX: Final = "sox"
AT_ONCE: Final = 4
"""Sentences that are spoken at the same time; the others wait their turn, within their time limit."""

_TO_16_KHZ: Final = ["--ignore-length", "-t", "wav", "-", "-t", "raw", "-r", str(SAMPLE_RATE)]
_PCM: Final = ["-e", "signed-integer", "-b", "16", "-c", "1", "-L", "-"]
_OTHER: Final = re.compile(r"\(([a-z-]+) (\d+)\)")
_LISTING_SECONDS: Final = 10.0


class EspeakNg:
    """Speaks `at_once` sentences at a time, each in `timeout` seconds, its wait for a turn included.

    `voices` are eSpeak's names by language; those that are installed if not given.
    """

    def __init__(
        self,
        *,
        timeout: float = 5.0,
        at_once: int = AT_ONCE,
        voices: Mapping[str, str] | None = None,
        espeak: str = ESPEAK,
        sox: str = SOX,
    ) -> None:
        self._voices = installed_voices(espeak, sox) if voices is None else voices
        self._timeout = timeout
        self._turns = asyncio.Semaphore(at_once)
        self._programs = (espeak, sox)
        self._running: set[_Sentence] = set()
        self._closed = False

    @property
    def name(self) -> str:
        """`espeak-ng`."""
        return "espeak-ng"

    @property
    def description(self) -> str:
        """How it sounds."""
        if not self._voices:
            return "eSpeak NG, which is not installed here."
        return f"eSpeak NG: a clear robot's voice made on this machine, in {len(self._voices)} languages."

    def languages(self) -> frozenset[str]:
        """The languages that have a voice here."""
        return frozenset(self._voices)

    async def synthesise(self, text: str, language: str, dynamics: EmotionDynamics = NEUTRAL) -> bytes:
        """The sound of a sentence; raises `UnknownVoice`, `SynthesisTimeout` or `SynthesisFailed`."""
        voice = self._voices.get(language)
        if voice is None:
            raise UnknownVoice(self.name, language)
        try:
            async with asyncio.timeout(self._timeout), self._turns:
                return await self._speak(ssml(text, dynamics), voice)
        except TimeoutError:
            raise SynthesisTimeout(f"{self.name} took longer than {self._timeout:g} s") from None

    async def close(self) -> None:
        """End what is being spoken."""
        self._closed = True
        for sentence in set(self._running):
            sentence.kill()

    async def _speak(self, marked: str, voice: str) -> bytes:
        if self._closed:
            raise SynthesisFailed(f"{self.name} is closed")
        sentence = _Sentence(self._programs, voice)
        self._running.add(sentence)
        try:
            return await asyncio.to_thread(sentence.sound, marked.encode("utf-8", "replace"))
        except OSError as error:
            raise SynthesisFailed(f"{self.name} could not be run: {type(error).__name__}") from None
        finally:
            # If nobody waits any more the thread must not go on for nothing.
            sentence.kill()
            self._running.discard(sentence)


class _Sentence:
    """The processes of one sentence; `kill` may come from another thread, at any time."""

    def __init__(self, programs: tuple[str, str], voice: str) -> None:
        self._espeak, self._sox = programs
        self._voice = voice
        self._processes: list[subprocess.Popen[bytes]] = []
        self._killed = False

    def sound(self, marked: bytes) -> bytes:
        """What the processes say, once they have ended."""
        speaking = self._start([self._espeak, "-m", "-b", "1", "-v", self._voice, "--stdin", "--stdout"])
        assert speaking.stdin is not None
        converting = self._start([self._sox, "-q", *_TO_16_KHZ, *_PCM], source=speaking.stdout)
        assert converting.stdout is not None
        with suppress(BrokenPipeError), speaking.stdin as into:
            into.write(marked)
        with converting.stdout as out:
            sound = out.read()
        codes = (speaking.wait(), converting.wait())
        if any(codes):
            raise SynthesisFailed(f"{self._espeak} and {self._sox} ended with {codes[0]} and {codes[1]}")
        return sound

    def kill(self) -> None:
        self._killed = True
        for process in list(self._processes):
            process.kill()

    def _start(self, command: Sequence[str], source: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE if source is None else source,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # it might quote the text
            env=_environment(),
            process_group=0,  # Ctrl-C at the terminal is for the server
        )
        if source is not None:
            source.close()
        self._processes.append(process)
        if self._killed:
            process.kill()
        return process


def installed_voices(espeak: str = ESPEAK, sox: str = SOX) -> dict[str, str]:
    """The voices of this machine by ISO 639-1 code; none unless both programs are here."""
    if shutil.which(espeak) is None or shutil.which(sox) is None:
        return {}
    try:
        listing = subprocess.run(
            [espeak, "--voices"], capture_output=True, check=True, env=_environment(), timeout=_LISTING_SECONDS
        )
    except (OSError, subprocess.SubprocessError):
        return {}
    return best_voices(listing.stdout.decode("utf-8", "replace"))


def best_voices(listing: str) -> dict[str, str]:
    """The voice for each two-letter code in what `espeak-ng --voices` prints.

    A language is a voice's own, or one of those that it names as others with how well it fits: the lower, the better.
    """
    best: dict[str, tuple[int, int, str]] = {}
    for number, line in enumerate(listing.splitlines()[1:]):
        columns = line.split(maxsplit=5)
        own = columns[1]
        fits = [(own, 0), *((code, int(rank)) for code, rank in _OTHER.findall("".join(columns[5:])))]
        for code, rank in fits:
            if len(code) == 2:
                best[code] = min(best.get(code, (rank, number, own)), (rank, number, own))
    return {code: own for code, (_, _, own) in sorted(best.items())}


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}
