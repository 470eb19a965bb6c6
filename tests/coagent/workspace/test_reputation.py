import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest
from coagent.entities import AuditResult, AuditStatus, Competitor, Review, Sentiment, Source
from coagent.workspace import AlreadyThere, ChangedMeanwhile, NotFound, Workspace, Workspaces

from dynalayer import InvalidValue
from dynalayer.testing import AsyncFaults, FrozenClock

pytestmark = pytest.mark.anyio

FOUND = [AuditResult("Google", AuditStatus.not_found)]


async def review(of: Workspace, clock: FrozenClock, review_id: str, days: float, rating: str = "5") -> Review:
    return await of.reviews.add(
        author="Eve",
        source=Source.google if float(rating) > 3 else Source.yelp,
        rating=Decimal(rating),
        comment="",
        date=clock.moment - timedelta(days=days),
        review_id=review_id,
    )


async def watch(of: Workspace, competitor_id: str, reviews: int) -> Competitor:
    return await of.competitors.add(
        name=competitor_id,
        agency="A",
        review_count=reviews,
        avg_rating=Decimal("4.5"),
        social_followers=1,
        domain_authority=Decimal(20),
        competitor_id=competitor_id,
    )


async def test_reviews_come_by_their_date_whatever_their_ids(
    ada: Workspace, clock: FrozenClock, faults: AsyncFaults
) -> None:
    for review_id, days in (("9", 3), ("10", 1), ("100", 2), ("a", 4)):
        await review(ada, clock, review_id, days)
    faults.calls.clear()
    assert [each.id for each in await ada.reviews.newest_first().first(3)] == ["10", "100", "9"]
    assert [(call.operation, call.examined) for call in faults.calls] == [("Query", 3)]


async def test_a_review_is_found_by_its_id_alone(ada: Workspace, workspaces: Workspaces, clock: FrozenClock) -> None:
    made = await review(ada, clock, "r1", 1)
    assert (await workspaces.directory.review("r1")).key == made.key
    with pytest.raises(NotFound):
        await workspaces.directory.review("r2")


async def test_only_an_agents_own_review_is_deleted(ada: Workspace, workspaces: Workspaces, clock: FrozenClock) -> None:
    await review(ada, clock, "r1", 1)
    with pytest.raises(NotFound):
        await workspaces.of("bob").reviews.delete("r1")
    assert (await ada.reviews.get("r1")).id == "r1"
    await ada.reviews.delete("r1")
    with pytest.raises(NotFound):
        await ada.reviews.get("r1")


async def test_reviews_are_told_in_figures(ada: Workspace, clock: FrozenClock) -> None:
    assert (await ada.reviews.summary()).average is None
    for number, (days, rating) in enumerate([(1, "5"), (29.9, "4"), (30, "3"), (400, "2.5")]):
        await review(ada, clock, str(number), days, rating)
    told = await ada.reviews.summary()
    assert (told.count, told.average, told.recent) == (4, Decimal("3.625"), 2)
    assert told.by_source == {Source.google: 2, Source.yelp: 2}


@pytest.mark.parametrize("rating", ["0", "0.9", "5.1", "-1"])
async def test_a_rating_that_cannot_be_is_not_kept(ada: Workspace, clock: FrozenClock, rating: str) -> None:
    with pytest.raises(InvalidValue, match=r"Review.rating: expected a number from 1 to 5"):
        await review(ada, clock, "r", 1, rating)
    assert await ada.reviews.newest_first().all() == []


async def test_creating_never_replaces(ada: Workspace, clock: FrozenClock) -> None:
    made = await review(ada, clock, "r", 1)
    clock.advance(60)
    with pytest.raises(AlreadyThere):
        await review(ada, clock, "r", 2)
    assert (await ada.reviews.get("r")) == made


async def test_the_last_audit_is_replaced_and_keeps_when_the_first_was_made(ada: Workspace, clock: FrozenClock) -> None:
    assert await ada.audits.latest() is None
    first = await ada.audits.save(FOUND)
    clock.advance(60)
    second = await ada.audits.save([], keep=True)
    assert (first.created_ms, second.results) == (second.created_ms, [])
    assert second.last_run == clock.moment
    assert [each.results for each in await ada.audits.history().all()] == [[]]


async def test_two_analyses_at_the_same_time_leave_one_of_them_whole(ada: Workspace) -> None:
    def save(text: str) -> object:
        return ada.analysis.save(sentiment=Sentiment.mixed, summary=text, keywords=[text], common_themes=[text])

    await asyncio.gather(*(save(str(number)) for number in range(8)))  # type: ignore[arg-type]
    left = await ada.analysis.get()
    assert left is not None
    assert [left.summary] == left.keywords == left.common_themes
    assert left.revision == 8


async def test_competitors_come_by_the_number_of_their_reviews(ada: Workspace) -> None:
    for competitor_id, reviews in (("a", 9), ("b", 100), ("c", 10), ("d", 0)):
        await watch(ada, competitor_id, reviews)
    await ada.competitors.change("d", Competitor.review_count.set(11))
    assert [each.id for each in await ada.competitors.most_reviewed_first().all()] == ["b", "d", "c", "a"]


async def test_a_competitor_is_changed_at_the_revision_that_was_seen(ada: Workspace) -> None:
    seen = await watch(ada, "a", 1)
    await ada.competitors.change("a", Competitor.name.set("new"), revision=seen.revision)
    with pytest.raises(ChangedMeanwhile) as caught:
        await ada.competitors.change("a", Competitor.name.set("late"), revision=seen.revision)
    assert (caught.value.newest.name, caught.value.seen) == ("new", seen.revision)
    with pytest.raises(NotFound):
        await ada.competitors.change("b", Competitor.name.set("x"))
    await ada.competitors.delete("a")
    with pytest.raises(NotFound):
        await ada.competitors.delete("a")
    with pytest.raises(NotFound):
        await ada.competitors.get("a")  # a change of what is gone left no ghost
