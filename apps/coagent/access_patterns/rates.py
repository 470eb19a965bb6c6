"""How often things are done, and how large they are.

The rates are those of a busy hour of 50,000 accounts, 1,000 of them at work: each opens the dashboard every five
minutes, looks at two lists, saves something every ten, and is asked for a token of a provider once an hour.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

ACCOUNTS: Final = 50_000
AT_WORK: Final = 1_000
OPENED: Final = AT_WORK / 300
LOOKED: Final = AT_WORK / 600
SAVED: Final = AT_WORK / 2400
"""Of each of four kinds."""
RARE: Final = 0.01

CONTENT_BYTES: Final = 4_000
REPORT_BYTES: Final = 8_000
PLAN_BYTES: Final = 1_500
REVIEW_BYTES: Final = 700
COMPETITOR_BYTES: Final = 500
ANALYSIS_BYTES: Final = 2_000
PROFILE_BYTES: Final = 1_500

CONTENTS: Final = 200
REPORTS: Final = 20
PROJECTS: Final = 10
PLANS: Final = 10
REVIEWS: Final = 100
COMPETITORS: Final = 10
MODULES: Final = 30
PAGE: Final = 25

MOMENT: Final = datetime(2026, 1, 1, tzinfo=UTC)
URL: Final = "https://example.org/a"
EMAIL: Final = "someone@example.org"
