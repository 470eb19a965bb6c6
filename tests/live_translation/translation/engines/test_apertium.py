import asyncio
import os
import signal
from pathlib import Path

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from live_translation.translation import (
    SHOWN_TARGETS,
    UNTRANSLATED,
    ApertiumTranslator,
    TranslationFailed,
    TranslationTimeout,
    UnsupportedPair,
)
from live_translation.translation.engines.apertium import MAX_CHARACTERS

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("ca", "La reunió comença"),
        ("it", "La riunione inizia"),
        ("pt", "A reunião começa"),
        ("fr", "La réunion commence"),
        ("en", "The meeting begins"),
    ],
)
async def test_spanish_is_translated(apertium: ApertiumTranslator, target: str, words: str) -> None:
    translation = await apertium.translate("La reunión empieza.", "es", target)
    assert translation.text == f"{words}."
    assert translation.engine == "Apertium"
    assert translation.confidence == 1.0


async def test_unknown_words_lower_the_confidence_and_lose_their_mark(apertium: ApertiumTranslator) -> None:
    translation = await apertium.translate("La casa de Zxqwerty Xqzwer", "es", "pt")
    assert translation.text == "A casa de Zxqwerty Xqzwer"
    assert translation.confidence == pytest.approx(3 / 5)


async def test_the_signs_the_engine_marks_words_with_survive_in_the_text(apertium: ApertiumTranslator) -> None:
    translation = await apertium.translate("*casa* #casa ~casa a@casa.com", "es", "pt")
    assert translation.text == "*casa* #casa ~casa a@casa.com"


@pytest.mark.parametrize(
    "text",
    [
        "casa [casa] {casa}",
        "<b>casa</b> ^casa$ \\casa/",
        "casa 😀 casa 👩‍👩‍👧",
        "casa\ncasa\n\ncasa",
        "casa\0casa",
        "casa. ",
    ],
)
async def test_signs_emoji_line_breaks_and_nul_come_through_in_place(apertium: ApertiumTranslator, text: str) -> None:
    translation = await apertium.translate(text, "es", "pt")
    assert translation.text == text


async def test_inverted_marks_stay_out_of_languages_that_have_none(apertium: ApertiumTranslator) -> None:
    translation = await apertium.translate("¿Ves la casa? ¡Sí!", "es", "it")
    assert "¿" not in translation.text
    assert "¡" not in translation.text


@pytest.mark.parametrize("text", ["", "   ", "\n", "1969", "😀 …", "\0"])
async def test_a_text_without_words_comes_back_untouched(apertium: ApertiumTranslator, text: str) -> None:
    translation = await apertium.translate(text, "es", "fr")
    assert (translation.text, translation.engine, translation.confidence) == (text, UNTRANSLATED, None)


async def test_the_same_language_on_both_sides_needs_no_engine(apertium: ApertiumTranslator) -> None:
    translation = await apertium.translate("Zxqwerty", "es", "es")
    assert (translation.text, translation.engine) == ("Zxqwerty", UNTRANSLATED)
    assert apertium.process_ids("es", "es") == ()


async def test_five_thousand_characters_are_translated_whole(apertium: ApertiumTranslator) -> None:
    translation = await apertium.translate("La casa es blanca. " * 264, "es", "pt")
    assert translation.text == "A casa é branca. " * 264


async def test_a_text_over_the_limit_is_refused_without_being_quoted(apertium: ApertiumTranslator) -> None:
    with pytest.raises(TranslationFailed, match=str(MAX_CHARACTERS)) as refused:
        await apertium.translate("secreto " * MAX_CHARACTERS, "es", "pt")
    assert "secreto" not in str(refused.value)


async def test_a_pair_that_is_not_installed_is_named(apertium: ApertiumTranslator) -> None:
    with pytest.raises(UnsupportedPair, match="'es' to 'ja'"):
        await apertium.translate("hola", "es", "ja")


async def test_all_languages_of_the_page_are_reached_from_spanish(apertium: ApertiumTranslator) -> None:
    assert apertium.languages("es") >= SHOWN_TARGETS
    assert "es" not in apertium.languages("es")
    assert apertium.languages("xx") == frozenset()


