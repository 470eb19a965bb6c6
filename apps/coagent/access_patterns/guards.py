"""What the API asks besides the workspaces: creations are made once, and signing in is tried so often."""

from __future__ import annotations

from typing import Final

from coagent.access_patterns.rates import RARE, SAVED
from coagent.guards import CREATIONS, sign_ins
from dynalayer import AccessPattern, any_

GUARDS: Final = (
    *(
        AccessPattern(name, asked, per_second=rate)
        for name, asked, rate in zip(
            ("a creation is begun or done", "a creation that was made before", "a creation that failed"),
            CREATIONS.statements(any_(str)),
            (8 * SAVED, RARE, RARE),
            strict=True,
        )
    ),
    *(
        AccessPattern(f"signing in: {name}", asked, per_second=RARE)
        for name, asked in zip(
            ("another try", "the first try", "a look", "another rate"), sign_ins(20).statements(any_(str)), strict=True
        )
    ),
)
