"""Reviews and what they amount to, looks at the brand, competitors."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from coagent.access_patterns.rates import (
    ANALYSIS_BYTES,
    COMPETITOR_BYTES,
    COMPETITORS,
    MOMENT,
    OPENED,
    RARE,
    REVIEW_BYTES,
    REVIEWS,
    URL,
)
from coagent.entities import (
    AuditResult,
    AuditStatus,
    Author,
    BrandAudit,
    Competitor,
    Review,
    ReviewAnalysis,
    Sentiment,
    Source,
)
from dynalayer import AccessPattern, Change, Create, Delete, Get, Put, Transaction, Update, any_

_user = any_(str)
_one = Review.key(any_(str), any_(str))
_review = Review(
    agent_id=any_(str),
    id=any_(str),
    author=Author(any_(str)),
    source=Source.google,
    rating=Decimal(5),
    comment=any_(str),
    date=MOMENT,
    avatar_url=URL,
    imported_at=MOMENT,
)
_analysis = ReviewAnalysis.key(any_(str), any_(str))
_analysed: tuple[Change[ReviewAnalysis], ...] = (
    ReviewAnalysis.overall_sentiment.set(Sentiment.mixed),
    ReviewAnalysis.summary.set(any_(str)),
    ReviewAnalysis.keywords.set([any_(str)]),
    ReviewAnalysis.common_themes.set([any_(str)]),
    ReviewAnalysis.analyzed_at.set(MOMENT),
)
_audit = BrandAudit.key(any_(str), any_(str))
_results = [AuditResult("Google", AuditStatus.consistent)]
_kept = BrandAudit(user_id=any_(str), id=any_(str), results=_results, last_run=MOMENT)
_audited = Update(_audit, (BrandAudit.results.set(_results), BrandAudit.last_run.set(MOMENT)), upsert=True)
_rival = Competitor.key(any_(str), any_(str))
_competitor = Competitor(
    user_id=any_(str),
    id=any_(str),
    name=any_(str),
    agency=any_(str),
    review_count=1,
    avg_rating=Decimal(4),
    social_followers=1,
    domain_authority=Decimal(1),
    website=any_(str),
    description=any_(str),
    created_at=MOMENT,
)
_told: tuple[Change[Competitor], ...] = (
    Competitor.name.set(any_(str)),
    Competitor.agency.set(any_(str)),
    Competitor.review_count.set(1),
    Competitor.avg_rating.set(Decimal(4)),
    Competitor.social_followers.set(1),
    Competitor.domain_authority.set(Decimal(1)),
    Competitor.website.set(any_(str)),
    Competitor.description.set(any_(str)),
    Competitor.updated_at.set(MOMENT),
)

REPUTATION: Final = (
    AccessPattern(
        "the reviews of an agent, newest first",
        Review.newest(_user).descending(),
        items=REVIEWS,
        per_second=OPENED,
        item_bytes=REVIEW_BYTES,
    ),
    AccessPattern(
        "the three newest reviews of an agent",
        Review.newest(_user).descending().limit(3),
        items=3,
        per_second=OPENED,
        item_bytes=REVIEW_BYTES,
    ),
    AccessPattern(
        "a review by its id alone", Review.by_id(any_(str)), items=1, per_second=RARE, item_bytes=REVIEW_BYTES
    ),
    AccessPattern("a review of one's own", Get(_one, True), per_second=RARE, item_bytes=REVIEW_BYTES),
    AccessPattern("a review is kept", Create(_review), per_second=RARE, item_bytes=REVIEW_BYTES),
    AccessPattern("a review is deleted", Delete(_one), per_second=RARE, item_bytes=REVIEW_BYTES),
    AccessPattern("what the reviews amount to", Get(_analysis, True), per_second=OPENED, item_bytes=ANALYSIS_BYTES),
    AccessPattern(
        "what the reviews amount to is made or replaced",
        Update(_analysis, _analysed, upsert=True),
        per_second=RARE,
        item_bytes=ANALYSIS_BYTES,
    ),
    AccessPattern("the last look at the brand", Get(_audit, True), per_second=OPENED),
    AccessPattern("the last look at the brand is made or replaced", _audited, per_second=RARE),
    AccessPattern(
        "the last look at the brand is made and kept", Transaction((_audited, Create(_kept))), per_second=RARE
    ),
    AccessPattern("a look at the brand that the service of before left is adopted", Put(_kept)),
    AccessPattern(
        "looks at the brand that were kept, newest first",
        BrandAudit.newest(_user).descending().where(BrandAudit.id != "main"),
        items=10,
        keeps=0.9,
        per_second=RARE,
    ),
    AccessPattern(
        "the competitors, those with most reviews first",
        Competitor.by_reviews(_user).descending(),
        items=COMPETITORS,
        per_second=OPENED,
        item_bytes=COMPETITOR_BYTES,
    ),
    AccessPattern("one competitor", Get(_rival, True), per_second=RARE, item_bytes=COMPETITOR_BYTES),
    AccessPattern("a competitor is added", Create(_competitor), per_second=RARE, item_bytes=COMPETITOR_BYTES),
    AccessPattern("a competitor is changed", Update(_rival, _told), per_second=RARE, item_bytes=COMPETITOR_BYTES),
    AccessPattern("a competitor is deleted", Delete(_rival), per_second=RARE, item_bytes=COMPETITOR_BYTES),
)
