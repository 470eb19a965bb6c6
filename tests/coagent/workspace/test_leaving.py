from decimal import Decimal

import pytest
from coagent.entities import AuditResult, AuditStatus, PlanTask, RealEstateAgentProfile, Sentiment, Source, UserProfile
from coagent.tables import coagent
from coagent.workspace import Workspace, Workspaces

from dynalayer import AsyncDatabase, BatchIncomplete, ConnectionLost, RetryPolicy
from dynalayer.sealing import Secret
from dynalayer.statements import Raw
from dynalayer.testing import AsyncFaults, FrozenClock

pytestmark = pytest.mark.anyio


async def fill(workspaces: Workspaces, user_id: str, contents: int = 30) -> Workspace:
    """Something of each of the twelve kinds."""
    of = workspaces.of(user_id)
    await workspaces.directory.sign_up(user_id, "someone@example.org")
    await of.agent.save(RealEstateAgentProfile.name.set("x"))
    await of.analysis.save(sentiment=Sentiment.mixed, summary="x")
    await of.audits.save([AuditResult("Yelp", AuditStatus.consistent)], keep=True)
    await of.competitors.add(
        name="x", agency="x", review_count=1, avg_rating=Decimal(1), social_followers=1, domain_authority=Decimal(1)
    )
    await of.reports.add(topic="x", report="x")
    await of.plans.add([PlanTask("x", "x", "x")])
    await of.training.set("m", True)
    await of.tokens.store(access_token=Secret("a"), refresh_token=Secret("r"), expiry_date=1)
    project = await of.projects.add("x")
    for number in range(contents):
        await of.contents.add(content_type="x", content="x", project_id=project.id if number % 2 else None)
        await of.reviews.add(author="x", source=Source.google, rating=Decimal(5), comment="x", date=project.created_at)
    return of


async def stored(database: AsyncDatabase) -> list[dict[str, dict[str, str]]]:
    found: list[dict[str, dict[str, str]]] = (await database.run(Raw("Scan", {"TableName": coagent.name})))["Items"]
    return found


async def plant(database: AsyncDatabase, pk: str, sk: str, **others: str) -> None:
    item = {"PK": {"S": pk}, "SK": {"S": sk}, **{name: {"S": value} for name, value in others.items()}}
    await database.run(Raw("PutItem", {"TableName": coagent.name, "Item": item}))


async def test_nothing_is_left_of_an_account_and_all_of_another(workspaces: Workspaces, raw: AsyncDatabase) -> None:
    bob = await fill(workspaces, "bob", 3)
    ada = await fill(workspaces, "ada")
    before = {(item["PK"]["S"], item["SK"]["S"]) for item in await stored(raw) if "ada" not in item["PK"]["S"]}
    assert await ada.delete_everything() == 11 + 60
    left = {(item["PK"]["S"], item["SK"]["S"]) for item in await stored(raw)}
    assert left == before
    assert await workspaces.directory.count() == 1
    assert (await bob.account.get()).id == "bob"
    assert await ada.delete_everything() == 0
    assert await workspaces.directory.count() == 1


async def test_what_nobody_declared_and_what_only_an_index_shows_goes_too(
    workspaces: Workspaces, raw: AsyncDatabase
) -> None:
    ada = await fill(workspaces, "ada", 1)
    await plant(raw, "USER#ada", "OAUTH#GOOGLE_BUSINESS")
    await plant(raw, "USER#ada", "NAP_AUDIT#1")
    await plant(raw, "LINK#1", "LINK", GSI1PK="USER#ada", GSI1SK="LINK#1")
    await plant(raw, "LINK#2", "LINK", GSI1PK="USER#adam", GSI1SK="LINK#2")
    await plant(raw, "USER#adam", "CONTENT#1")
    await ada.delete_everything()
    assert sorted(item["PK"]["S"] for item in await stored(raw)) == ["LINK#2", "POPULATION#users", "USER#adam"]


async def test_a_deletion_that_breaks_off_anywhere_goes_on_where_it_was(
    workspaces: Workspaces, raw: AsyncDatabase, faults: AsyncFaults, clock: FrozenClock
) -> None:
    await fill(workspaces, "ada")
    hasty = Workspaces(
        AsyncDatabase(faults, clock=clock, sleep=clock.async_sleep, retry=RetryPolicy(attempts=1)), clock=clock
    ).of("ada")
    breaks = 0
    for calls in range(40):
        faults.slow(0, times=calls)
        faults.fail(ConnectionLost("reset", may_have_taken_effect=False), times=None)
        try:
            await hasty.delete_everything()
        except (ConnectionLost, BatchIncomplete):
            breaks += 1
        else:
            break
        finally:
            faults.heal()
    assert breaks > 5
    assert [item["PK"]["S"] for item in await stored(raw)] == ["POPULATION#users"]
    assert await workspaces.directory.count() == 0


async def test_accounts_that_were_never_counted_do_not_take_the_number_below_nothing(
    workspaces: Workspaces, database: AsyncDatabase
) -> None:
    await workspaces.directory.sign_up("bob", "bob@example.org")
    await database.put(UserProfile(id="ada", email="ada@example.org", created_at=1))
    await database.put(UserProfile(id="eve", email="eve@example.org", created_at=1))
    await workspaces.of("ada").delete_everything()
    await workspaces.of("eve").delete_everything()
    assert await workspaces.directory.count() == 0
    assert (await workspaces.of("bob").account.get()).id == "bob"
