from datetime import UTC, datetime
from decimal import Decimal

import pytest
from coagent.entities import PlanTask, Source
from coagent.tables import coagent
from coagent.workspace import ChangedMeanwhile, NotFound, Workspace, Workspaces, missing

from dynalayer import AsyncDatabase
from dynalayer.statements import Raw

pytestmark = pytest.mark.anyio


async def fill(workspaces: Workspaces, user: str, texts: int = 3) -> Workspace:
    await workspaces.directory.sign_up(user, f"{user}@example.org")
    of = workspaces.of(user)
    await of.account.set_photo("https://example.org/a.png")
    for number in range(texts):
        await of.contents.add(content_type="post", content="text", content_id=f"c{number:03}")
    await of.plans.add([PlanTask("a", "b", "c"), PlanTask("d", "e", "f", completed=True)], plan_id="p")
    await of.reviews.add(
        author="Bo",
        source=Source.yelp,
        rating=Decimal(4),
        comment="good",
        date=datetime(2026, 1, 1, tzinfo=UTC),
        review_id="r",
    )
    return of


async def test_a_copy_has_everything_by_the_names_of_the_wire(workspaces: Workspaces, raw: AsyncDatabase) -> None:
    ada = await fill(workspaces, "ada")
    await fill(workspaces, "eve")
    item = {
        "PK": {"S": "USER#ada"},
        "SK": {"S": "OAUTH#OLD"},
        "EntityType": {"S": "Old"},
        "refreshToken": {"S": "secret"},
    }
    await raw.run(Raw("PutItem", {"TableName": coagent.name, "Item": item}))
    owner = {"GSI1PK": {"S": "USER#ada"}, "GSI1SK": {"S": "LINK"}}
    secret = {"L": [{"M": {"accessToken": {"S": "secret"}, "scope": {"S": "s"}}}]}
    for pk, sk, kind, beside in (
        ("USER#ada", "ZZZ#1", "Later", {}),
        ("REVIEW#ada", "REVIEW#old", "Review", {}),  # in no index
        ("LINK#1", "LINK", "Link", owner),  # in an index alone
        ("LINK#2", "LINK", "Link", {"GSI1PK": {"S": "USER#adam"}, "GSI1SK": {"S": "LINK"}}),
    ):
        key = {"PK": {"S": pk}, "SK": {"S": sk}, "EntityType": {"S": kind}}
        whole = {**key, **beside, "Data": {"M": {"id": {"S": "x"}, "all": secret}}}
        await raw.run(Raw("PutItem", {"TableName": coagent.name, "Item": whole}))
    found = [(kind, told) async for kind, told in ada.export()]
    kinds = sorted(kind for kind, _ in found)
    assert kinds == [
        *["Later", "Link", "MarketingPlan", "Old", "RealEstateAgentProfile", "Review", "Review"],
        *["SavedContent"] * 3,
        "UserProfile",
    ]
    told = dict(found)
    assert told["UserProfile"]["photoURL"] == "https://example.org/a.png"
    assert told["MarketingPlan"]["plan"][1] == {
        "task": "d", "rationale": "e", "tool": "f", "toolLink": "", "completed": True,
    }  # fmt: skip
    assert {told.get("source") for kind, told in found if kind == "Review"} == {"Yelp", None}
    assert told["Link"] == {"id": "x", "all": [{"scope": "s"}]}
    assert "secret" not in repr(found)
    assert "eve" not in repr(found)


async def test_a_deletion_tells_how_far_it_is_and_goes_on_after_a_break(workspaces: Workspaces) -> None:
    ada, eve = await fill(workspaces, "ada", 230), await fill(workspaces, "eve")
    assert await ada.count_everything() == 234
    broken_off = ada.deleting()
    assert [await anext(broken_off), await anext(broken_off)] == [1, 101]
    await broken_off.aclose()
    assert await ada.account.get()
    told = [gone async for gone in ada.deleting()]
    assert told == sorted(told)
    assert told[-1] == 133
    assert await ada.count_everything() == 0
    assert await eve.count_everything() == 7


async def test_a_step_of_a_plan_is_ticked_in_the_version_that_was_seen(ada: Workspace) -> None:
    plan = await ada.plans.add([PlanTask("a", "b", "c"), PlanTask("d", "e", "f")], plan_id="p")
    ticked = await ada.plans.tick("p", 1, True, revision=plan.revision)
    assert [step.completed for step in ticked.plan] == [None, True]
    with pytest.raises(ChangedMeanwhile) as caught:
        await ada.plans.tick("p", 0, True, revision=plan.revision)
    assert caught.value.newest == ticked
    for number in (-1, 2):
        with pytest.raises(NotFound):
            await ada.plans.tick("p", number, True, revision=ticked.revision)


async def test_a_text_is_edited_in_one_write_and_found_among_those_of_no_project(ada: Workspace) -> None:
    await ada.projects.add("One", project_id="p")
    await ada.contents.add(content_type="post", content="text", content_id="in", project_id="p")
    made = await ada.contents.add(content_type="post", content="text", content_id="c")
    edited = await ada.contents.edit("c", name="n", content="longer", content_type="blog", revision=made.revision)
    assert (edited.name, edited.content, edited.content_size, edited.type) == ("n", "longer", 6, "blog")
    assert edited.revision == made.revision + 1
    with pytest.raises(ChangedMeanwhile):
        await ada.contents.edit("c", name="m", revision=made.revision)
    assert await ada.contents.edit("c", revision=edited.revision) == edited
    assert [each.id for each in await ada.contents.of_no_project().all()] == ["c"]


async def test_what_a_profile_lacks_is_named(ada: Workspace) -> None:
    assert len(missing(None)) == 10
