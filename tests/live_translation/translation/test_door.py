import pytest
from live_translation.talk import LANGUAGES
from live_translation.translation import SHOWN_TARGETS, TranslationError, Translator, open_translator

pytestmark = pytest.mark.anyio


async def test_apertium_is_chosen_where_it_is_installed_and_says_so(installed: None) -> None:
    translator = open_translator()
    assert translator.name == "Apertium"
    assert "rule-based translation running on this machine" in translator.description
    await translator.close()


async def test_without_programs_the_phrasebook_is_chosen_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    translator = open_translator()
    assert "only the sentences" in translator.description
    await translator.close()


async def test_asking_for_apertium_where_it_is_absent_tells_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(TranslationError, match=r"es→ca.*scripts/debian\.sh translation"):
        open_translator("apertium")


async def test_the_phrasebook_can_be_preferred() -> None:
    translator: Translator = open_translator("phrasebook")
    assert (await translator.translate("¡Qué maravilla!", "es", "it")).text == "Che meraviglia!"
    await translator.close()


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(ValueError, match="'oracle'"):
        open_translator("oracle")


def test_both_engines_offer_the_same_languages() -> None:
    assert set(LANGUAGES) == SHOWN_TARGETS
