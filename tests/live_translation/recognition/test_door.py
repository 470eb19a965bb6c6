import pytest
from live_translation import recognition
from live_translation.recognition import (
    LanguageNotRecognised,
    Nobody,
    RecognitionError,
    SphinxRecogniser,
    TranscribeRecogniser,
    open_recogniser,
)

pytestmark = pytest.mark.anyio


def test_english_is_heard_on_this_machine_where_the_engine_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(open_recogniser(), SphinxRecogniser)
    assert open_recogniser().languages == {"en"}
    monkeypatch.setattr(recognition.sphinx, "is_installed", lambda: False)
    assert isinstance(open_recogniser(), Nobody)
    with pytest.raises(RecognitionError, match="live"):
        open_recogniser("pocketsphinx")


def test_the_cloud_is_asked_only_where_an_operator_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognition.transcribe, "is_installed", lambda: True)
    assert isinstance(open_recogniser("transcribe"), TranscribeRecogniser)
    monkeypatch.setattr(recognition.transcribe, "is_installed", lambda: False)
    with pytest.raises(RecognitionError, match="aws"):
        open_recogniser("transcribe")


async def test_without_an_engine_every_language_is_refused_in_words() -> None:
    nobody = open_recogniser("none")
    assert (nobody.name, nobody.languages) == ("none", frozenset())
    with pytest.raises(LanguageNotRecognised, match="no recognition engine"):
        await nobody.open("en")
    await nobody.close()


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(ValueError, match="whisper"):
        open_recogniser("whisper")
