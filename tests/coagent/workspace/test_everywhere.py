"""One life of an account, by every operation, on each engine: in memory, behind HTTP, and on DynamoDB Local."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal

import pytest
from coagent.entities import (
    AuditResult,
    AuditStatus,
    Competitor,
    MarketingPlan,
    PlanTask,
    RealEstateAgentProfile,
    Sentiment,
    Source,
    UserProfile,
)
from coagent.tables import TABLES
from coagent.workspace import AlreadyThere, ChangedMeanwhile, NotFound, Refreshed, Token, Workspaces

from dynalayer import AsyncDatabase
from dynalayer.engines.embedded import AsyncEmbeddedConnection
from dynalayer.sealing import Secret
from dynalayer.server import Server
from dynalayer.testing import FrozenClock

pytestmark = pytest.mark.anyio

STEPS = [PlanTask("call", "because", "phone", "/call")]


@pytest.fixture(params=["memory", "served", "local"])
async def database(request: pytest.FixtureRequest, clock: FrozenClock) -> AsyncIterator[AsyncDatabase]:
    match request.param:
        case "memory":
            async with AsyncDatabase("memory:", clock=clock, sleep=clock.async_sleep) as database:
                await database.create_tables(*TABLES)
                yield database
        case "served":
            async with (
                AsyncEmbeddedConnection("memory:", clock=clock) as engine,
                Server(engine, port=0) as server,
                AsyncDatabase(server.address, clock=clock, sleep=clock.async_sleep) as database,
            ):
                await database.create_tables(*TABLES)
                yield database
        case _:
            url = request.getfixturevalue("dynamodb_local")
            async with AsyncDatabase(url, clock=clock) as database:
                await database.create_tables(*TABLES)
                try:
                    yield database
                finally:
                    await database.delete_tables(*TABLES)


async def renew(token: Token) -> Refreshed:
    return Refreshed(Secret("renewed"), 9_999_999_999_999)


async def test_an_account_lives_and_ends(workspaces: Workspaces, clock: FrozenClock, database: AsyncDatabase) -> None:
    directory, ada, eve = workspaces.directory, workspaces.of("ada#1"), workspaces.of("ada")
    await directory.sign_up("ada#1", "ada@example.org")
    await directory.sign_up("ada", "eve@example.org")
    with pytest.raises(AlreadyThere):
        await directory.sign_up("ada", "eve@example.org")
    kind = RealEstateAgentProfile
    agent = await ada.agent.save(kind.name.set("Ada"), kind.bio.set("agent"), kind.years_of_experience.set(Decimal(7)))
    await ada.account.set_photo("https://example.org/a.png")
    with pytest.raises(ChangedMeanwhile):
        await ada.agent.save(kind.name.set("late"), revision=agent.revision)
    await ada.account.change(UserProfile.display_name.set("Ada"))

    for number in range(6):
        await ada.reviews.add(
            author="Bo", source=Source.google, rating=Decimal(number % 5 + 1), comment="good", review_id=str(number),
            date=clock.moment - timedelta(days=10 * number),
        )  # fmt: skip
    assert [each.id for each in await ada.reviews.newest_first().first(3)] == ["0", "1", "2"]
    with pytest.raises(NotFound):
        await eve.reviews.delete("0")
    await ada.reviews.delete("5")
    assert (await directory.review("0")).agent_id == "ada#1"
    await ada.analysis.save(sentiment=Sentiment.positive, summary="fine", keywords=["good"])
    await ada.audits.save([AuditResult("Yelp", AuditStatus.inconsistent)], keep=True)
    for name, reviews in (("a", 9), ("b", 10), ("c", 100)):
        await ada.competitors.add(
            name=name, agency="x", review_count=reviews, avg_rating=Decimal("4.5"), social_followers=1,
            domain_authority=Decimal(30), competitor_id=name,
        )  # fmt: skip
    await ada.competitors.change("a", Competitor.review_count.set(11))
    assert [each.id for each in await ada.competitors.most_reviewed_first().all()] == ["c", "a", "b"]

    for number in range(7):
        clock.advance(1)
        await ada.reports.add(topic="t", report="r", report_id=str(number))
        clock.advance(1)
        plan = await ada.plans.add(STEPS, plan_id=str(9 - number))
    latest = await ada.plans.latest()
    assert latest == plan
    await ada.plans.change(plan.id, MarketingPlan.name.set("new"), revision=plan.revision)
    await ada.training.set("m1", True)
    await ada.training.set("m2", False)
    assert (await ada.training.count()).completed == 1

    project = await ada.projects.add("Spring")
    for number in range(12):
        clock.advance(1)
        await ada.contents.add(
            content_type="post", content="text", content_id=str(number), project_id=project.id if number % 2 else None
        )
    await ada.contents.move("0", project.id)
    assert [each.id for each in await ada.contents.of_project(project.id).all()] == ["11", "9", "7", "5", "3", "1", "0"]
    seen = await ada.contents.get("1")
    await ada.contents.rename("1", "name", revision=seen.revision)
    with pytest.raises(ChangedMeanwhile):
        await ada.contents.replace("1", "late", revision=seen.revision)
    assert await ada.projects.delete(project.id) == 7
    assert await ada.contents.of_project(project.id).all() == []

    page = await ada.contents.newest_first().page(5)
    rest = await ada.contents.newest_first().page(50, page.cursor)
    assert [each.id for each in [*page.items, *rest.items]] == [str(number) for number in range(11, -1, -1)]
    feed, cursor = (await ada.activity(100)).items, None
    paged: list[object] = []
    while True:
        some = await ada.activity(4, cursor)
        paged += some.items
        cursor = some.cursor
        if cursor is None:
            break
    assert paged == feed
    assert len(feed) == 26

    await ada.tokens.store(access_token=Secret("a"), refresh_token=Secret("r"), expiry_date=0)
    assert (await ada.tokens.valid(renew)).access_token == Secret("renewed")
    glance = await ada.dashboard()
    assert (glance.reviews.count, len(glance.competitors), glance.completeness) == (5, 3, 0.4)
    assert [each.id for each in (await directory.accounts(1)).items] == ["ada#1"]
    assert await directory.count() == 2

    assert await ada.delete_everything() == await ada.count_everything() + 42
    assert await directory.count() == 1
    assert [kind async for kind, _ in eve.export()] == ["UserProfile"]
    assert [kind async for kind, _ in ada.export()] == []
