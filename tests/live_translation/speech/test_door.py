import pytest
from live_translation.speech import BrowserVoices, SynthesisError, UnknownVoice, open_synthesiser

pytestmark = pytest.mark.anyio


def test_the_best_engine_of_this_machine_speaks(espeak_voices: dict[str, str]) -> None:
    assert open_synthesiser().name == "espeak-ng"
    assert open_synthesiser("espeak-ng").languages() == frozenset(espeak_voices)


def test_where_none_is_installed_the_browser_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert open_synthesiser().name == "browser"
    with pytest.raises(SynthesisError, match=r"scripts/debian.sh speech"):
        open_synthesiser("espeak-ng")


def test_engines_can_be_asked_for_by_name() -> None:
    assert open_synthesiser("browser").name == "browser"
    assert open_synthesiser("polly", region="eu-west-1").name == "Amazon Polly"
    with pytest.raises(ValueError, match="there are espeak-ng, polly, browser"):
        open_synthesiser("oracle")


async def test_the_browser_makes_no_sound_here() -> None:
    voices = BrowserVoices()
    assert voices.languages() == frozenset()
    with pytest.raises(UnknownVoice):
        await voices.synthesise("x", "es")
    await voices.close()
