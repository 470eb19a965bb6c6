"""What others say of a user: reviews, what they amount to, looks at the brand, competitors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from coagent.entities import (
    MAIN,
    AuditResult,
    Author,
    BrandAudit,
    Competitor,
    Review,
    ReviewAnalysis,
    Sentiment,
    Source,
)
from coagent.workspace.context import Context
from coagent.workspace.errors import NotFound
from coagent.workspace.listing import Listing
from dynalayer import Change, Create, Key, Update

RECENT: Final = timedelta(days=30)


@dataclass(frozen=True)
class ReviewSummary:
    """Reviews in figures; the average is None where there are none."""

    count: int
    average: Decimal | None
    recent: int
    by_source: dict[Source, int]


def summary(reviews: Sequence[Review], now: datetime) -> ReviewSummary:
    """How many there are, how good, how many of the last 30 days, and from where."""
    average = sum((review.rating for review in reviews), Decimal(0)) / len(reviews) if reviews else None
    recent = sum(review.date > now - RECENT for review in reviews)
    return ReviewSummary(len(reviews), average, recent, dict(Counter(review.source for review in reviews)))


class Reviews:
    """The reviews of the agent that the user is."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def newest_first(self) -> Listing[Review]:
        """All of them, by their date."""
        return Listing(self._context.database, Review.newest(self._context.user_id).descending())

    async def summary(self) -> ReviewSummary:
        """All of them in figures; reads all."""
        return summary(await self.newest_first().all(), self._context.now)

    async def get(self, review_id: str) -> Review:
        """One of them; raises `NotFound`, also for the review of another agent."""
        return await self._context.find(Review.key(self._context.user_id, review_id), consistent=True)

    async def add(
        self,
        *,
        author: str,
        source: Source,
        rating: Decimal,
        comment: str,
        date: datetime,
        avatar_url: str | None = None,
        review_id: str | None = None,
    ) -> Review:
        """Keep a review; raises `AlreadyThere`, and `InvalidValue` for a rating that is not from 1 to 5."""
        review = Review(
            agent_id=self._context.user_id,
            id=self._context.new_id() if review_id is None else review_id,
            author=Author(author),
            source=source,
            rating=rating,
            comment=comment,
            date=date,
            avatar_url=avatar_url,
            imported_at=self._context.now,
        )
        return await self._context.create(review)

    async def delete(self, review_id: str) -> None:
        """Delete one by its id; raises `NotFound` for one that is not there or another agent's."""
        if await self._context.database.delete(Review.key(self._context.user_id, review_id)) is None:
            raise NotFound("Review")


class Analysis:
    """What the reviews amount to: one analysis, `main`."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._key = ReviewAnalysis.key(context.user_id, MAIN)

    async def get(self) -> ReviewAnalysis | None:
        """The last one; None if there is none yet."""
        return await self._context.database.get(self._key, consistent=True)

    async def save(
        self, *, sentiment: Sentiment, summary: str, keywords: Iterable[str] = (), common_themes: Iterable[str] = ()
    ) -> ReviewAnalysis:
        """Replace it in one write, or make it: of two at the same time one is kept whole."""
        kind = ReviewAnalysis
        return await self._context.database.update(
            self._key,
            kind.overall_sentiment.set(sentiment),
            kind.summary.set(summary),
            kind.keywords.set(list(keywords)),
            kind.common_themes.set(list(common_themes)),
            kind.analyzed_at.set(self._context.now),
            upsert=True,
        )


class Audits:
    """Looks at how the brand appears."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._key = BrandAudit.key(context.user_id, MAIN)

    async def latest(self) -> BrandAudit | None:
        """The last one; None if there is none yet."""
        return await self._context.database.get(self._key, consistent=True)

    async def save(self, results: Sequence[AuditResult], *, keep: bool = False) -> BrandAudit:
        """Replace the last one in one write, or make it; with `keep` it stays in the history as well."""
        now, database = self._context.now, self._context.database
        last = Update(self._key, (BrandAudit.results.set(list(results)), BrandAudit.last_run.set(now)), upsert=True)
        if not keep:
            return await database.run(last)
        user_id, audit_id = self._context.user_id, self._context.new_id()
        kept = BrandAudit(user_id=user_id, id=audit_id, results=list(results), last_run=now)
        await database.transact(last, Create(kept))
        return await self._context.find(self._key, consistent=True)

    def history(self) -> Listing[BrandAudit]:
        """Those that were kept, newest first."""
        looks = BrandAudit.newest(self._context.user_id).descending().where(BrandAudit.id != MAIN)
        return Listing(self._context.database, looks)


class Competitors:
    """Other agents that the user watches."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def _key_of(self, competitor_id: str) -> Key[Competitor]:
        return Competitor.key(self._context.user_id, competitor_id)

    def most_reviewed_first(self) -> Listing[Competitor]:
        """All of them, by the number of their reviews."""
        return Listing(self._context.database, Competitor.by_reviews(self._context.user_id).descending())

    async def get(self, competitor_id: str) -> Competitor:
        """One of them; raises `NotFound`."""
        return await self._context.find(self._key_of(competitor_id), consistent=True)

    async def add(
        self,
        *,
        name: str,
        agency: str,
        review_count: int,
        avg_rating: Decimal,
        social_followers: int,
        domain_authority: Decimal,
        website: str | None = None,
        description: str | None = None,
        competitor_id: str | None = None,
    ) -> Competitor:
        """Watch another one; raises `AlreadyThere`, and `InvalidValue` for figures that cannot be."""
        competitor = Competitor(
            user_id=self._context.user_id,
            id=self._context.new_id() if competitor_id is None else competitor_id,
            name=name,
            agency=agency,
            review_count=review_count,
            avg_rating=avg_rating,
            social_followers=social_followers,
            domain_authority=domain_authority,
            website=website,
            description=description,
            created_at=self._context.now,
        )
        return await self._context.create(competitor)

    async def change(self, competitor_id: str, *changes: Change[Competitor], revision: int | None = None) -> Competitor:
        """Change a part; raises `NotFound`, and `ChangedMeanwhile` if it is not at the revision given."""
        stamped = (*changes, Competitor.updated_at.set(self._context.now)) if changes else ()
        return await self._context.change(self._key_of(competitor_id), stamped, Competitor.revision, revision)

    async def delete(self, competitor_id: str) -> None:
        """Watch one no more; raises `NotFound`."""
        if await self._context.database.delete(self._key_of(competitor_id)) is None:
            raise NotFound("Competitor")
