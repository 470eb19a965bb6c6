"""What goes over the wire: for each kind of thing the fields that may be sent, and the whole as it is shown.

The names are those of the first data layer (`photoURL`, `projectId`). Whose a thing is, is no field of any shape: the
session says that, and what else a body holds is not looked at.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType, defstruct, field

from coagent.entities import AuditStatus, Sentiment, Source
from coagent.workspace import ReviewSummary

S = TypeVar("S", bound=Struct)

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Line = Annotated[str, Meta(max_length=500)]
Words = Annotated[str, Meta(min_length=1)]
Address = Annotated[str, Meta(max_length=2_000)]
Rank = Annotated[int, Meta(ge=0, le=10**12)]


class ProfileFields(Struct, rename="camel", kw_only=True):
    """What users may say of their account."""

    display_name: Line | None = None
    given_name: Line | None = None
    family_name: Line | None = None


class ProfileShown(ProfileFields, rename="camel", kw_only=True):
    """An account."""

    id: str
    email: str
    photo_url: str | None = field(name="photoURL", default=None)
    role: Any = None


class PhotoFields(Struct, kw_only=True):
    """A picture, for the account and the agent's profile at once."""

    photo_url: Address | None = field(name="photoURL", default=None)


class AgentFields(Struct, rename="camel", kw_only=True):
    """What agents tell of themselves."""

    name: Line | None = None
    bio: Annotated[str, Meta(max_length=10_000)] | None = None
    licenses: list[Line] = []
    certifications: list[Line] = []
    years_of_experience: Decimal | None = None
    transaction_history: Decimal | None = None
    zillow_email: Line | None = None
    license_number: Line | None = None
    phone: Line | None = None
    address: Line | None = None
    agency_name: Line | None = None
    website: Address | None = None
    linkedin: Address | None = None
    twitter: Address | None = None
    facebook: Address | None = None


class AgentShown(AgentFields, rename="camel", kw_only=True):
    """An agent's profile."""

    id: str
    photo_url: str | None = field(name="photoURL", default=None)


class ReviewAuthor(Struct, rename="camel"):
    """Who wrote a review."""

    name: str


class ReviewShown(Struct, rename="camel", kw_only=True):
    """One review."""

    id: str
    author: ReviewAuthor
    source: Source
    rating: Decimal
    comment: str
    date: datetime
    avatar_url: str | None = None


class Found(Struct, rename="camel", kw_only=True):
    """What one platform shows."""

    platform: Name
    status: AuditStatus
    platform_url: Address | None = None
    found_name: Line | None = None
    found_address: Line | None = None
    found_phone: Line | None = None


class AuditFields(Struct, rename="camel", kw_only=True):
    """A look at how a brand appears."""

    results: Annotated[list[Found], Meta(max_length=100)]


class AuditShown(AuditFields, rename="camel", kw_only=True):
    """The last look, and when it was taken."""

    last_run: datetime


class AnalysisFields(Struct, rename="camel", kw_only=True):
    """What the reviews amount to."""

    overall_sentiment: Sentiment
    summary: Annotated[str, Meta(max_length=5_000)]
    keywords: Annotated[list[Line], Meta(max_length=100)] = []
    common_themes: Annotated[list[Line], Meta(max_length=100)] = []


class AnalysisShown(AnalysisFields, rename="camel", kw_only=True):
    """What they amount to, and when that was found."""

    analyzed_at: datetime


class CompetitorFields(Struct, rename="camel", kw_only=True):
    """Another agent that a user watches."""

    name: Name
    agency: Name
    review_count: Rank = 0
    avg_rating: Decimal = Decimal(0)
    social_followers: Rank = 0
    domain_authority: Decimal = Decimal(0)


class CompetitorShown(CompetitorFields, rename="camel", kw_only=True):
    """One competitor."""

    id: str


class ReportFields(Struct, rename="camel", kw_only=True):
    """A report in Markdown."""

    topic: Annotated[str, Meta(min_length=1, max_length=300)]
    report: Words
    citations: Annotated[list[Address], Meta(max_length=200)] = []


class ReportShown(ReportFields, rename="camel", kw_only=True):
    """One report."""

    id: str
    created_at: datetime


class ReportEntry(Struct, rename="camel", kw_only=True):
    """One line of the list of reports."""

    id: str
    topic: str
    created_at: datetime


class ProjectFields(Struct, rename="camel", kw_only=True):
    """A folder for contents."""

    name: Name


class ProjectShown(ProjectFields, rename="camel", kw_only=True):
    """One project."""

    id: str
    created_at: datetime


class ContentFields(Struct, rename="camel", kw_only=True):
    """A text that is kept, in a project or in none."""

    type: Name
    content: Words
    name: Name | None = None
    project_id: str | None = None


class ContentShown(ContentFields, rename="camel", kw_only=True):
    """One text."""

    id: str
    created_at: datetime
    title: str | None = None


class ContentEntry(Struct, rename="camel", kw_only=True):
    """One entry of a list of texts."""

    id: str
    type: str
    created_at: datetime
    name: str | None = None
    title: str | None = None
    project_id: str | None = None
    content_size: int | None = None


class Task(Struct, rename="camel", kw_only=True):
    """One step of a plan."""

    task: Name
    rationale: Line = ""
    tool: Line = ""
    tool_link: Address = ""
    completed: bool | None = None


class PlanFields(Struct, rename="camel", kw_only=True):
    """A plan of a few steps."""

    plan: Annotated[list[Task], Meta(min_length=1, max_length=100)]


class PlanShown(PlanFields, rename="camel", kw_only=True):
    """One plan."""

    id: str
    created_at: datetime


class Tick(Struct):
    """Whether something is done."""

    completed: bool


_encode = msgspec.json.Encoder(decimal_format="number", uuid_format="canonical").encode


def to_json(value: object) -> bytes:
    """The JSON of a shape: moments in ISO 8601, decimals as numbers."""
    return _encode(value)


def shown(kind: type[Struct], thing: Any) -> dict[str, Any]:
    """A stored thing in its shape; `etag` names its version, `changedAt` is in ms since 1970."""
    fields = msgspec.to_builtins(msgspec.convert(thing, kind, from_attributes=True), builtin_types=(datetime, Decimal))
    return {**fields, "etag": f'"{thing.revision}"', "changedAt": thing.updated_ms}


def summary_shown(found: ReviewSummary) -> dict[str, Any]:
    """Reviews in figures; the average is rounded to hundredths."""
    average = None if found.average is None else round(found.average, 2)
    sources = {source.value: number for source, number in found.by_source.items()}
    return {"count": found.count, "average": average, "last30Days": found.recent, "sources": sources}


def camel(name: str) -> str:
    """A field's name on the wire."""
    if name == "photo_url":
        return "photoURL"
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)


def part_of(kind: type[S]) -> type[S]:
    """The same fields, each of which may be left out: what a change sends."""
    found = [(each.name, each.type | UnsetType, field(name=each.encode_name, default=UNSET)) for each in _fields(kind)]
    return defstruct(f"{kind.__name__}Part", found, kw_only=True)  # type: ignore[return-value]


def given(part: Struct) -> dict[str, Any]:
    """The fields that were sent, by their names in Python; nested ones as they are."""
    return {name: value for name in part.__struct_fields__ if (value := getattr(part, name)) is not UNSET}


def _fields(kind: type[Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(kind)
