"""A sentence as SSML, with what is known of how it was said; pure text in, text out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import Final

from live_translation.speech.dynamics import NEUTRAL, EmotionDynamics, Volume

EMPHASISED: Final = frozenset({"angry", "excited", "surprised"})
SUBDUED: Final = frozenset({"sad", "fearful"})
STRONG: Final = 0.7
"""The intensity above which an emotion is emphasised."""

_VOLUMES: Final[Mapping[Volume, str]] = {
    Volume.whisper: "x-soft",
    Volume.soft: "soft",
    Volume.normal: "medium",
    Volume.loud: "loud",
}
_RATES: Final = ((120.0, "slow"), (170.0, "medium"), (200.0, "fast"))
# XML 1.0 has no way to write these, escaped or not.
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def ssml(text: str, dynamics: EmotionDynamics = NEUTRAL, *, neural: bool = False) -> str:
    """One `speak` element; the text is escaped first, so nothing in it is taken for a tag.

    Neural voices know prosody alone and refuse the whole sentence for an emphasis (Amazon Polly, "Supported SSML
    tags"), so for them an emotion is only heard in rate and volume.
    """
    spoken = escape(_NOT_XML.sub(" ", text))
    if not neural and dynamics.emotion in EMPHASISED and dynamics.intensity > STRONG:
        spoken = f'<emphasis level="strong">{spoken}</emphasis>'
    if dynamics.emotion in SUBDUED:
        spoken = f'<break time="300ms"/>{spoken}'
    rate, volume = rate_of(dynamics.rate_wpm), _VOLUMES[dynamics.volume]
    return f'<speak><prosody rate="{rate}"><prosody volume="{volume}">{spoken}</prosody></prosody></speak>'


def rate_of(words_a_minute: float) -> str:
    """The name that SSML has for a speed: slow below 120, medium below 170, fast below 200, else x-fast."""
    return next((name for below, name in _RATES if words_a_minute < below), "x-fast")
