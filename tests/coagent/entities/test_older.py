"""Items as earlier writers left them, written in the wire's own form and read as typed entities."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from coagent.entities import (
    ENTITIES,
    BrandAudit,
    Competitor,
    MarketingPlan,
    OAuthToken,
    PlanTask,
    Project,
    RealEstateAgentProfile,
    ResearchReport,
    Review,
    ReviewAnalysis,
    SavedContent,
    TrainingProgress,
    UserProfile,
)
from coagent.tables import TABLES, coagent

from dynalayer import Database, InvalidValue, Key
from dynalayer.protocol import to_plain
from dynalayer.schema import definition_of
from dynalayer.statements import Raw

THEN = 1_700_000_000_123
MOMENT = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
FIRESTORE = {"seconds": 1_700_000_000, "nanoseconds": 0}


@pytest.fixture
def db() -> Iterator[Database]:
    with Database("memory:") as database:
        database.create_tables(*TABLES)
        yield database


def wire(value: Any) -> dict[str, Any]:
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case int() | float():
            return {"N": str(value)}
        case list():
            return {"L": [wire(each) for each in value]}
        case _:
            return {"M": {name: wire(each) for name, each in value.items()}}


def plant(db: Database, pk: str, sk: str, data: dict[str, Any] | None, **beside: Any) -> None:
    item = {"PK": pk, "SK": sk, **beside, **({} if data is None else {"Data": data})}
    db.run(Raw("PutItem", {"TableName": coagent.name, "Item": {name: wire(value) for name, value in item.items()}}))


def kept(db: Database, key: Key[Any]) -> dict[str, Any]:
    found: dict[str, Any] = db.run(Raw("GetItem", {"TableName": coagent.name, "Key": key.wire}))["Item"]
    return found


SHAPES: list[tuple[Key[Any], dict[str, Any], dict[str, Any]]] = [
    (UserProfile.key("u"), {"id": "u", "email": "a@b.co"}, {"email": "a@b.co", "created_at": THEN, "created_ms": THEN}),
    (
        UserProfile.key("u"),
        {"userId": "u", "email": "a@b.co", "role": "admin", "createdAt": 5, "photoURL": "https://b.co/a"},
        {"id": "u", "created_at": 5, "photo_url": "https://b.co/a"},
    ),
    (
        RealEstateAgentProfile.key("u", "main"),
        {"certifications": "CRS, GRI", "yearsOfExperience": "12", "phone": None, "somethingNew": 1},
        {"certifications": ["CRS", "GRI"], "years_of_experience": 12, "name": "", "phone": None, "id": "main"},
    ),
    (
        RealEstateAgentProfile.key("u", "main"),
        {"name": "Ada", "bio": "", "yearsOfExperience": "many"},
        {"years_of_experience": None, "user_id": "u"},
    ),
    (
        Review.key("a", "r"),
        {"userId": "a", "author": {"name": "Eve"}, "source": "Zillow", "rating": 4.5, "comment": "", "date": FIRESTORE},
        {"agent_id": "a", "id": "r", "rating": Decimal("4.5"), "date": MOMENT},
    ),
    (
        BrandAudit.key("u", "main"),
        {"results": [{"platform": "Yelp", "status": "Not Found"}], "lastRun": "2023-11-14T22:13:20.000Z"},
        {"last_run": MOMENT, "id": "main"},
    ),
    (
        Competitor.key("u", "c"),
        {"name": "x", "website": "x.co", "description": "d", "createdAt": "2023-11-14T22:13:20Z"},
        {"agency": "", "review_count": 0, "created_at": MOMENT, "website": "x.co"},
    ),
    (
        Competitor.key("u", "c"),
        {"id": "c", "name": "x", "agency": "a", "reviewCount": 7, "avgRating": 4.5, "socialFollowers": 1,
         "domainAuthority": 20, "isYou": False},
        {"review_count": 7, "avg_rating": Decimal("4.5")},
    ),
    (
        ResearchReport.key("u", "1700000000123"),
        {"topic": "t", "report": "r", "createdAt": {"_seconds": 1_700_000_000, "_nanoseconds": 0}},
        {"created_at": MOMENT, "citations": [], "id": "1700000000123"},
    ),
    (Project.key("u", "p"), {"name": "x", "createdAt": "2023-11-14T22:13:20.000Z"}, {"id": "p", "created_at": MOMENT}),
    (
        SavedContent.key("u", "c"),
        {"id": "c", "type": "post", "content": "x", "createdAt": FIRESTORE, "projectId": None},
        {"project_id": None, "created_at": MOMENT},
    ),
    (
        TrainingProgress.key("u", "m"),
        {"moduleId": "m", "completed": True, "completedAt": None},
        {"id": "m", "completed": True, "completed_at": None},
    ),
    (
        MarketingPlan.key("u", "p"),
        {"id": "p", "steps": [{"task": "a", "rationale": "b", "tool": "c", "toolLink": "/x"}], "createdAt": FIRESTORE},
        {"plan": [PlanTask("a", "b", "c", "/x")], "created_at": MOMENT},
    ),
    (
        MarketingPlan.key("u", "p"),
        {"plan": "do this", "name": "n", "createdAt": "2023-11-14T22:13:20Z"},
        {"plan": [PlanTask("do this", "", "")], "name": "n"},
    ),
    (
        ReviewAnalysis.key("u", "main"),
        {"id": "main", "overallSentiment": "Mixed", "summary": "s", "keywords": ["k"], "commonThemes": [],
         "analyzedAt": "2023-11-14T22:13:20Z"},
        {"analyzed_at": MOMENT, "keywords": ["k"]},
    ),
    (
        OAuthToken.key("u", "GOOGLE_BUSINESS"),
        {"agentProfileId": "main", "accessToken": "a", "refreshToken": "r", "expiresAt": 9, "scope": "s"},
        {"provider": "GOOGLE_BUSINESS", "expiry_date": 9, "access_token": "a", "agent_profile_id": "main"},
    ),
]  # fmt: skip


def test_shapes_of_every_kind_are_read() -> None:
    assert {definition.cls for key, _, _ in SHAPES for definition in [key.definition]} == set(ENTITIES)


@pytest.mark.parametrize(("key", "data", "expected"), SHAPES)
@pytest.mark.parametrize("envelope", [True, False])
def test_an_item_of_before_is_read_changed_and_read_again(
    db: Database, key: Key[Any], data: dict[str, Any], expected: dict[str, Any], envelope: bool
) -> None:
    name = key.definition.name
    beside = {"EntityType": name, "CreatedAt": THEN, "UpdatedAt": THEN} if envelope else {}
    plant(db, key.wire["PK"]["S"], key.wire["SK"]["S"], data, **beside)
    before = db.get(key)
    if not envelope:
        expected = {each: value for each, value in expected.items() if value != THEN}
        assert isinstance(before.created_ms, int)
    assert {each: getattr(before, each) for each in expected} == expected
    db.put(before)
    again = db.get(key)
    assert {each: getattr(again, each) for each in expected} == expected
    assert (again.revision, again.created_ms) == (1, before.created_ms)
    assert kept(db, key)["_v"] == {"N": "2"}


@pytest.mark.parametrize(("key", "data", "expected"), SHAPES)
@pytest.mark.parametrize("seen", [True, False])
def test_a_change_of_an_item_of_before_brings_all_of_it_forward(
    db: Database, key: Key[Any], data: dict[str, Any], expected: dict[str, Any], seen: bool
) -> None:
    plant(db, key.wire["PK"]["S"], key.wire["SK"]["S"], data, CreatedAt=THEN, UpdatedAt=THEN)
    before = db.get(key)
    definition = key.definition
    free = (
        name
        for name, attribute in definition.attributes.items()
        if attribute.role is None and name not in definition.key_sources and getattr(before, name) is not None
    )
    name = next(free)
    changed = db.update(before if seen else key, definition.path(name).set(getattr(before, name)))
    assert changed.revision == 1
    assert {each: getattr(changed, each) for each in expected} == expected
    for path in definition_of(changed).paths.values():
        made_of = [getattr(changed, source.name) for source in path.sources]
        assert {part.attribute.name in kept(db, key) for part in path.derived} == {None not in made_of}


def test_a_service_of_before_may_replace_what_was_brought_forward(db: Database) -> None:
    plant(db, "USER#u", "PLAN#p", {"steps": [{"task": "a"}], "createdAt": FIRESTORE}, EntityType="MarketingPlan")
    db.put(db.get(MarketingPlan.key("u", "p")))  # type: ignore[type-var]
    plant(db, "USER#u", "PLAN#p", {"plan": [{"task": "b"}], "createdAt": FIRESTORE}, EntityType="MarketingPlan")
    found = db.get(MarketingPlan.key("u", "p"))
    assert found is not None
    assert ([step.task for step in found.plan], found.revision) == (["b"], 0)


def test_two_names_of_one_kind_are_one_kind(db: Database) -> None:
    plant(db, "USER#u", "PROFILE", {"email": "a@b.co"}, EntityType="Profile")
    plant(db, "USER#u", "TRAINING#m", {"moduleId": "m", "completed": True}, EntityType="LearningProgress")
    assert isinstance(db.get(UserProfile.key("u")), UserProfile)
    assert [each.id for each in db.query(TrainingProgress.key.partition("u"))] == ["m"]


def test_a_report_that_has_its_fields_beside_the_envelope_is_read(db: Database) -> None:
    plant(db, "USER#u", "REPORT#1", None, title="t", content="r", status="done", source="agent")
    found = db.get(ResearchReport.key("u", "1"))
    assert found is not None
    assert (found.topic, found.report, found.created_at) == ("t", "r", datetime(1970, 1, 1, tzinfo=UTC))


UNCHECKED: list[tuple[Key[Any], dict[str, Any], str, Any]] = [
    (UserProfile.key("u"), {"email": "a@b.co", "photoURL": "no picture"}, "photoURL", "photo_url"),
    (RealEstateAgentProfile.key("u", "main"), {"zillowEmail": "ask me"}, "zillowEmail", "zillow_email"),
    (
        RealEstateAgentProfile.key("u", "main"),
        {"websiteOptimizationScore": 120},
        "websiteOptimizationScore",
        "website_optimization_score",
    ),
    (
        Review.key("a", "r"),
        {"author": {"name": "x"}, "source": "Yelp", "rating": 5, "date": FIRESTORE, "avatarUrl": "x y"},
        "avatarUrl",
        "avatar_url",
    ),
    (ResearchReport.key("u", "r"), {"topic": "t", "report": "r", "citations": ["Zillow, 2024"]}, "citations", None),
    (ResearchReport.key("u", "r"), {"topic": "t", "report": "r", "createdAt": "last spring"}, "createdAt", None),
    (
        RealEstateAgentProfile.key("u", "main"),
        {"yearsOfExperience": "many"},
        "yearsOfExperience",
        "years_of_experience",
    ),
    (RealEstateAgentProfile.key("u", "main"), {"domainAuthority": "NaN"}, "domainAuthority", "domain_authority"),
]


@pytest.mark.parametrize(("key", "data", "name", "attribute"), UNCHECKED)
def test_a_value_that_was_never_checked_is_set_aside_and_never_lost(
    db: Database, key: Key[Any], data: dict[str, Any], name: str, attribute: str | None
) -> None:
    plant(db, key.wire["PK"]["S"], key.wire["SK"]["S"], data)
    read = db.get(key)
    if attribute is not None:
        assert getattr(read, attribute) is None
    db.put(read)
    assert to_plain(kept(db, key)["Data"])["unchecked"] == {name: to_plain(wire(data[name]))}


def test_a_link_that_was_never_checked_is_set_aside_within_its_step(db: Database) -> None:
    plant(db, "USER#u", "PLAN#p", {"steps": [{"task": "a", "toolLink": "Google Ads"}], "createdAt": FIRESTORE})
    found = {"platform": "Yelp", "status": "Consistent", "platformUrl": "N/A here"}
    plant(db, "USER#u", "AUDIT#main", {"results": [found], "lastRun": FIRESTORE})
    plan, audit = db.get(MarketingPlan.key("u", "p")), db.get(BrandAudit.key("u", "main"))
    assert plan is not None
    assert audit is not None
    assert (plan.plan[0].tool_link, audit.results[0].platform_url) == ("", None)
    db.put(plan)
    assert to_plain(kept(db, plan.key)["Data"])["plan"][0]["unchecked"] == {"toolLink": "Google Ads"}


@pytest.mark.parametrize("empty", ["photoURL", "zillowEmail"])
def test_a_form_that_was_not_filled_in_does_not_hide_a_profile(db: Database, empty: str) -> None:
    key = RealEstateAgentProfile.key("u", "main")
    db.create(RealEstateAgentProfile(user_id="u", name="Ada"))
    update = {"TableName": coagent.name, "Key": key.wire, "UpdateExpression": f"SET #d.{empty} = :v"}
    words = {"ExpressionAttributeNames": {"#d": "Data"}, "ExpressionAttributeValues": {":v": {"S": ""}}}
    db.run(Raw("UpdateItem", {**update, **words}))
    found = db.get(key)
    assert found is not None
    assert found.name == "Ada"


def test_a_payload_that_was_written_as_text_is_read(db: Database) -> None:
    item = {"PK": "USER#u", "SK": "PROJECT#p", "Data": '{"name": "x", "createdAt": "2023-11-14T22:13:20Z"}'}
    wired = {name: wire(value) for name, value in item.items()}
    db.run(Raw("PutItem", {"TableName": coagent.name, "Item": wired}))
    found = db.get(Project.key("u", "p"))
    assert found is not None
    assert (found.name, found.created_at) == ("x", MOMENT)


def test_fields_that_nobody_declared_stay(db: Database) -> None:
    plant(db, "USER#u", "PROJECT#p", {"name": "x", "createdAt": FIRESTORE, "colour": "red"}, Note="beside")
    db.update(Project.key("u", "p"), Project.name.set("y"))
    data = kept(db, Project.key("u", "p"))["Data"]["M"]
    assert (data["colour"], data["name"]) == ({"S": "red"}, {"S": "y"})


def test_a_field_cannot_pose_as_a_key(db: Database) -> None:
    plant(db, "USER#u", "PROJECT#p", {"name": "x", "createdAt": FIRESTORE, "PK": "USER#v", "SK": "PROFILE"})
    changed = db.update(Project.key("u", "p"), Project.name.set("y"))
    assert (changed.user_id, changed.key) == ("u", Project.key("u", "p"))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"status": "Perhaps", "platform": "Yelp"}, "AuditStatus"),
        ({"status": "Consistent", "platform": 7}, r"results\[0\]\.platform"),
    ],
)
def test_what_is_stored_and_cannot_be_is_told_when_it_is_read(db: Database, data: dict[str, Any], words: str) -> None:
    plant(db, "USER#u", "AUDIT#main", {"results": [data], "lastRun": FIRESTORE})
    with pytest.raises(InvalidValue, match=words):
        db.get(BrandAudit.key("u", "main"))
