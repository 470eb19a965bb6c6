"""From a person and a seed to the items of a year."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Final

from coagent.entities import (
    AuditResult,
    AuditStatus,
    Author,
    BrandAudit,
    Competitor,
    MarketingPlan,
    PlanTask,
    Project,
    RealEstateAgentProfile,
    ResearchReport,
    Review,
    ReviewAnalysis,
    SavedContent,
    Sentiment,
    Source,
    TrainingProgress,
)
from coagent.samples.people import FIRST, LAST, MIXED, PEOPLE, PLATFORMS, POOR, PRAISE, TASKS, TEXTS, THEMES, Person
from dynalayer import Entity

MODULES_DONE: Final = ("branding", "reviews", "content", "seo")


@dataclass(frozen=True, slots=True)
class Sample:
    """A made-up agent and what is kept for them, the account itself aside."""

    person: Person
    items: tuple[Entity, ...]


def samples(seed: int, now: datetime) -> list[Sample]:
    """The made-up agents as they are at this moment: the same seed and moment give the same."""
    return [Sample(person, tuple(_items(person, Random(f"{seed} {person.user}"), now))) for person in PEOPLE]


def _items(person: Person, chance: Random, now: datetime) -> Iterator[Entity]:
    yield _agent(person, chance)
    yield from _reviews(person, chance, now)
    yield from _work(person, chance, now)
    yield from _market(person, chance, now)


def _agent(person: Person, chance: Random) -> RealEstateAgentProfile:
    is_busy = person.zeal > 0.5
    site = f"https://{person.user}.example"
    return RealEstateAgentProfile(
        user_id=person.user,
        name=person.name,
        bio=f"I have sold homes in {person.town} since I could carry a sign, mostly in {person.areas[0]}.",
        agency_name=person.agency,
        phone=f"+1 555 01{chance.randrange(10, 99)}",
        address=f"{chance.randrange(1, 90)} {person.areas[0]} Road, {person.town}" if is_busy else None,
        years_of_experience=Decimal(chance.randrange(2, 20)) if is_busy else None,
        certifications=["Accredited Buyer's Representative", "Seniors Real Estate Specialist"] if is_busy else [],
        license_number=f"RE-{chance.randrange(10_000, 99_999)}",
        website=site,
        linkedin=f"{site}/linkedin" if person.zeal == 1 else None,
    )


def _reviews(person: Person, chance: Random, now: datetime) -> Iterator[Entity]:
    for number in range(round(34 * person.zeal)):
        rating = chance.choices((5, 4, 3, 2), (60, 25, 10, 5))[0]
        words = chance.choice(PRAISE if rating > 3 else MIXED if rating == 3 else POOR)
        yield Review(
            agent_id=person.user,
            id=f"review-{person.user}-{number:03d}",
            author=Author(f"{chance.choice(FIRST)} {chance.choice(LAST)}"),
            source=chance.choices(list(Source), (6, 3, 1))[0],
            rating=Decimal(rating),
            comment=words.format(first=person.name.split()[0], area=chance.choice(person.areas)),
            date=_past(chance, now, 240),
        )
    yield ReviewAnalysis(
        user_id=person.user,
        overall_sentiment=Sentiment.positive if person.zeal > 0.5 else Sentiment.mixed,
        summary=f"Clients praise how well {person.name.split()[0]} knows {person.town}; some wait for documents.",
        keywords=["honest", "quick", *(area.lower() for area in person.areas)],
        common_themes=list(THEMES),
        analyzed_at=now - timedelta(days=3),
    )


def _work(person: Person, chance: Random, now: datetime) -> Iterator[Entity]:
    projects = [
        Project(
            user_id=person.user,
            id=f"project-{number}",
            name=f"{area}, {now.year}",
            created_at=now - timedelta(days=200 - 40 * number),
        )
        for number, area in enumerate(person.areas)
    ]
    yield from projects
    for number in range(round(24 * person.zeal)):
        yield _text(person, chance, now, number, chance.choice([*projects, None]))
    for number in range(max(1, round(6 * person.zeal))):
        yield _report(person, chance, now, number)
    for number in range(2):
        tasks = [PlanTask(*task, completed=chance.random() < 0.3) for task in chance.sample(TASKS, 4)]
        made = now - timedelta(days=6 + 40 * number)
        yield MarketingPlan(user_id=person.user, id=f"plan-{number}", plan=tasks, created_at=made)
    for module in MODULES_DONE[: round(4 * person.zeal)]:
        yield TrainingProgress(user_id=person.user, id=module, completed=True, completed_at=_past(chance, now, 90))


def _text(person: Person, chance: Random, now: datetime, number: int, project: Project | None) -> SavedContent:
    kind, name, content = chance.choice(TEXTS)
    made = _past(chance, now, 180)
    words = {
        "area": chance.choice(person.areas),
        "first": person.name.split()[0],
        "month": f"{made:%B}",
        "moved": chance.choice(("rose", "fell")),
        "percent": chance.randrange(1, 9),
        "days": chance.randrange(9, 40),
    }
    return SavedContent(
        user_id=person.user,
        id=f"text-{number:03d}",
        type=kind,
        name=name.format(**words),
        content=content.format(**words),
        created_at=made,
        project_id=None if project is None else project.id,
    )


def _report(person: Person, chance: Random, now: datetime, number: int) -> ResearchReport:
    area = chance.choice(person.areas)
    report = (
        f"# Summary\n\nDemand in **{area}** is higher than in the rest of {person.town}.\n\n"
        f"## Findings\n\n- {chance.randrange(5, 40)} homes are on offer, {chance.randrange(1, 5)} of them new\n"
        f"- The median price moved by {chance.randrange(1, 9)} %\n- Buyers ask for gardens first\n\n"
        "## What to do\n\nPrice within **2 %** of the last three sales; see [the register](https://example.org/register)."
    )
    return ResearchReport(
        user_id=person.user,
        id=f"report-{number}",
        topic=f"What buyers pay in {area}",
        report=report,
        citations=["https://example.org/register", "https://example.org/census"],
        created_at=_past(chance, now, 150),
    )


def _market(person: Person, chance: Random, now: datetime) -> Iterator[Entity]:
    for number in range(6):
        yield Competitor(
            user_id=person.user,
            id=f"competitor-{number}",
            name=f"{chance.choice(FIRST)} {chance.choice(LAST)}",
            agency=f"{chance.choice(LAST)} Realty",
            review_count=chance.randrange(3, 180),
            avg_rating=Decimal(chance.randrange(34, 50)) / 10,
            social_followers=chance.randrange(100, 9_000),
            domain_authority=Decimal(chance.randrange(5, 60)),
        )
    yield BrandAudit(
        user_id=person.user,
        results=[_look(person, chance, name) for name in PLATFORMS],
        last_run=now - timedelta(days=2),
    )


def _look(person: Person, chance: Random, platform: str) -> AuditResult:
    status = chance.choices(list(AuditStatus), (6, 2, 1))[0]
    if status is AuditStatus.not_found:
        return AuditResult(platform, status)
    shown = person.name if status is AuditStatus.consistent else f"{person.name.split()[-1]} Real Estate"
    return AuditResult(
        platform, status, f"https://{platform.split('.')[0].lower().replace(' ', '')}.example/{person.user}", shown
    )


def _past(chance: Random, now: datetime, days: int) -> datetime:
    return (now - timedelta(minutes=chance.randrange(60, days * 24 * 60))).astimezone(UTC)
