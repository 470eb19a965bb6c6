"""The contract over an export of all twelve collections, in every shape that the application left them in."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from coagent.entities import (
    ENTITIES,
    BrandAudit,
    Competitor,
    MarketingPlan,
    OAuthToken,
    Project,
    RealEstateAgentProfile,
    ResearchReport,
    Review,
    ReviewAnalysis,
    SavedContent,
    TrainingProgress,
    UserProfile,
)
from coagent.firestore import CONTRACT
from coagent.tables import coagent

from dynalayer import Database
from dynalayer.migrate import Migration, check_contract, load_contract
from dynalayer.migrate.firestore import Document, Timestamp
from dynalayer.statements import Raw
from tests.migrate.firestore.writing import export

MOMENT = Timestamp(1_700_000_000, 123_456_000)
WHEN = datetime(2023, 11, 14, 22, 13, 20, 123_456, tzinfo=UTC)
MAP = {"_seconds": 1_700_000_000, "_nanoseconds": 123_456_000}
ADA = "users/ada"
TOKEN = "ya29.a-token-that-nobody-may-see"

GOOD = [
    Document(ADA, {"email": "ada@example.org", "displayName": None, "photoURL": "https://e.org/a"}),
    Document(
        f"{ADA}/agentProfiles/main",
        {"name": "Ada", "certifications": "CRS, ABR", "licenses": ["L1"], "yearsOfExperience": "12", "website": None},
    ),
    Document(
        "reviews/r#1",
        {
            "id": "r#1",
            "agentId": "ada",
            "author": {"name": "Bob"},
            "source": "Google",
            "rating": 5,
            "comment": "good",
            "date": MOMENT,
        },
    ),
    Document(
        f"{ADA}/brandAudits/main",
        {
            "results": [
                {"platform": "Google", "status": "Not Found", "foundName": None, "platformUrl": "https://e.org"}
            ],
            "lastRun": MAP,
        },
    ),
    Document(f"{ADA}/competitors/c1", {"name": "Bo", "agency": "B", "reviewCount": "7", "avgRating": 4.5}),
    Document(f"{ADA}/competitors/c2", {"name": "Cy", "agency": "C", "reviewCount": 30, "avgRating": 3.0}),
    Document(f"{ADA}/researchReports/1", {"topic": "t", "report": "# r", "createdAt": "2023-11-14T22:13:20.123456Z"}),
    Document(f"{ADA}/projects/p1", {"name": "House"}),
    Document(
        f"{ADA}/savedContent/old",
        {
            "type": "post",
            "content": "text",
            "createdAt": {"seconds": 1_600_000_000, "nanoseconds": 0},
            "projectId": None,
        },
    ),
    Document(
        f"{ADA}/savedContent/new",
        {"type": "post", "content": "text", "createdAt": MOMENT, "projectId": "p1", "tone": "warm"},
    ),
    Document(f"{ADA}/trainingProgress/m1", {"completed": True, "completedAt": MOMENT}),
    Document(f"{ADA}/trainingProgress/m2", {"completed": False, "completedAt": None}),
    Document(
        f"{ADA}/marketingPlans/one",
        {"steps": [{"task": "t", "rationale": "r", "tool": "x", "toolLink": "/x"}], "createdAt": MOMENT},
    ),
    Document(
        f"{ADA}/reviewAnalyses/main",
        {"overallSentiment": "Mixed", "summary": "s", "keywords": ["k"], "commonThemes": [], "analyzedAt": MOMENT},
    ),
    Document(
        "googleBusinessProfiles/ada",
        {"accessToken": TOKEN, "refreshToken": TOKEN, "expiryDate": 1_700_000_000_000, "agentProfileId": "main"},
    ),
    # The parent of these was deleted in Firestore, and they were not.
    Document("users/ghost/projects/p9", {"name": "Left over", "createdAt": MOMENT}),
]
BAD = [
    Document("reviews/nobody", {"author": {"name": "B"}, "source": "Google", "rating": 5, "date": MOMENT}),
    Document(
        "reviews/odd", {"agentId": "ada", "author": {"name": "B"}, "source": "Other", "rating": 5, "date": MOMENT}
    ),
    Document(f"{ADA}/projects/p2", {"id": "another", "name": "n", "createdAt": MOMENT}),
    Document(f"{ADA}/savedContent/huge", {"type": "post", "content": "x" * 420_000, "createdAt": MOMENT}),
    Document("googleBusinessProfiles/bob", {"accessToken": TOKEN, "refreshToken": None, "expiryDate": 1}),
    Document(f"{ADA}/drafts/d1", {"text": "unknown collection"}),
]


@pytest.fixture
def source(tmp_path: Path) -> str:
    return f"firestore-export:{export(tmp_path / 'e1', GOOD, files=2)}"


@pytest.fixture
def database(tmp_path: Path, source: str) -> Iterator[Database]:
    url = f"embedded:{tmp_path / 'target.db'}"
    with Database(url) as made:
        made.create_tables(coagent)
    with closing(Migration.open(CONTRACT, source)) as migration:
        summary = migration.backfill(url, tmp_path / "state")
        assert summary.rejects == 0, (tmp_path / "state" / "rejects.jsonl").read_text()
        assert migration.verify(url, tmp_path / "state").is_clean
    with Database(url) as made:
        yield made


def test_the_contract_has_the_twelve_kinds_and_fits(source: str) -> None:
    contract, findings = load_contract(CONTRACT)
    assert not findings
    assert [entity.name for _, entity in contract.entities()] == [entity.__name__ for entity in ENTITIES]
    assert {each.reason.partition(":")[0] for each in check_contract(CONTRACT, source)} == {
        "documents that are not there have collections all the same"
    }


def test_items_are_read_as_the_twelve_kinds(database: Database) -> None:
    user = database.get(UserProfile.key("ada"))
    assert (user.email, user.display_name, user.photo_url) == ("ada@example.org", None, "https://e.org/a")
    profile = database.get(RealEstateAgentProfile.key("ada", "main"))
    assert (profile.certifications, profile.years_of_experience) == (["CRS", "ABR"], Decimal(12))
    review = database.get(Review.key("ada", "r#1"))
    assert (review.author.name, review.source.value, review.date) == ("Bob", "Google", WHEN)
    audit = database.get(BrandAudit.key("ada", "main"))
    assert (audit.results[0].status.value, audit.results[0].found_name, audit.last_run) == ("Not Found", None, WHEN)
    assert database.get(Competitor.key("ada", "c1")).review_count == 7
    assert database.get(ResearchReport.key("ada", "1")).created_at == WHEN
    assert database.get(Project.key("ada", "p1")).created_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert database.get(SavedContent.key("ada", "old")).project_id is None
    assert database.get(TrainingProgress.key("ada", "m1")).completed_at == WHEN
    assert database.get(TrainingProgress.key("ada", "m2")).completed_at is None
    plan = database.get(MarketingPlan.key("ada", "one"))
    assert [(each.task, each.tool_link) for each in plan.plan] == [("t", "/x")]
    assert database.get(ReviewAnalysis.key("ada", "main")).overall_sentiment.value == "Mixed"
    token = database.get(OAuthToken.key("ada", "GOOGLE_BUSINESS"))
    assert (token.access_token, token.expiry_date) == (TOKEN, 1_700_000_000_000)
    assert database.get(Project.key("ghost", "p9")).name == "Left over"


def stored(database: Database) -> dict[tuple[str, str], Any]:
    items = database.run(Raw("Scan", {"TableName": coagent.name}))["Items"]
    return {(item["PK"]["S"], item["SK"]["S"]): item for item in items}


KEYS = [
    UserProfile.key("ada"),
    RealEstateAgentProfile.key("ada", "main"),
    Review.key("ada", "r#1"),
    BrandAudit.key("ada", "main"),
    Competitor.key("ada", "c2"),
    ResearchReport.key("ada", "1"),
    Project.key("ada", "p1"),
    SavedContent.key("ada", "new"),
    TrainingProgress.key("ada", "m1"),
    MarketingPlan.key("ada", "one"),
    ReviewAnalysis.key("ada", "main"),
    OAuthToken.key("ada", "GOOGLE_BUSINESS"),
]


def plainly(item: dict[str, Any]) -> dict[str, Any]:
    """An item without what each write of an entity sets anew, and without empty lists, which entities always write."""
    fields = {name: value for name, value in item["Data"]["M"].items() if value != {"L": []}}
    own = {"CreatedAt", "UpdatedAt", "Revision"}
    return {name: value for name, value in item.items() if name not in own} | {"Data": fields}


def test_items_are_stored_as_the_entities_store_them_with_every_index_key(database: Database) -> None:
    migrated = stored(database)
    for key in KEYS:
        database.put(database.get(key))
    written = stored(database)
    assert sum(item["Revision"] == {"N": "2"} for item in written.values()) == len(ENTITIES)
    assert {key: plainly(item) for key, item in written.items()} == {
        key: plainly(item) for key, item in migrated.items()
    }


def test_what_is_newest_or_largest_is_found_by_the_indexes(database: Database) -> None:
    assert [each.id for each in database.query(SavedContent.newest("ada").descending())] == ["new", "old"]
    assert [each.id for each in database.query(Competitor.by_reviews("ada").descending())] == ["c2", "c1"]


def test_documents_that_do_not_fit_are_told_of_and_no_token_with_them(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    source = f"firestore-export:{export(tmp_path / 'e2', [*GOOD, *BAD])}"
    url = f"embedded:{tmp_path / 'target.db'}"
    with Database(url) as made:
        made.create_tables(coagent)
    with closing(Migration.open(CONTRACT, source)) as migration:
        told = [str(migration.plan()), str(migration.inventory()), *map(str, check_contract(CONTRACT, source))]
        summary = migration.backfill(url, tmp_path / "state")
        told += [str(migration.verify(url, tmp_path / "state")), str(summary)]
    rejects = (tmp_path / "state" / "rejects.jsonl").read_text()
    places = {each["source"]: each["attribute"] for each in map(json.loads, rejects.splitlines())}
    assert places == {
        "reviews/nobody": "agentId",
        "reviews/odd": "source",
        "users/ada/projects/p2": "id",
        "users/ada/savedContent/huge": None,
        "googleBusinessProfiles/bob": "refreshToken",
        "users/*/drafts": None,
    }
    kept = [path.read_bytes() for path in (tmp_path / "state").iterdir()]
    captured = capfd.readouterr()
    everything = "".join([*told, rejects, caplog.text, captured.out, captured.err])
    assert TOKEN not in everything
    assert not any(TOKEN.encode() in each for each in kept)
