"""The twelve kinds of item of the application: fields under the names of the wire, keys, indexes, older shapes."""

from typing import Final

from dynalayer import Entity

from .access import GOOGLE_BUSINESS, OAuthToken
from .envelope import ID_BYTES, MAIN, TEXT_BYTES, USER_ID_BYTES, VERSION
from .people import SHARDS, RealEstateAgentProfile, Role, UserProfile
from .population import Population
from .reputation import (
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
from .work import MarketingPlan, PlanTask, Project, ResearchReport, SavedContent, TrainingProgress

ENTITIES: Final[tuple[type[Entity], ...]] = (
    UserProfile,
    RealEstateAgentProfile,
    Review,
    BrandAudit,
    Competitor,
    ResearchReport,
    Project,
    SavedContent,
    TrainingProgress,
    MarketingPlan,
    ReviewAnalysis,
    OAuthToken,
)
"""In the order of the first data layer's list."""

__all__ = [
    "ENTITIES",
    "GOOGLE_BUSINESS",
    "ID_BYTES",
    "MAIN",
    "SHARDS",
    "TEXT_BYTES",
    "USER_ID_BYTES",
    "VERSION",
    "AuditResult",
    "AuditStatus",
    "Author",
    "BrandAudit",
    "Competitor",
    "MarketingPlan",
    "OAuthToken",
    "PlanTask",
    "Population",
    "Project",
    "RealEstateAgentProfile",
    "ResearchReport",
    "Review",
    "ReviewAnalysis",
    "Role",
    "SavedContent",
    "Sentiment",
    "Source",
    "TrainingProgress",
    "UserProfile",
]
