"""What holds however much there is, in whatever order things happen, and however pages are cut."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from coagent.entities import (
    Author,
    BrandAudit,
    Competitor,
    MarketingPlan,
    Project,
    RealEstateAgentProfile,
    ResearchReport,
    Review,
    SavedContent,
    Source,
    UserProfile,
)
from coagent.tables import TABLES
from coagent.workspace import AlreadyThere, ChangedMeanwhile, NotFound, Workspace, Workspaces
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalayer import AsyncDatabase, InvalidValue
from dynalayer.protocol import AsyncConnection
from dynalayer.testing import AsyncFaults, FrozenClock, fresh_async_database
from tests.coagent.strategies import ids

many = settings(max_examples=100, deadline=None)
START = datetime(2026, 1, 1, tzinfo=UTC)
# Few different moments, so that many items share one.
moments = st.integers(0, 4).map(lambda minutes: START + timedelta(minutes=minutes))
made = st.dictionaries(ids, moments, max_size=8)
few = st.dictionaries(ids, moments, max_size=4)


class Interleaved:
    """Lets other tasks have their turn before each call, as often as a seed says."""

    def __init__(self, connection: AsyncConnection, seed: int) -> None:
        self.connection = connection
        self.random = random.Random(seed)

    async def call(self, operation: str, body: bytes) -> bytes:
        for _ in range(self.random.randrange(4)):
            await asyncio.sleep(0)
        return await self.connection.call(operation, body)

    async def close(self) -> None:
        await self.connection.close()


Story = Callable[[AsyncDatabase, Workspaces, FrozenClock, AsyncFaults], Coroutine[Any, Any, None]]


def told(story: Story, seed: int = 0) -> None:
    """Run a story on a database of its own."""

    async def run() -> None:
        clock = FrozenClock()
        async with fresh_async_database(*TABLES, clock=clock) as inner:
            calls = AsyncFaults(Interleaved(inner.connection, seed))
            database = AsyncDatabase(calls, clock=clock, sleep=clock.async_sleep, cursor_key=b"c" * 32)
            workspaces = Workspaces(database, clock=clock, sleep=clock.async_sleep, cursor_key=b"c" * 32)
            await story(database, workspaces, clock, calls)

    asyncio.run(run())


def item(kind: Any, user_id: str, item_id: str, moment: datetime) -> Any:
    if kind is SavedContent:
        return SavedContent(user_id=user_id, id=item_id, type="t", content="c", created_at=moment, project_id="p")
    if kind is ResearchReport:
        return ResearchReport(user_id=user_id, id=item_id, topic="t", report="r", created_at=moment)
    if kind is Project:
        return Project(user_id=user_id, id=item_id, name="n", created_at=moment)
    if kind is MarketingPlan:
        return MarketingPlan(user_id=user_id, id=item_id, created_at=moment)
    if kind is BrandAudit:
        return BrandAudit(user_id=user_id, id=item_id, last_run=moment)
    if kind is Competitor:
        return Competitor(
            user_id=user_id, id=item_id, name="n", agency="a", review_count=moment.minute, avg_rating=Decimal(1),
            social_followers=1, domain_authority=Decimal(1),
        )  # fmt: skip
    return Review(
        agent_id=user_id, id=item_id, author=Author("x"), source=Source.yelp, rating=Decimal(1), comment="c",
        date=moment,
    )  # fmt: skip


LISTS: dict[str, tuple[Any, Callable[[Workspace], Any]]] = {
    "contents": (SavedContent, lambda of: of.contents.newest_first()),
    "contents of a project": (SavedContent, lambda of: of.contents.of_project("p")),
    "reports": (ResearchReport, lambda of: of.reports.newest_first()),
    "projects": (Project, lambda of: of.projects.newest_first()),
    "plans": (MarketingPlan, lambda of: of.plans.newest_first()),
    "reviews": (Review, lambda of: of.reviews.newest_first()),
    "competitors": (Competitor, lambda of: of.competitors.most_reviewed_first()),
}


@many
@given(name=st.sampled_from(sorted(LISTS)), mine=made, others=made, size=st.integers(1, 5), first=st.integers(1, 15))
def test_a_list_gives_the_ids_in_the_order_that_the_first_service_gave_and_reads_no_more(
    name: str, mine: dict[str, datetime], others: dict[str, datetime], size: int, first: int
) -> None:
    kind, listing = LISTS[name]

    async def story(database: AsyncDatabase, workspaces: Workspaces, clock: FrozenClock, calls: AsyncFaults) -> None:
        for user_id, items in (("ada", mine), ("ada#PROJECT#p", others)):
            for item_id, moment in items.items():
                await database.create(item(kind, user_id, item_id, moment))
        expected = sorted(mine, key=lambda item_id: (mine[item_id], item_id.encode()), reverse=True)
        found = listing(workspaces.of("ada"))
        assert sorted(each.id for each in await found.all()) == sorted(mine)
        calls.calls.clear()
        whole = [each.id for each in await found.all()]
        # The order within one moment is by id as it stands in the key, so by its escaped form: moments decide.
        assert [mine[item_id] for item_id in whole] == [mine[item_id] for item_id in expected]
        assert sum(call.examined for call in calls.calls) == len(mine)
        calls.calls.clear()
        assert [each.id for each in await found.first(first)] == whole[:first]
        assert sum(call.examined for call in calls.calls) == min(first, len(mine))
        assert {call.operation for call in calls.calls} == {"Query"}
        paged: list[str] = []
        cursor: str | None = None
        while True:
            page = await found.page(size, cursor)
            paged += [each.id for each in page.items]
            cursor = page.cursor
            if cursor is None:
                break
            with pytest.raises(InvalidValue, match="cursor"):
                await listing(workspaces.of("eve")).page(size, cursor)
        assert paged == whole

    told(story)


@many
@given(
    contents=few, reports=few, plans=few, size=st.integers(1, 7), position=st.integers(0, 10_000),
    other=st.text("Aa0-", min_size=1, max_size=1),
)  # fmt: skip
def test_the_feed_in_pages_is_the_feed_and_a_changed_cursor_is_refused(
    contents: dict[str, datetime],
    reports: dict[str, datetime],
    plans: dict[str, datetime],
    size: int,
    position: int,
    other: str,
) -> None:
    async def story(database: AsyncDatabase, workspaces: Workspaces, clock: FrozenClock, calls: AsyncFaults) -> None:
        for kind, items in ((SavedContent, contents), (ResearchReport, reports), (MarketingPlan, plans)):
            for item_id, moment in items.items():
                await database.create(item(kind, "ada", item_id, moment))
        of = workspaces.of("ada")
        whole = (await of.activity(100)).items
        assert len(whole) == len(contents) + len(reports) + len(plans)
        assert [each.created_at for each in whole] == sorted((each.created_at for each in whole), reverse=True)
        paged: list[Any] = []
        cursor: str | None = None
        while True:
            calls.calls.clear()
            page = await of.activity(size, cursor)
            assert sum(call.examined for call in calls.calls) <= len(page.items) + 6 * (size // 3 + 1)
            paged += page.items
            cursor = page.cursor
            if cursor is None:
                break
            at = position % len(cursor)
            changed = cursor[:at] + other + cursor[at + 1 :]
            if changed != cursor:
                with pytest.raises(InvalidValue, match="cursor"):
                    await of.activity(size, changed)
        assert [each.key for each in paged] == [each.key for each in whole]

    told(story)


@many
@given(st.dictionaries(ids, st.integers(0, 3), max_size=8), st.integers(1, 5))
def test_the_list_of_accounts_in_pages_is_the_list(accounts: dict[str, int], size: int) -> None:
    async def story(database: AsyncDatabase, workspaces: Workspaces, clock: FrozenClock, calls: AsyncFaults) -> None:
        for user_id, moment in accounts.items():
            await database.create(UserProfile(id=user_id, email="a@b.co", created_at=moment))
        paged: list[UserProfile] = []
        cursor: str | None = None
        while True:
            page = await workspaces.directory.accounts(size, cursor)
            paged += page.items
            cursor = page.cursor
            if cursor is None:
                break
        assert sorted(each.id for each in paged) == sorted(accounts)
        assert [each.created_at for each in paged] == sorted(accounts.values(), reverse=True)
        assert await workspaces.directory.count() == len(accounts)

    told(story)


@many
@given(st.lists(st.tuples(st.sampled_from(["change", "replace", "agent", "audit"]), st.integers(-90, 90)), max_size=8))
def test_moments_never_go_back_and_the_first_one_stays(steps: list[tuple[str, int]]) -> None:
    async def story(database: AsyncDatabase, workspaces: Workspaces, clock: FrozenClock, calls: AsyncFaults) -> None:
        of = workspaces.of("ada")
        content = await of.contents.add(content_type="t", content="x", content_id="c")
        assert content.created_ms == content.updated_ms == int(clock() * 1000)
        audit, profile = await of.audits.save([]), await of.agent.save(RealEstateAgentProfile.name.set("x"))
        last = {"c": content, "audit": audit, "agent": profile}
        for step, seconds in steps:
            clock.set(clock() + seconds)
            now: Any
            match step:
                case "change":
                    name, now = "c", await of.contents.rename("c", "x")
                case "replace":
                    name, now = "c", await of.contents.replace("c", "y")
                case "audit":
                    name, now = "audit", await of.audits.save([])
                case _:
                    name, now = "agent", await of.agent.save(RealEstateAgentProfile.name.set("x"))
            before: Any = last[name]
            assert now.created_ms == before.created_ms
            assert now.updated_ms >= max(before.updated_ms, now.created_ms)
            assert now.revision == before.revision + 1
            last[name] = now

    told(story)


@many
@given(st.integers(2, 8), st.integers(0, 2**32))
def test_of_several_creations_under_one_id_one_is_made(count: int, seed: int) -> None:
    async def story(database: AsyncDatabase, workspaces: Workspaces, clock: FrozenClock, calls: AsyncFaults) -> None:
        of = workspaces.of("ada")
        await of.projects.add("p", project_id="p")
        attempts = [
            of.contents.add(content_type="t", content=str(number), content_id="c", project_id=("p", None)[number % 2])
            for number in range(count)
        ]
        found = await asyncio.gather(*attempts, return_exceptions=True)
        winners = [each for each in found if isinstance(each, SavedContent)]
        assert len(winners) == 1
        assert all(isinstance(each, AlreadyThere) for each in found if each is not winners[0])
        assert (await of.contents.get("c")).content == winners[0].content

    told(story, seed)


@many
@given(st.integers(2, 6), st.integers(0, 2**32), st.booleans())
def test_of_several_who_count_on_what_they_saw_none_is_lost(count: int, seed: int, insists: bool) -> None:
    async def story(database: AsyncDatabase, workspaces: Workspaces, clock: FrozenClock, calls: AsyncFaults) -> None:
        of = workspaces.of("ada")
        await database.create(item(Competitor, "ada", "c", START))

        async def one_more() -> bool:
            while True:
                seen = await of.competitors.get("c")
                change = Competitor.review_count.set(seen.review_count + 1)
                try:
                    await of.competitors.change("c", change, revision=seen.revision)
                except ChangedMeanwhile:
                    if insists:
                        continue
                    return False
                return True

        done = sum(await asyncio.gather(*(one_more() for _ in range(count))))
        assert (await of.competitors.get("c")).review_count == done
        assert done == count if insists else done >= 1

    told(story, seed)


@many
@given(st.integers(2, 6), st.integers(0, 2**32))
def test_of_several_first_accounts_one_is_a_superadmins(count: int, seed: int) -> None:
    async def story(database: AsyncDatabase, workspaces: Workspaces, clock: FrozenClock, calls: AsyncFaults) -> None:
        directory = workspaces.directory
        people = await asyncio.gather(*(directory.sign_up(f"u{number}", "a@b.co") for number in range(count)))
        assert sorted(person.role.value for person in people) == ["superadmin", *["user"] * (count - 1)]
        assert await directory.count() == count

    told(story, seed)


@many
@given(st.lists(st.integers(0, 2), min_size=1, max_size=12), st.integers(0, 2**32), st.integers(0, 11))
def test_a_project_is_deleted_beside_moves_without_leaving_anything_in_it(
    places: list[int], seed: int, moves: int
) -> None:
    async def story(database: AsyncDatabase, workspaces: Workspaces, clock: FrozenClock, calls: AsyncFaults) -> None:
        of = workspaces.of("ada")
        for project_id in ("p", "q"):
            await of.projects.add(project_id, project_id=project_id)
        for number, place in enumerate(places):
            await of.contents.add(
                content_type="t", content="x", content_id=str(number), project_id=(None, "p", "q")[place]
            )
        moving = [of.contents.move(str(number), ("p", "q")[number % 2]) for number in range(len(places[:moves]))]
        rest = [of.contents.rename(str(number), "x") for number in range(moves, len(places))]
        found = await asyncio.gather(of.projects.delete("p"), *moving, *rest, return_exceptions=True)
        assert not [each for each in found if isinstance(each, Exception) and not isinstance(each, NotFound)]
        left = await of.contents.newest_first().all()
        assert len(left) == len(places)
        assert {each.project_id for each in left} <= {None, "q"}
        moved = {each.id for each in found if isinstance(each, SavedContent) and each.project_id == "q"}
        assert moved <= {each.id for each in left if each.project_id == "q"}
        assert sorted(each.id for each in await of.contents.of_project("q").all()) == sorted(
            each.id for each in left if each.project_id == "q"
        )

    told(story, seed)
