"""What is shown of a user at a glance: the dashboard, and what was made last."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from coagent.entities import (
    BrandAudit,
    Competitor,
    MarketingPlan,
    RealEstateAgentProfile,
    ResearchReport,
    Review,
    SavedContent,
)
from coagent.workspace.context import Context
from coagent.workspace.merging import MergedPage, Place, Source, merged
from coagent.workspace.people import AgentProfile, completeness
from coagent.workspace.reputation import Audits, Competitors, Reviews, ReviewSummary, summary
from coagent.workspace.work import Plans

RECENT_REVIEWS: Final = 3

Made = SavedContent | ResearchReport | MarketingPlan
"""What the feed is of."""


@dataclass(frozen=True)
class Dashboard:
    """A user at a glance."""

    agent: RealEstateAgentProfile | None
    completeness: float
    reviews: ReviewSummary
    recent_reviews: list[Review]
    plan: MarketingPlan | None
    audit: BrandAudit | None
    competitors: list[Competitor]


async def dashboard(context: Context) -> Dashboard:
    """Five reads at the same time; the newest reviews are the first of all reviews, so they are not read again."""
    agent, reviews, plan, audit, competitors = await asyncio.gather(
        AgentProfile(context).get(),
        Reviews(context).newest_first().all(),
        Plans(context).latest(),
        Audits(context).latest(),
        Competitors(context).most_reviewed_first().all(),
    )
    return Dashboard(
        agent,
        completeness(agent),
        summary(reviews, context.now),
        reviews[:RECENT_REVIEWS],
        plan,
        audit,
        competitors,
    )


async def activity(context: Context, size: int, after: str | None) -> MergedPage[Made]:
    """Contents, reports and plans, newest first; raises `InvalidValue` for a cursor that is not of this feed."""
    scope = (context.user_id, "activity")
    place = None
    if after is not None:
        moment, item_id, source = context.cursors.read(scope, after)
        place = Place(datetime.fromisoformat(moment), item_id, source)
    sources: list[Source[Any, datetime]] = [
        Source(SavedContent.newest(context.user_id), _of_content),
        Source(ResearchReport.newest(context.user_id), _of_report),
        Source(MarketingPlan.newest(context.user_id), _of_plan),
    ]
    items, end = await merged(context.database, sources, size, place)
    cursor = None if end is None else context.cursors.write(scope, (end.moment.isoformat(), end.id, end.source))
    return MergedPage(cast("list[Made]", items), cursor)


def _of_content(item: SavedContent) -> tuple[datetime, str]:
    return item.created_at, item.id


def _of_report(item: ResearchReport) -> tuple[datetime, str]:
    return item.created_at, item.id


def _of_plan(item: MarketingPlan) -> tuple[datetime, str]:
    return item.created_at, item.id
