import asyncio

import pytest
from coagent.entities import SavedContent
from coagent.workspace import AlreadyThere, ChangedMeanwhile, NotFound, Workspace, Workspaces

from dynalayer import AsyncDatabase, ConnectionLost, InvalidValue, RetryPolicy
from dynalayer.testing import AsyncFaults, FrozenClock

pytestmark = pytest.mark.anyio


async def content(of: Workspace, content_id: str, project_id: str | None = None) -> SavedContent:
    return await of.contents.add(content_type="post", content="text", content_id=content_id, project_id=project_id)


def ids(found: list[SavedContent]) -> list[str]:
    return [each.id for each in found]


async def test_contents_come_newest_first_whatever_their_ids(ada: Workspace, clock: FrozenClock) -> None:
    for content_id in ("9", "10", "100", "social-proof-1"):
        await content(ada, content_id)
        clock.advance(0.001)
    assert ids(await ada.contents.newest_first().all()) == ["social-proof-1", "100", "10", "9"]


async def test_the_contents_of_a_project_are_read_alone(
    ada: Workspace, clock: FrozenClock, faults: AsyncFaults
) -> None:
    await ada.projects.add("One", project_id="p")
    for number in range(20):
        await content(ada, f"c{number:02}", "p" if number % 5 == 0 else None)
        clock.advance(1)
    faults.calls.clear()
    assert ids(await ada.contents.of_project("p").all()) == ["c15", "c10", "c05", "c00"]
    assert [(call.operation, call.examined) for call in faults.calls] == [("Query", 4)]


async def test_a_content_goes_into_a_project_that_is_there_and_into_no_other(ada: Workspace) -> None:
    with pytest.raises(NotFound, match="Project"):
        await content(ada, "c", "p")
    with pytest.raises(NotFound, match="SavedContent"):
        await ada.contents.get("c")
    await content(ada, "c")
    with pytest.raises(NotFound, match="Project"):
        await ada.contents.move("c", "p")
    await ada.projects.add("One", project_id="p")
    moved = await ada.contents.move("c", "p")
    assert moved.project_id == "p"
    assert ids(await ada.contents.of_project("p").all()) == ["c"]
    assert (await ada.contents.move("c", None)).project_id is None
    assert ids(await ada.contents.of_project("p").all()) == []
    assert ids(await ada.contents.newest_first().all()) == ["c"]


async def test_renaming_replacing_and_moving_keep_the_rest(ada: Workspace, clock: FrozenClock) -> None:
    made = await content(ada, "c")
    await ada.projects.add("One", project_id="p")
    clock.advance(60)
    await ada.contents.rename("c", "name")
    await ada.contents.describe("c", title="title", meta_description="about")
    await ada.contents.move("c", "p")
    last = await ada.contents.replace("c", "téxt")
    assert (last.name, last.title, last.project_id, last.content, last.content_size) == (
        "name",
        "title",
        "p",
        "téxt",
        5,
    )
    assert (last.created_at, last.created_ms, last.updated_ms) == (
        made.created_at,
        made.created_ms,
        made.updated_ms + 60_000,
    )


async def test_each_change_may_ask_for_the_revision_that_was_seen(ada: Workspace) -> None:
    seen = (await content(ada, "c")).revision
    await ada.projects.add("One", project_id="p")
    await ada.contents.rename("c", "first", revision=seen)
    for late in (
        ada.contents.rename("c", "late", revision=seen),
        ada.contents.replace("c", "late", revision=seen),
        ada.contents.move("c", "p", revision=seen),
        ada.contents.move("c", None, revision=seen),
        ada.contents.delete("c", revision=seen),
    ):
        with pytest.raises(ChangedMeanwhile) as caught:
            await late
        assert caught.value.newest.name == "first"
    await ada.contents.delete("c", revision=seen + 1)
    with pytest.raises(NotFound):
        await ada.contents.delete("c")


async def test_a_content_that_is_too_long_is_refused_in_words(ada: Workspace) -> None:
    with pytest.raises(InvalidValue, match=r"SavedContent.content: the value has 358,401 bytes"):
        await ada.contents.add(content_type="post", content="x" * 358_401)
    await ada.contents.add(content_type="post", content="x" * 358_400)


async def test_two_saves_in_one_millisecond_are_two_contents(ada: Workspace) -> None:
    await asyncio.gather(*(ada.contents.add(content_type="post", content="x") for _ in range(20)))
    assert len(await ada.contents.newest_first().all()) == 20
    with pytest.raises(AlreadyThere):
        await content(ada, (await ada.contents.newest_first().first(1))[0].id)


async def test_deleting_a_project_takes_out_all_of_its_contents_and_no_others(ada: Workspace) -> None:
    for project_id in ("p", "q"):
        await ada.projects.add(project_id, project_id=project_id)
    for number in range(60):
        await content(ada, f"c{number}", ("p", "q", None)[number % 3])
    assert await ada.projects.delete("p") == 20
    everything = await ada.contents.newest_first().all()
    assert sorted({each.project_id or "" for each in everything}) == ["", "q"]
    assert len(everything) == 60
    with pytest.raises(NotFound):
        await ada.projects.get("p")
    assert await ada.projects.delete("p") == 0


async def test_what_is_deleted_is_larger_than_a_page(ada: Workspace) -> None:
    await ada.projects.add("One", project_id="p")
    for number in range(5):
        await ada.contents.add(
            content_type="post", content="x" * 300_000, project_id="p", content_id=f"c{number}"
        )  # a page of the service has 1 MB: three of these
    assert await ada.projects.delete("p") == 5


async def test_a_deletion_that_was_broken_off_goes_on_and_lets_nothing_in_meanwhile(
    ada: Workspace, faults: AsyncFaults, clock: FrozenClock, database: AsyncDatabase
) -> None:
    await ada.projects.add("One", project_id="p")
    for number in range(30):
        await content(ada, f"c{number:02}", "p")
    await content(ada, "outside")
    hasty = Workspaces(
        AsyncDatabase(faults, clock=clock, sleep=clock.async_sleep, retry=RetryPolicy(attempts=1)), clock=clock
    ).of("ada")
    for left in (22, 14, 6):
        faults.slow(0, operation="UpdateItem", times=9)  # one that closes the project, eight contents
        faults.fail(ConnectionLost("reset", may_have_taken_effect=False), operation="UpdateItem", times=None)
        with pytest.raises(ConnectionLost):
            await hasty.projects.delete("p")
        faults.heal()
        assert len(await ada.contents.of_project("p").all()) == left
    assert (await ada.projects.get("p")).deleting_since is not None
    for attempt in (ada.contents.move("outside", "p"), content(ada, "new", "p")):
        with pytest.raises(NotFound, match="Project"):
            await attempt
    await ada.projects.delete("p")
    assert {each.project_id for each in await ada.contents.newest_first().all()} == {None}


async def test_a_content_that_moves_away_meanwhile_stays_where_it_went(ada: Workspace, faults: AsyncFaults) -> None:
    for project_id in ("p", "q"):
        await ada.projects.add(project_id, project_id=project_id)
    await content(ada, "c", "p")
    deleting, moving = ada.projects.delete("p"), ada.contents.move("c", "q")
    await asyncio.gather(deleting, moving)
    assert (await ada.contents.get("c")).project_id == "q"
