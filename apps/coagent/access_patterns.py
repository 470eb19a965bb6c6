"""What the application reads and writes, and how often: `dynalayer check coagent.access_patterns`.

The rates are those of a busy hour of 50,000 accounts, 1,000 of them at work: each opens the dashboard every five
minutes, looks at two lists, saves something every ten, and is asked for a token of a provider once an hour.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from coagent.entities import (
    Author,
    BrandAudit,
    Competitor,
    MarketingPlan,
    OAuthToken,
    PlanTask,
    Population,
    Project,
    RealEstateAgentProfile,
    ResearchReport,
    Review,
    ReviewAnalysis,
    Role,
    SavedContent,
    Source,
    TrainingProgress,
    UserProfile,
)
from coagent.entities.stored import Stored
from dynalayer import (
    Accepted,
    AccessPattern,
    BatchWrite,
    Create,
    Delete,
    Get,
    Transaction,
    Update,
    any_,
)

AT_WORK: Final = 1_000
OPENED: Final = AT_WORK / 300
LOOKED: Final = 2 * OPENED
SAVED: Final = AT_WORK / 600
RARE: Final = 0.01
BYTES: Final = {
    "contents": 4_000,
    "reports": 8_000,
    "plans": 1_500,
    "reviews": 700,
    "competitors": 500,
    "analysis": 2_000,
}
PER_USER: Final = {"contents": 200, "reports": 20, "projects": 10, "plans": 10, "reviews": 100, "competitors": 10}

_moment = datetime(2026, 1, 1, tzinfo=UTC)
_user = any_(str)
_profile = UserProfile.key(any_(str))
_agent = RealEstateAgentProfile.key(any_(str), any_(str))
_content = SavedContent.key(any_(str), any_(str))
_project = Project.key(any_(str), any_(str))
_token = OAuthToken.key(any_(str), any_(str))
_population = Population.key("users")
_review = Review(
    agent_id=any_(str), id=any_(str), author=Author(any_(str)), source=Source.google, rating=Decimal(5), comment="x",
    date=_moment,
)  # fmt: skip
_competitor = Competitor(
    user_id=any_(str), id=any_(str), name=any_(str), agency=any_(str), review_count=1, avg_rating=Decimal(4),
    social_followers=1, domain_authority=Decimal(1),
)  # fmt: skip
_plan = MarketingPlan(user_id=any_(str), id=any_(str), plan=[PlanTask("task", "rationale", "tool")], created_at=_moment)
_report = ResearchReport(user_id=any_(str), id=any_(str), topic=any_(str), report=any_(str), created_at=_moment)
_signed_up = UserProfile(id=any_(str), email="someone@example.org", created_at=1)

PEOPLE: Final = (
    AccessPattern("an account", Get(_profile, True), per_second=OPENED),
    AccessPattern(
        "the first account is made, a superadmin's",
        Transaction((Create(_signed_up), Create(Population(users=1)))),
    ),
    AccessPattern(
        "an account is made",
        Transaction((Create(_signed_up), Update(_population, (Population.users.add(1),)))),
        per_second=RARE,
    ),
    AccessPattern(
        "an account is changed",
        Update(
            _profile,
            (
                UserProfile.email.set("someone@example.org"),
                UserProfile.display_name.set(any_(str)),
                UserProfile.photo_url.set("https://example.org/a"),
                UserProfile.given_name.set(any_(str)),
                UserProfile.family_name.set(any_(str)),
                UserProfile.updated_at.set(1),
            ),
        ),
        per_second=RARE,
    ),
    AccessPattern(
        "a role is given",
        Update(
            _profile,
            (
                UserProfile.role.set(Role.admin),
                UserProfile.role_assigned_at.set(1),
                UserProfile.role_assigned_by.set(any_(str)),
            ),
        ),
    ),
    AccessPattern("all accounts, newest first, for administrators", UserProfile.newest(1).descending(), items=50),
    AccessPattern("how many accounts there are", Get(_population, True), per_second=RARE),
    AccessPattern("the profile of an agent", Get(_agent), per_second=OPENED),
    AccessPattern("the profile of an agent, as it was last written", Get(_agent, True), per_second=SAVED),
    AccessPattern("the profile of an agent is made", Create(any_(RealEstateAgentProfile)), per_second=RARE),
)

REPUTATION: Final = (
    AccessPattern(
        "the reviews of an agent, newest first",
        Review.newest(_user).descending(),
        items=100,
        per_second=OPENED,
        item_bytes=BYTES["reviews"],
    ),
    AccessPattern(
        "the three newest reviews of an agent",
        Review.newest(_user).descending().limit(3),
        items=3,
        per_second=OPENED,
        item_bytes=BYTES["reviews"],
    ),
    AccessPattern("a review by its id", Review.by_id(any_(str)), items=1, per_second=RARE, item_bytes=BYTES["reviews"]),
    AccessPattern(
        "a review of one's own",
        Get(Review.key(any_(str), any_(str)), True),
        per_second=RARE,
        item_bytes=BYTES["reviews"],
    ),
    AccessPattern("a review is kept", Create(_review), per_second=RARE, item_bytes=BYTES["reviews"]),
    AccessPattern(
        "a review is deleted", Delete(Review.key(any_(str), any_(str))), per_second=RARE, item_bytes=BYTES["reviews"]
    ),
    AccessPattern(
        "what the reviews amount to",
        Get(ReviewAnalysis.key(any_(str), any_(str))),
        per_second=OPENED,
        item_bytes=BYTES["analysis"],
    ),
    AccessPattern("the last look at the brand", Get(BrandAudit.key(any_(str), any_(str))), per_second=OPENED),
    AccessPattern(
        "earlier looks at the brand, newest first", BrandAudit.newest(_user).descending(), items=10, per_second=RARE
    ),
    AccessPattern(
        "the competitors, those with most reviews first",
        Competitor.by_reviews(_user).descending(),
        items=PER_USER["competitors"],
        per_second=OPENED,
        item_bytes=BYTES["competitors"],
    ),
    AccessPattern(
        "one competitor", Get(Competitor.key(any_(str), any_(str))), per_second=RARE, item_bytes=BYTES["competitors"]
    ),
    AccessPattern("a competitor is added", Create(_competitor), per_second=RARE, item_bytes=BYTES["competitors"]),
    AccessPattern(
        "a competitor is deleted",
        Delete(Competitor.key(any_(str), any_(str))),
        per_second=RARE,
        item_bytes=BYTES["competitors"],
    ),
)

WORK: Final = (
    AccessPattern(
        "the reports, newest first",
        ResearchReport.newest(_user).descending(),
        items=PER_USER["reports"],
        per_second=LOOKED / 4,
        item_bytes=BYTES["reports"],
    ),
    AccessPattern(
        "one report", Get(ResearchReport.key(any_(str), any_(str))), per_second=LOOKED / 4, item_bytes=BYTES["reports"]
    ),
    AccessPattern("a report is kept", Create(_report), per_second=SAVED / 4, item_bytes=BYTES["reports"]),
    AccessPattern(
        "a report is deleted",
        Delete(ResearchReport.key(any_(str), any_(str))),
        per_second=RARE,
        item_bytes=BYTES["reports"],
    ),
    AccessPattern(
        "the projects, newest first",
        Project.newest(_user).descending(),
        items=PER_USER["projects"],
        per_second=LOOKED / 4,
    ),
    AccessPattern("one project", Get(_project, True), per_second=LOOKED / 4),
    AccessPattern("a project is made", Create(any_(Project)), per_second=RARE),
    AccessPattern(
        "the contents, newest first",
        SavedContent.newest(_user).descending(),
        items=PER_USER["contents"],
        per_second=LOOKED / 4,
        item_bytes=BYTES["contents"],
    ),
    AccessPattern(
        "the contents of a project, newest first",
        SavedContent.of_project(_user, any_(str)).descending(),
        items=PER_USER["contents"] // PER_USER["projects"],
        per_second=LOOKED / 4,
        item_bytes=BYTES["contents"],
    ),
    AccessPattern("one content", Get(_content, True), per_second=LOOKED / 4, item_bytes=BYTES["contents"]),
    AccessPattern("a content is kept", Create(any_(SavedContent)), per_second=SAVED / 4, item_bytes=BYTES["contents"]),
    AccessPattern(
        "the plans, newest first",
        MarketingPlan.newest(_user).descending(),
        items=10,
        per_second=OPENED,
        item_bytes=BYTES["plans"],
    ),
    AccessPattern(
        "the newest plan",
        MarketingPlan.newest(_user).descending().limit(1),
        items=1,
        per_second=OPENED,
        item_bytes=BYTES["plans"],
    ),
    AccessPattern("one plan", Get(MarketingPlan.key(any_(str), any_(str))), per_second=RARE, item_bytes=BYTES["plans"]),
    AccessPattern("a plan is kept", Create(_plan), per_second=SAVED / 4, item_bytes=BYTES["plans"]),
    AccessPattern("the training of a user", TrainingProgress.key.partition(_user), items=30, per_second=OPENED),
)

TOKENS: Final = (
    AccessPattern("the token of a provider", Get(_token, True), per_second=AT_WORK / 3600),
    AccessPattern("the tokens of a user", OAuthToken.key.partition(_user), items=1, per_second=RARE),
    AccessPattern("a token is taken back", Delete(_token), per_second=RARE),
)

EVERYTHING: Final = (
    AccessPattern(
        "all in one partition of a user",
        Stored.key.partition(any_(str)),
        items=400,
        per_second=RARE,
        item_bytes=BYTES["contents"],
    ),
    AccessPattern(
        "all that an index finds of a user",
        Stored.by_owner(any_(str)),
        items=300,
        per_second=RARE,
        item_bytes=BYTES["contents"],
    ),
    AccessPattern(
        "a part of an account goes",
        BatchWrite((Stored.key(any_(str), any_(str)),)),
        items=25,
        per_second=RARE,
        item_bytes=BYTES["contents"],
    ),
)

ACCEPTED: Final = (Accepted("overlap", "Stored", "any item by its raw keys, for the export and the end of accounts"),)
