"""Any valid item of each of the twelve kinds."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from coagent.entities import (
    AuditResult,
    AuditStatus,
    Author,
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
    Role,
    SavedContent,
    Sentiment,
    Source,
    TrainingProgress,
    UserProfile,
)
from hypothesis import strategies as st

from dynalayer import Entity

HOSTILE = [
    "#",
    "$",
    "USER#eve",
    "eve",
    "ada",
    "ada#PROJECT#p",
    "PROFILE",
    "\0",
    "\uffff",
    "é",
    "..",
    "/",
    ":",
    " ",
    "~",
]
"""What would lead elsewhere if ids were put into keys as they are."""

texts = st.text(max_size=20)
ids = st.one_of(
    st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=4).map("".join), st.text(min_size=1, max_size=12)
)
moments = st.datetimes(datetime(1970, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC))
uris = st.sampled_from(["https://example.org/a", "http://x.co", "gs://bucket/é", "mailto:a@b.co"])
emails = st.sampled_from(["a@b.co", "ada.lovelace+x@example.org"])
counts = st.integers(0, 2**53 - 1)
whole = st.integers(-(2**53) + 1, 2**53 - 1)
keys = st.text(min_size=1, max_size=8) | st.sampled_from(["a.b", "a b", "name", "Data", "status"])
plain: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | whole | texts | st.just(Decimal("0.5")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)


def numbers(low: int, high: int) -> st.SearchStrategy[Decimal]:
    return st.decimals(low, high, places=2, allow_nan=False, allow_infinity=False)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


results = st.builds(
    AuditResult, texts, st.sampled_from(AuditStatus), maybe(uris), maybe(texts), maybe(texts), maybe(texts)
)
steps = st.builds(PlanTask, texts, texts, texts, st.sampled_from(["", "/a", "https://x.co"]), maybe(st.booleans()))

KINDS: dict[type[Entity], st.SearchStrategy[Any]] = {
    UserProfile: st.builds(
        UserProfile, id=ids, email=emails, display_name=maybe(texts), photo_url=maybe(uris), given_name=maybe(texts),
        family_name=maybe(texts), role=st.sampled_from(Role), role_assigned_at=maybe(counts),
        role_assigned_by=maybe(texts), created_at=counts, updated_at=maybe(counts),
    ),
    RealEstateAgentProfile: st.builds(
        RealEstateAgentProfile, user_id=ids, id=ids, name=texts, bio=texts, photo_url=maybe(uris),
        licenses=st.lists(texts, max_size=3), certifications=st.lists(texts, max_size=3),
        years_of_experience=maybe(numbers(0, 80)), transaction_history=maybe(numbers(0, 9999)),
        zillow_email=maybe(emails), phone=maybe(texts), website_optimization_score=maybe(numbers(0, 100)),
        website_optimization_analyzed_at=maybe(moments), linkedin=maybe(texts), admin_since=maybe(texts),
    ),
    Review: st.builds(
        Review, agent_id=ids, id=ids, author=st.builds(Author, texts), source=st.sampled_from(Source),
        rating=numbers(1, 5), comment=texts, date=moments, avatar_url=maybe(uris), imported_at=maybe(moments),
    ),
    BrandAudit: st.builds(
        BrandAudit, user_id=ids, id=ids, results=st.lists(results, max_size=3), last_run=moments
    ),
    Competitor: st.builds(
        Competitor, user_id=ids, id=ids, name=texts, agency=texts, review_count=counts, avg_rating=numbers(0, 5),
        social_followers=counts, domain_authority=numbers(0, 100), website=maybe(texts), description=maybe(texts),
        created_at=maybe(moments), updated_at=maybe(moments),
    ),
    ResearchReport: st.builds(
        ResearchReport, user_id=ids, id=ids, topic=texts, report=texts, created_at=moments,
        citations=st.lists(uris, max_size=3), summary=maybe(texts), type=maybe(texts), profile_id=maybe(texts),
    ),
    Project: st.builds(Project, user_id=ids, id=ids, name=texts, created_at=moments, deleting_since=maybe(counts)),
    SavedContent: st.builds(
        SavedContent, user_id=ids, id=ids, type=texts, content=texts, created_at=moments, name=maybe(texts),
        project_id=maybe(ids), title=maybe(texts), content_size=maybe(counts), header_image=maybe(texts),
        meta_description=maybe(texts), metadata=maybe(st.dictionaries(keys, plain, max_size=3)),
    ),
    TrainingProgress: st.builds(
        TrainingProgress, user_id=ids, id=ids, completed=st.booleans(), completed_at=maybe(moments)
    ),
    MarketingPlan: st.builds(
        MarketingPlan, user_id=ids, id=ids, plan=st.lists(steps, max_size=3), created_at=moments, name=maybe(texts)
    ),
    ReviewAnalysis: st.builds(
        ReviewAnalysis, user_id=ids, id=ids, overall_sentiment=st.sampled_from(Sentiment), summary=texts,
        keywords=st.lists(texts, max_size=3), common_themes=st.lists(texts, max_size=3), analyzed_at=moments,
    ),
    OAuthToken: st.builds(
        OAuthToken, user_id=ids, provider=ids, access_token=texts, refresh_token=texts, expiry_date=counts,
        agent_profile_id=maybe(texts), scope=maybe(texts), token_type=maybe(texts), refreshing_until=maybe(counts),
        ttl=st.none() | st.integers(4_000_000_000, 5_000_000_000),
    ),
}  # fmt: skip
