from __future__ import annotations

import array
import asyncio
import os
from pathlib import Path

import pytest
from live_translation.speech import EmotionDynamics, EspeakNg, SynthesisFailed, SynthesisTimeout, UnknownVoice
from live_translation.speech.engines.engine import BYTES_PER_SECOND
from live_translation.speech.engines.espeak import best_voices, installed_voices

from tests.live_translation.doubles import eventually

pytestmark = pytest.mark.anyio

SENTENCE = "La reunión empieza mañana a las nueve."

LISTING = """\
Pty Language       Age/Gender VoiceName          File                 Other Languages
 5  cmn             --/M      Chinese_(Mandarin,_latin_as_English) sit/cmn              (zh-cmn 5)(zh 5)
 5  en-029          --/M      English_(Caribbean) gmw/en-029           (en 10)
 2  en-gb           --/M      English_(Great_Britain) gmw/en               (en 2)
 2  en-us           --/M      English_(America)  gmw/en-US            (en 3)
 5  pt              --/M      Portuguese_(Portugal) roa/pt               (pt-pt 5)
 5  pt-br           --/M      Portuguese_(Brazil) roa/pt-BR            (pt 6)
 5  yue             --/M      Chinese_(Cantonese) sit/yue              (zh-yue 5)(zh 8)
"""


def test_the_voice_that_fits_best_speaks_a_language() -> None:
    assert best_voices(LISTING) == {"en": "en-gb", "pt": "pt", "zh": "cmn"}


def test_where_it_is_not_installed_there_are_no_voices() -> None:
    assert installed_voices("no-such-program") == {}
    assert EspeakNg(espeak="no-such-program").languages() == frozenset()


async def test_a_sentence_becomes_sound_of_16_khz(espeak_voices: dict[str, str]) -> None:
    sound = await EspeakNg(voices=espeak_voices).synthesise(SENTENCE, "es")
    samples = array.array("h", sound)
    assert 1.5 < len(sound) / BYTES_PER_SECOND < 5
    assert max(abs(sample) for sample in samples) > 3_000


async def test_how_it_is_said_is_heard(espeak_voices: dict[str, str]) -> None:
    engine = EspeakNg(voices=espeak_voices)
    slow, fast = await asyncio.gather(
        engine.synthesise(SENTENCE, "es", EmotionDynamics(rate_wpm=100)),
        engine.synthesise(SENTENCE, "es", EmotionDynamics(rate_wpm=220)),
    )
    assert len(slow) > 1.2 * len(fast)


async def test_what_looks_like_markup_is_spoken_and_breaks_nothing(espeak_voices: dict[str, str]) -> None:
    engine = EspeakNg(voices=espeak_voices)
    marked, plain = await asyncio.gather(
        engine.synthesise('a < b & "c" <break time="9s"/> \x00 \ud800', "en"), engine.synthesise("a b c", "en")
    )
    assert len(plain) < len(marked) < 9 * BYTES_PER_SECOND


async def test_languages_of_the_demo_have_a_voice(espeak_voices: dict[str, str]) -> None:
    assert {"ca", "en", "es", "fr", "it", "pt"} <= EspeakNg(voices=espeak_voices).languages()


async def test_a_language_without_a_voice_is_said() -> None:
    with pytest.raises(UnknownVoice, match="'xx'"):
        await EspeakNg(voices={}).synthesise("x", "xx")


def program(tmp_path: Path, body: str) -> str:
    path = tmp_path / "espeak"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


async def test_a_program_that_hangs_is_ended_with_its_thread(tmp_path: Path, espeak_voices: dict[str, str]) -> None:
    hanging = program(tmp_path, f"echo $$ >> {tmp_path}/pids; exec sleep 60")
    engine = EspeakNg(voices={"es": "es"}, espeak=hanging, timeout=0.3, at_once=2)
    spoken = await asyncio.gather(*(engine.synthesise("x", "es") for _ in range(4)), return_exceptions=True)
    assert {type(error) for error in spoken} == {SynthesisTimeout}
    started = (tmp_path / "pids").read_text().split()
    assert started
    await eventually(lambda: not any(is_running(int(process)) for process in started))


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_program_that_fails_says_nothing_of_the_text(tmp_path: Path, espeak_voices: dict[str, str]) -> None:
    engine = EspeakNg(voices={"es": "es"}, espeak=program(tmp_path, "cat >&2; exit 3"))
    with pytest.raises(SynthesisFailed) as caught:
        await engine.synthesise("secreto", "es")
    assert "secreto" not in str(caught.value)
    with pytest.raises(SynthesisFailed, match="could not be run"):
        await EspeakNg(voices={"es": "es"}, espeak=str(tmp_path / "nothing")).synthesise("x", "es")


async def test_after_closing_nothing_is_spoken(espeak_voices: dict[str, str]) -> None:
    engine = EspeakNg(voices=espeak_voices)
    await engine.close()
    with pytest.raises(SynthesisFailed, match="closed"):
        await engine.synthesise("x", "es")
