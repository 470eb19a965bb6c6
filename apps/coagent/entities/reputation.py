"""What others say: reviews, what they amount to, how the brand appears, and who competes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from coagent.entities import older
from coagent.entities.envelope import DATA, ID_BYTES, MAIN, PARAGRAPH_BYTES, USER_ID_BYTES, VERSION, Enveloped
from coagent.entities.formats import between, uri
from coagent.tables import BY_OWNER, BY_PARENT, coagent
from dynalayer import Attr, Entity, attr, index, primary, upgrade


class Source(Enum):
    """Where a review was left."""

    google = "Google"
    zillow = "Zillow"
    yelp = "Yelp"


@dataclass
class Author:
    """Who wrote a review."""

    name: str


class Review(Enveloped, Entity, table=coagent, camel_case=True, inside=DATA, version=VERSION):
    """One review of an agent; the id of an agent is that of the user."""

    agent_id: Attr[str] = attr(max_bytes=USER_ID_BYTES)
    id: Attr[str] = attr(max_bytes=ID_BYTES)
    author: Attr[Author] = attr()
    source: Attr[Source] = attr()
    rating: Attr[Decimal] = attr(check=between(1, 5))
    comment: Attr[str] = attr(max_bytes=PARAGRAPH_BYTES)
    date: Attr[datetime] = attr()
    avatar_url: Attr[str | None] = attr(default=None, check=uri)
    imported_at: Attr[datetime | None] = attr(default=None)
    key = primary(agent_id, id, pk="REVIEW#{agent_id}", sk="REVIEW#{id}")
    by_id = index(BY_OWNER, id, agent_id, pk="REVIEW#{id}", sk="AGENT#{agent_id}")
    newest = index(BY_PARENT, agent_id, date, id, pk="REVIEW#{agent_id}", sk="REVIEW#{date}#{id}")

    @upgrade(1)
    @staticmethod
    def _from_before(item: dict[str, Any]) -> dict[str, Any]:
        return older.review(item)


class Sentiment(Enum):
    """How reviews sound on the whole."""

    positive = "Positive"
    negative = "Negative"
    mixed = "Mixed"


class ReviewAnalysis(Enveloped, Entity, table=coagent, camel_case=True, inside=DATA, version=VERSION):
    """What the reviews of a user amount to; a user has one, `main`."""

    user_id: Attr[str] = attr(max_bytes=USER_ID_BYTES)
    id: Attr[str] = attr(default=MAIN, max_bytes=ID_BYTES)
    overall_sentiment: Attr[Sentiment] = attr()
    summary: Attr[str] = attr(max_bytes=PARAGRAPH_BYTES)
    keywords: Attr[list[str]] = attr(factory=list[str])
    common_themes: Attr[list[str]] = attr(factory=list[str])
    analyzed_at: Attr[datetime] = attr()
    key = primary(user_id, id, pk="USER#{user_id}", sk="ANALYSIS#{id}")

    @upgrade(1)
    @staticmethod
    def _from_before(item: dict[str, Any]) -> dict[str, Any]:
        return older.review_analysis(item)


class AuditStatus(Enum):
    """How what a platform shows compares with the profile."""

    consistent = "Consistent"
    inconsistent = "Inconsistent"
    not_found = "Not Found"


@dataclass
class AuditResult:
    """What one platform shows."""

    platform: str
    status: AuditStatus
    platform_url: str | None = field(default=None, metadata={"name": "platformUrl"})
    found_name: str | None = field(default=None, metadata={"name": "foundName"})
    found_address: str | None = field(default=None, metadata={"name": "foundAddress"})
    found_phone: str | None = field(default=None, metadata={"name": "foundPhone"})


def _with_uris(results: Iterable[AuditResult]) -> None:
    for result in results:
        if result.platform_url is not None:
            uri(result.platform_url)


class BrandAudit(Enveloped, Entity, table=coagent, camel_case=True, inside=DATA, version=VERSION):
    """One look at how a brand appears; `main` is the last one."""

    user_id: Attr[str] = attr(max_bytes=USER_ID_BYTES)
    id: Attr[str] = attr(default=MAIN, max_bytes=ID_BYTES)
    results: Attr[list[AuditResult]] = attr(factory=list[AuditResult], check=_with_uris)
    last_run: Attr[datetime] = attr()
    key = primary(user_id, id, pk="USER#{user_id}", sk="AUDIT#{id}")
    newest = index(BY_OWNER, user_id, last_run, id, pk="USER#{user_id}", sk="AUDIT#{last_run}#{id}")

    @upgrade(1)
    @staticmethod
    def _from_before(item: dict[str, Any]) -> dict[str, Any]:
        return older.brand_audit(item)


class Competitor(Enveloped, Entity, table=coagent, camel_case=True, inside=DATA, version=VERSION):
    """Another agent or agency that a user watches."""

    user_id: Attr[str] = attr(max_bytes=USER_ID_BYTES)
    id: Attr[str] = attr(max_bytes=ID_BYTES)
    name: Attr[str] = attr()
    agency: Attr[str] = attr()
    review_count: Attr[int] = attr(check=between(0))
    avg_rating: Attr[Decimal] = attr(check=between(0, 5))
    social_followers: Attr[int] = attr(check=between(0))
    domain_authority: Attr[Decimal] = attr(check=between(0))
    website: Attr[str | None] = attr(default=None)
    description: Attr[str | None] = attr(default=None, max_bytes=PARAGRAPH_BYTES)
    created_at: Attr[datetime | None] = attr(default=None)
    updated_at: Attr[datetime | None] = attr(default=None)
    key = primary(user_id, id, pk="USER#{user_id}", sk="COMPETITOR#{id}")
    by_reviews = index(BY_OWNER, user_id, review_count, id, pk="USER#{user_id}", sk="COMPETITOR#{review_count}#{id}")

    @upgrade(1)
    @staticmethod
    def _from_before(item: dict[str, Any]) -> dict[str, Any]:
        return older.competitor(item)
