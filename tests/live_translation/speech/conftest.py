import os

import pytest
from live_translation.speech.engines.espeak import installed_voices

MISSING = "eSpeak NG or SoX is not installed: scripts/debian.sh speech"


@pytest.fixture(scope="session")
def espeak_voices() -> dict[str, str]:
    voices = installed_voices()
    if not voices:
        if os.environ.get("DYNALAYER_REQUIRE_SERVICES") == "1":
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    return voices
