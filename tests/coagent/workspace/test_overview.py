import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest
from coagent.entities import AuditResult, AuditStatus, PlanTask, RealEstateAgentProfile, Source
from coagent.workspace import Made, NotFound, Workspace, Workspaces

from dynalayer import InvalidValue
from dynalayer.testing import AsyncFaults, FrozenClock

pytestmark = pytest.mark.anyio

STEPS = [PlanTask("call", "because", "phone")]


async def make(of: Workspace, clock: FrozenClock, count: int) -> None:
    for number in range(count):
        match number % 3:
            case 0:
                await of.contents.add(content_type="post", content="x", content_id=str(number))
            case 1:
                await of.reports.add(topic="t", report="r", report_id=str(number))
            case _:
                await of.plans.add(STEPS, plan_id=str(number))
        clock.advance(1 if number % 4 else 0)


async def walk(of: Workspace, size: int) -> list[Made]:
    found: list[Made] = []
    cursor: str | None = None
    while True:
        page = await of.activity(size, cursor)
        assert len(page.items) <= size
        found += page.items
        cursor = page.cursor
        if cursor is None:
            return found


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
async def test_what_was_made_last_comes_newest_first_in_pages_of_any_size(
    ada: Workspace, clock: FrozenClock, size: int
) -> None:
    await make(ada, clock, 23)
    found = await walk(ada, size)
    moments = [each.created_at for each in found]
    assert moments == sorted(moments, reverse=True)
    assert sorted(int(each.id) for each in found) == list(range(23))


async def test_what_is_made_between_two_pages_moves_nothing(ada: Workspace, clock: FrozenClock) -> None:
    await make(ada, clock, 12)
    before = [each.id for each in await walk(ada, 50)]
    first = await ada.activity(5)
    clock.advance(1)
    await ada.plans.add(STEPS, plan_id="new")
    rest = await ada.activity(50, first.cursor)
    assert [each.id for each in [*first.items, *rest.items]] == before


async def test_a_page_of_the_feed_reads_little_more_than_it_gives(
    ada: Workspace, clock: FrozenClock, faults: AsyncFaults
) -> None:
    await make(ada, clock, 90)
    page = await ada.activity(10)
    faults.calls.clear()
    await ada.activity(10, page.cursor)
    assert {call.operation for call in faults.calls} == {"Query"}
    assert sum(call.examined for call in faults.calls) <= 10 + 3 * 4


async def test_a_cursor_of_the_feed_serves_its_user_alone_and_as_it_is(
    ada: Workspace, workspaces: Workspaces, clock: FrozenClock
) -> None:
    await make(ada, clock, 6)
    cursor = (await ada.activity(2)).cursor
    assert cursor is not None
    with pytest.raises(InvalidValue, match="cursor"):
        await workspaces.of("bob").activity(2, cursor)
    for position in range(len(cursor)):
        changed = cursor[:position] + ("A" if cursor[position] != "A" else "B") + cursor[position + 1 :]
        with pytest.raises(InvalidValue, match="cursor"):
            await ada.activity(2, changed)
    for wrong in ("", "%", "é", cursor + "="):
        with pytest.raises(InvalidValue, match="cursor"):
            await ada.activity(2, wrong)
    accounts = await workspaces.directory.accounts(1)
    assert accounts.cursor is None
    with pytest.raises(InvalidValue, match="cursor"):
        await workspaces.directory.accounts(1, cursor)
    with pytest.raises(InvalidValue, match="size"):
        await ada.activity(0)


async def test_the_dashboard_of_somebody_new_is_empty(ada: Workspace) -> None:
    found = await ada.dashboard()
    assert (found.agent, found.plan, found.audit, found.competitors, found.recent_reviews) == (None, None, None, [], [])
    assert (found.completeness, found.reviews.count, found.reviews.average) == (0, 0, None)


async def test_the_dashboard_shows_a_user_at_a_glance_by_five_reads(
    ada: Workspace, clock: FrozenClock, faults: AsyncFaults
) -> None:
    await ada.agent.save(RealEstateAgentProfile.name.set("Ada"))
    await ada.audits.save([AuditResult("Yelp", AuditStatus.consistent)])
    for number in range(5):
        clock.advance(1)
        await ada.plans.add(STEPS, plan_id=f"{9 - number}")
        await ada.reviews.add(
            author="Eve", source=Source.yelp, rating=Decimal(number + 1), comment="", review_id=str(number),
            date=clock.moment - timedelta(days=number),
        )  # fmt: skip
    faults.calls.clear()
    found = await ada.dashboard()
    assert sorted(call.operation for call in faults.calls) == ["GetItem", "GetItem", "Query", "Query", "Query"]
    assert found.plan is not None
    assert (found.plan.id, found.reviews.average, found.completeness) == ("5", 3, 0.1)
    assert [each.id for each in found.recent_reviews] == ["0", "1", "2"]


async def test_the_latest_plan_is_the_newest_whatever_its_id(ada: Workspace, clock: FrozenClock) -> None:
    assert await ada.plans.latest() is None
    for plan_id in ("f", "0"):
        await ada.plans.add(STEPS, plan_id=plan_id)
        clock.advance(1)
    latest = await ada.plans.latest()
    assert latest is not None
    assert latest.id == "0"


async def test_reports_are_kept_listed_and_deleted(ada: Workspace, clock: FrozenClock) -> None:
    for number in range(5):
        await ada.reports.add(topic="t", report="r", report_id=str(number), citations=["https://example.org"])
        clock.advance(1)
    assert [each.id for each in await ada.reports.newest_first().first(3)] == ["4", "3", "2"]
    await ada.reports.delete("4")
    with pytest.raises(NotFound):
        await ada.reports.get("4")
    with pytest.raises(NotFound):
        await ada.reports.delete("4")
    with pytest.raises(InvalidValue, match="citations"):
        await ada.reports.add(topic="t", report="r", citations=["no uri"])


async def test_training_is_counted(ada: Workspace, clock: FrozenClock) -> None:
    first = await ada.training.set("m1", True)
    await ada.training.set("m2", False)
    clock.advance(60)
    again = await ada.training.set("m1", True)
    assert (again.created_ms, again.completed_at) == (first.created_ms, clock.moment)
    count = await ada.training.count()
    assert (count.completed, count.begun) == (1, 2)
    assert (await ada.training.set("m1", False)).completed_at is None
    await asyncio.gather(*(ada.training.set("m3", True) for _ in range(5)))
    assert (await ada.training.count()).begun == 3