async def test_many_callers_at_once_each_get_their_own_answer(apertium: ApertiumTranslator) -> None:
    asked = [(f"Hay {number} casas.", target) for number in range(1, 41) for target in sorted(SHOWN_TARGETS)]
    answers = await asyncio.gather(*(apertium.translate(text, "es", target) for text, target in asked))
    numbers = [int("".join(filter(str.isdigit, answer.text))) for answer in answers]
    assert numbers == [number for number in range(1, 41) for _ in SHOWN_TARGETS]


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60), target=st.sampled_from(sorted(SHOWN_TARGETS)), number=st.integers(2, 10**6))
async def test_any_text_is_answered_and_none_leaks_into_the_next(
    apertium: ApertiumTranslator, text: str, target: str, number: int
) -> None:
    await apertium.translate(f"{text} hola", "es", target)
    following = await apertium.translate(f"El rey {number}", "es", target)
    assert following.text.endswith(f" {number}")
    assert len(following.text.split()) == 3


async def test_the_engines_own_end_of_file_sign_does_not_stop_it(apertium: ApertiumTranslator) -> None:
    await apertium.translate("casa", "es", "pt")
    processes = apertium.process_ids("es", "pt")
    assert (await apertium.translate("la \uffff mesa", "es", "pt")).text == "a \ufffd mesa"
    assert apertium.process_ids("es", "pt") == processes


async def test_whichever_process_is_killed_the_next_text_is_translated(apertium: ApertiumTranslator) -> None:
    await apertium.translate("casa", "es", "pt")
    for stage in range(len(apertium.process_ids("es", "pt"))):
        os.kill(apertium.process_ids("es", "pt")[stage], signal.SIGKILL)
        assert (await apertium.translate("la mesa", "es", "pt")).text == "a mesa"


async def test_a_hanging_process_times_out_and_the_next_text_is_translated(installed: None) -> None:
    translator = ApertiumTranslator(timeout=2)
    await translator.translate("casa", "es", "pt")
    stuck = translator.process_ids("es", "pt")
    os.kill(stuck[2], signal.SIGSTOP)
    with pytest.raises(TranslationTimeout, match="es-pt"):
        await translator.translate("la mesa", "es", "pt")
    assert (await translator.translate("la mesa", "es", "pt")).text == "a mesa"
    assert not set(stuck) & set(translator.process_ids("es", "pt"))
    await translator.close()


async def test_an_abandoned_call_neither_restarts_the_pair_nor_answers_the_next(apertium: ApertiumTranslator) -> None:
    await apertium.translate("casa", "es", "pt")
    processes = apertium.process_ids("es", "pt")
    os.kill(processes[2], signal.SIGSTOP)
    with anyio.move_on_after(0.05) as waiting:
        await apertium.translate("abandonado", "es", "pt")
    os.kill(processes[2], signal.SIGCONT)
    assert waiting.cancelled_caught
    assert (await apertium.translate("la mesa", "es", "pt")).text == "a mesa"
    assert apertium.process_ids("es", "pt") == processes


async def test_closing_leaves_no_process_no_zombie_and_no_open_file(installed: None) -> None:
    descriptors = sorted(os.listdir("/proc/self/fd"))
    translator = ApertiumTranslator(timeout=20)
    await asyncio.gather(*(translator.translate("casa", "es", target) for target in SHOWN_TARGETS))
    processes = [pid for target in SHOWN_TARGETS for pid in translator.process_ids("es", target)]
    await translator.close()
    await translator.close()
    assert len(processes) > 30
    assert not {str(pid) for pid in processes} & set(os.listdir("/proc"))
    assert sorted(os.listdir("/proc/self/fd")) == descriptors


async def test_a_closed_translator_fails_instead_of_starting_again(installed: None) -> None:
    translator = ApertiumTranslator()
    await translator.close()
    with pytest.raises(TranslationFailed, match="closed"):
        await translator.translate("casa", "es", "pt")
    assert translator.process_ids("es", "pt") == ()


async def test_without_mode_files_no_pair_is_offered(tmp_path: Path) -> None:
    translator = ApertiumTranslator(modes=tmp_path)
    assert translator.languages("es") == frozenset()
    assert "no language pair installed" in translator.description
    await translator.close()


async def test_a_pair_that_was_prepared_has_loaded_its_dictionaries() -> None:
    translator = ApertiumTranslator()
    try:
        assert not translator.is_ready("es", "ca")
        await translator.prepare("es", "ca")
        assert translator.is_ready("es", "ca")
        ids = translator.process_ids("es", "ca")
        await translator.prepare("es", "ca")
        await translator.translate("Buenas noches.", "es", "ca")
        assert translator.process_ids("es", "ca") == ids
        with pytest.raises(UnsupportedPair):
            await translator.prepare("es", "xx")
    finally:
        await translator.close()
