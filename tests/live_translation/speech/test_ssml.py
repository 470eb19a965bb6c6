import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from live_translation.speech import NEUTRAL, EmotionDynamics, Volume, ssml
from live_translation.speech.ssml import rate_of


def test_a_plain_sentence_has_prosody_and_nothing_else() -> None:
    assert ssml("Hola.") == ('<speak><prosody rate="medium"><prosody volume="medium">Hola.</prosody></prosody></speak>')


def test_what_would_be_a_tag_is_escaped_first() -> None:
    assert "&lt;break/&gt; &amp; &quot;x&quot; &#x27;y&#x27;" in ssml("<break/> & \"x\" 'y'")


@pytest.mark.parametrize(
    ("words_a_minute", "rate"),
    [
        (0, "slow"),
        (119, "slow"),
        (120, "medium"),
        (169, "medium"),
        (170, "fast"),
        (199, "fast"),
        (200, "x-fast"),
        (300, "x-fast"),
    ],
)
def test_the_speed_has_a_name(words_a_minute: float, rate: str) -> None:
    assert rate_of(words_a_minute) == rate
    assert f'rate="{rate}"' in ssml("x", EmotionDynamics(rate_wpm=words_a_minute))


@pytest.mark.parametrize(
    ("volume", "name"), [("whisper", "x-soft"), ("soft", "soft"), ("normal", "medium"), ("loud", "loud")]
)
def test_the_loudness_has_a_name(volume: str, name: str) -> None:
    assert f'volume="{name}"' in ssml("x", EmotionDynamics(volume=Volume(volume)))


@pytest.mark.parametrize("emotion", ["angry", "excited", "surprised"])
@pytest.mark.parametrize(("intensity", "is_emphasised"), [(0.70, False), (0.71, True), (1.0, True)])
def test_a_strong_emotion_is_emphasised(emotion: str, intensity: float, is_emphasised: bool) -> None:
    assert ('<emphasis level="strong">' in ssml("x", EmotionDynamics(emotion, intensity))) is is_emphasised


def test_neural_voices_get_prosody_alone_since_they_refuse_an_emphasis() -> None:
    marked = ssml("x", EmotionDynamics("angry", 1.0, 200, Volume.loud), neural=True)
    assert marked == '<speak><prosody rate="x-fast"><prosody volume="loud">x</prosody></prosody></speak>'


@pytest.mark.parametrize("emotion", ["sad", "fearful"])
def test_a_subdued_emotion_waits_a_moment(emotion: str) -> None:
    assert '<break time="300ms"/>x' in ssml("x", EmotionDynamics(emotion, 0.1))


def test_an_unknown_emotion_is_none() -> None:
    assert ssml("x", EmotionDynamics("bored", 1.0)) == ssml("x", NEUTRAL)


@given(
    text=st.text(),
    emotion=st.sampled_from(["angry", "sad", "neutral"]),
    intensity=st.floats(0, 1),
    rate=st.floats(0, 1_000),
    volume=st.sampled_from(Volume),
    neural=st.booleans(),
)
def test_whatever_is_said_it_is_well_formed_and_says_the_text(
    text: str, emotion: str, intensity: float, rate: float, volume: Volume, neural: bool
) -> None:
    marked = ssml(text, EmotionDynamics(emotion, intensity, rate, volume), neural=neural)
    spoken = "".join(ElementTree.fromstring(marked.encode()).itertext())
    assert len(spoken.replace("\r\n", "\n")) <= len(text)
    assert list(filter(str.isalnum, spoken)) == list(filter(str.isalnum, text))


@pytest.mark.parametrize("intensity", [-0.01, 1.01, float("nan")])
def test_an_intensity_out_of_range_is_refused(intensity: float) -> None:
    with pytest.raises(ValueError, match="intensity must be from 0 to 1"):
        EmotionDynamics(intensity=intensity)


@pytest.mark.parametrize("rate", [-1, float("nan"), float("inf")])
def test_a_speed_that_is_none_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="words a minute"):
        EmotionDynamics(rate_wpm=rate)


def test_a_loudness_that_the_schema_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="medium"):
        Volume("medium")
