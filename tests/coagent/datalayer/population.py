"""Valid items of all twelve kinds, with the odd values that people and programs put into them."""

from __future__ import annotations

import atexit
import base64
import hashlib
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from coagent import datalayer
from coagent.datalayer import Data, DynamoDBItem, DynamoDBKey, Repository
from coagent.datalayer.envelope import Plain, bound
from hypothesis import strategies as st

from dynalayer import Database, Key, scan
from dynalayer.sealing import KeyRing, Sealer, Secret
from dynalayer.testing import START, FrozenClock

TABLE = "BayonCoAgent"

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8) | st.sampled_from(
    ["Data", "TTL", "name", "status", "a.b", "a b", "PK", "#n", ":v", "size", "[0]"]
)
IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=10) | st.sampled_from(
    ["main", "a#b", "#", "$", "USER#x", "9", "10", "100", "ä", "\x00"]
)
NUMBERS = (
    st.integers(-(2**53) + 1, 2**53 - 1)
    | st.sampled_from([0, 2**53 - 1, 1 - 2**53])
    | st.decimals(-1000, 1000, places=3).map(lambda number: number + 0)
)
ODD = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT | st.binary(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
MOMENTS = st.datetimes().map(lambda moment: moment.isoformat() + "Z")
URIS = st.sampled_from(["https://example.org/a", "http://x.y/?q=1", "mailto:a@b.c"])
ANY_TEXT = TEXT


def _fields(required: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[Data]:
    return st.fixed_dictionaries(required, optional=optional)


FIELDS: dict[str, st.SearchStrategy[Data]] = {
    "UserProfile": _fields(
        {"id": IDS, "email": st.just("ada@example.org")},
        {"displayName": TEXT, "photoURL": URIS, "role": st.sampled_from(["user", "admin", "superadmin"])},
    ),
    "RealEstateAgentProfile": _fields(
        {"id": IDS, "name": TEXT, "bio": TEXT},
        {
            "photoURL": URIS,
            "licenses": st.lists(TEXT, max_size=3),
            "certifications": st.lists(TEXT, max_size=2) | TEXT,
            "yearsOfExperience": st.integers(0, 60),
            "phone": TEXT,
        },
    ),
    "Review": _fields(
        {
            "id": IDS,
            "agentId": IDS,
            "author": st.fixed_dictionaries({"name": TEXT}),
            "source": st.sampled_from(["Google", "Zillow", "Yelp"]),
            "rating": st.integers(1, 5),
            "comment": TEXT,
            "date": MOMENTS,
        },
        {"avatarUrl": URIS},
    ),
    "BrandAudit": _fields(
        {
            "id": IDS,
            "results": st.lists(
                st.fixed_dictionaries(
                    {"platform": TEXT, "status": st.sampled_from(["Consistent", "Inconsistent", "Not Found"])},
                    optional={"platformUrl": URIS, "foundName": TEXT},
                ),
                max_size=2,
            ),
            "lastRun": MOMENTS,
        },
        {},
    ),
    "Competitor": _fields(
        {
            "id": IDS,
            "name": TEXT,
            "agency": TEXT,
            "reviewCount": st.integers(0, 10**6),
            "avgRating": st.sampled_from([0, Decimal("4.5"), 5]),
            "socialFollowers": st.integers(0, 10**6),
            "domainAuthority": st.integers(0, 100),
        },
        {"website": TEXT},
    ),
    "ResearchReport": _fields(
        {"id": IDS, "topic": TEXT, "report": TEXT, "createdAt": MOMENTS}, {"citations": st.lists(URIS, max_size=2)}
    ),
    "Project": _fields({"id": IDS, "name": TEXT, "createdAt": MOMENTS}, {}),
    "SavedContent": _fields(
        {"id": IDS, "type": TEXT, "content": TEXT, "createdAt": MOMENTS},
        {"name": TEXT, "projectId": st.none() | IDS, "metadata": st.dictionaries(NAMES, ODD, max_size=2)},
    ),
    "TrainingProgress": _fields({"id": IDS, "completed": st.booleans(), "completedAt": MOMENTS}, {}),
    "MarketingPlan": _fields(
        {
            "id": IDS,
            "plan": st.lists(
                st.fixed_dictionaries({"task": TEXT, "rationale": TEXT, "toolLink": URIS, "tool": TEXT}), max_size=2
            ),
            "createdAt": MOMENTS,
        },
        {},
    ),
    "ReviewAnalysis": _fields(
        {
            "id": IDS,
            "overallSentiment": st.sampled_from(["Positive", "Negative", "Mixed"]),
            "summary": TEXT,
            "keywords": st.lists(TEXT, max_size=2),
            "commonThemes": st.lists(TEXT, max_size=2),
            "analyzedAt": MOMENTS,
        },
        {},
    ),
    "OAuthToken": _fields(
        {"accessToken": TEXT, "refreshToken": TEXT, "expiryDate": st.integers(0, 2**53 - 1)},
        {"agentProfileId": IDS, "scope": TEXT},
    ),
}

KEYS: dict[str, Callable[..., DynamoDBKey]] = {
    "UserProfile": datalayer.get_user_profile_keys,
    "RealEstateAgentProfile": datalayer.get_agent_profile_keys,
    "Review": datalayer.get_review_keys,
    "BrandAudit": datalayer.get_brand_audit_keys,
    "Competitor": datalayer.get_competitor_keys,
    "ResearchReport": datalayer.get_research_report_keys,
    "Project": datalayer.get_project_keys,
    "SavedContent": datalayer.get_saved_content_keys,
    "TrainingProgress": datalayer.get_training_progress_keys,
    "MarketingPlan": datalayer.get_marketing_plan_keys,
    "ReviewAnalysis": datalayer.get_review_analysis_keys,
    "OAuthToken": datalayer.get_oauth_token_keys,
}


def key_for(kind: str, owner: str, own: str) -> DynamoDBKey:
    """The key of an item of a kind; a profile has no id of its own."""
    return KEYS[kind](owner) if kind == "UserProfile" else KEYS[kind](owner, own)


@st.composite
def items(draw: st.DrawFn, kinds: list[str] | None = None) -> DynamoDBItem:
    """A valid item with fields beside those of its kind."""
    kind = draw(st.sampled_from(kinds or list(FIELDS)))
    data = draw(FIELDS[kind])
    key = key_for(kind, draw(IDS), draw(IDS))
    parsed = datalayer.parse_key(key.pk, key.sk)
    assert parsed is not None
    if kind == "Review":
        data["agentId"] = parsed.user_id
    if kind == "UserProfile":
        data["id"] = parsed.user_id
    elif "id" in data:
        data["id"] = parsed.entity_id
    extra = draw(st.dictionaries(NAMES.map(lambda name: f"x {name}"), ODD, max_size=3))
    return DynamoDBItem(key.pk, key.sk, kind, {**data, **extra})


SEALER = Sealer(KeyRing({"test": base64.b64encode(hashlib.sha256(b"test").digest()).decode()}))


def as_read(item: DynamoDBItem) -> Data:
    """The fields of an item as a read gives them: tokens do not show themselves."""
    if item.entity_type != "OAuthToken":
        return item.data
    return {
        name: Secret(value) if name in ("accessToken", "refreshToken") else value for name, value in item.data.items()
    }


class Full:
    """A connection whose service has no capacity for batches: it leaves all of them undone until `is_full` ends."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.is_full = True
        self.calls = 0

    def call(self, operation: str, body: bytes) -> bytes:
        self.calls += 1
        if not self.is_full or not operation.startswith("Batch"):
            answer: bytes = self._connection.call(operation, body)
            return answer
        asked = json.loads(body)["RequestItems"]
        rest = "UnprocessedKeys" if operation == "BatchGetItem" else "UnprocessedItems"
        return json.dumps({"Responses": {}, rest: asked}).encode()

    def close(self) -> None: ...


_free: list[tuple[FrozenClock, Database]] = []
"""Tables that are empty again: making one takes longer than most examples."""


def _made() -> tuple[FrozenClock, Database]:
    clock = FrozenClock()
    database = Database("memory:", clock=clock, sleep=clock.sleep, cursor_key=b"k" * 32)
    database.create_tables(bound(TABLE).table)
    atexit.register(database.close)
    return clock, database


class Bench:
    """A repository on an empty table in memory, with a clock that stands still."""

    def __init__(self) -> None:
        self.clock, self.database = _free.pop() if _free else _made()
        self.clock.now = START
        self.repository = Repository(self.database, TABLE, sealer=SEALER, sleep=self.clock.sleep)

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *_: object) -> None:
        everything = list(self.database.scan(scan(bound(TABLE).plain).expired()))
        self.database.batch_write(delete=[key_of(item) for item in everything])
        self.clock.slept.clear()
        _free.append((self.clock, self.database))


def key_of(item: Plain) -> Key[Plain]:
    return bound(TABLE).plain.key(item.pk, item.sk)
