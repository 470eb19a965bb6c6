import os
from collections.abc import AsyncIterator

import pytest
from live_translation.translation import SHOWN_TARGETS, ApertiumTranslator


@pytest.fixture
def installed() -> None:
    missing = SHOWN_TARGETS - ApertiumTranslator().languages("es")
    if not missing:
        return
    reason = f"Apertium lacks Spanish to {', '.join(sorted(missing))}; run scripts/debian.sh translation"
    if os.environ.get("DYNALAYER_REQUIRE_SERVICES") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
async def apertium(installed: None) -> AsyncIterator[ApertiumTranslator]:
    # Generous: on a busy machine loading is slow, and these tests are not about time limits.
    translator = ApertiumTranslator(timeout=20)
    yield translator
    await translator.close()
