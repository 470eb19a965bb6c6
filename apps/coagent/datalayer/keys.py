"""The keys of the twelve kinds of item, built from the entities that the application declares, and taken apart again.

Ids are escaped, so no id of one user reaches another's partition; ids without `#` and `$` are in the keys as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from coagent.entities import (
    GOOGLE_BUSINESS,
    MAIN,
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
from dynalayer import Key

from .errors import told
from .kinds import KINDS, named_by
from .types import DynamoDBKey, EntityType


@dataclass(frozen=True, slots=True)
class ParsedKey:
    """A key taken apart: the kind of item, whose it is (a user, or the agent of a review), and its own id.

    `entity_id` is None for a profile, which a user has one of; of a token it is the provider.
    """

    entity_type: EntityType
    user_id: str
    entity_id: str | None


def get_user_profile_keys(user_id: str) -> DynamoDBKey:
    """`USER#<userId>`, `PROFILE`."""
    return _made(UserProfile.key, user_id)


def get_agent_profile_keys(user_id: str, agent_profile_id: str = MAIN) -> DynamoDBKey:
    """`USER#<userId>`, `AGENT#<agentProfileId>`."""
    return _made(RealEstateAgentProfile.key, user_id, agent_profile_id)


def get_review_keys(agent_id: str, review_id: str) -> DynamoDBKey:
    """`REVIEW#<agentId>`, `REVIEW#<reviewId>`, and in GSI1 `REVIEW#<reviewId>`, `AGENT#<agentId>`."""
    key = _made(Review.key, agent_id, review_id)
    with told("keys"):
        by_id = Review.by_id.path.write({"id": review_id, "agent_id": agent_id})
    return DynamoDBKey(key.pk, key.sk, by_id["GSI1PK"]["S"], by_id["GSI1SK"]["S"])


def get_brand_audit_keys(user_id: str, audit_id: str = MAIN) -> DynamoDBKey:
    """`USER#<userId>`, `AUDIT#<auditId>`."""
    return _made(BrandAudit.key, user_id, audit_id)


def get_competitor_keys(user_id: str, competitor_id: str) -> DynamoDBKey:
    """`USER#<userId>`, `COMPETITOR#<competitorId>`."""
    return _made(Competitor.key, user_id, competitor_id)


def get_research_report_keys(user_id: str, report_id: str) -> DynamoDBKey:
    """`USER#<userId>`, `REPORT#<reportId>`."""
    return _made(ResearchReport.key, user_id, report_id)


def get_project_keys(user_id: str, project_id: str) -> DynamoDBKey:
    """`USER#<userId>`, `PROJECT#<projectId>`."""
    return _made(Project.key, user_id, project_id)


def get_saved_content_keys(user_id: str, content_id: str) -> DynamoDBKey:
    """`USER#<userId>`, `CONTENT#<contentId>`."""
    return _made(SavedContent.key, user_id, content_id)


def get_training_progress_keys(user_id: str, module_id: str) -> DynamoDBKey:
    """`USER#<userId>`, `TRAINING#<moduleId>`."""
    return _made(TrainingProgress.key, user_id, module_id)


def get_marketing_plan_keys(user_id: str, plan_id: str) -> DynamoDBKey:
    """`USER#<userId>`, `PLAN#<planId>`."""
    return _made(MarketingPlan.key, user_id, plan_id)


def get_review_analysis_keys(user_id: str, analysis_id: str = MAIN) -> DynamoDBKey:
    """`USER#<userId>`, `ANALYSIS#<analysisId>`."""
    return _made(ReviewAnalysis.key, user_id, analysis_id)


def get_oauth_token_keys(user_id: str, provider: str = GOOGLE_BUSINESS) -> DynamoDBKey:
    """`OAUTH#<userId>`, `<provider>`."""
    return _made(OAuthToken.key, user_id, provider)


def get_user_partition(user_id: str) -> str:
    """`USER#<userId>`: the partition of everything of a user but reviews and tokens."""
    return get_user_profile_keys(user_id).pk


def get_prefix(entity_type: EntityType) -> str | None:
    """What the sort keys of all items of a kind begin with; None for tokens, whose providers begin alike in nothing."""
    template = KINDS[entity_type].__definition__.primary.parts[1].template
    assert template is not None
    return template.prefix or None


def parse_key(pk: str, sk: str) -> ParsedKey | None:
    """What a primary key says; None if it is that of none of the twelve kinds."""
    named = named_by(pk, sk)
    if named is None:
        return None
    owner, *own = named.values.values()
    name: Any = named.kind.__definition__.name
    return ParsedKey(name, owner, own[0] if own else None)


def extract_user_id(pk: str, sk: str) -> str | None:
    """Whose item a key names; None for keys of none of the twelve kinds."""
    parsed = parse_key(pk, sk)
    return None if parsed is None else parsed.user_id


def extract_entity_id(pk: str, sk: str) -> str | None:
    """The own id of the item that a key names; None for a profile and for keys of none of the twelve kinds."""
    parsed = parse_key(pk, sk)
    return None if parsed is None else parsed.entity_id


def _made(key: Any, *ids: str) -> DynamoDBKey:
    with told("keys"):
        made: Key[Any] = key(*ids)
    return DynamoDBKey(made.wire["PK"]["S"], made.wire["SK"]["S"])
