"""What ids and values may be, and what is asked of the table for them."""

import json
from decimal import Decimal
from typing import Any

import pytest
from coagent.entities import (
    ENTITIES,
    ID_BYTES,
    Competitor,
    MarketingPlan,
    PlanTask,
    RealEstateAgentProfile,
    SavedContent,
)
from coagent.tables import coagent
from coagent.workspace import NotFound, Workspace, Workspaces

from dynalayer import AsyncDatabase, DefinitionError, InvalidValue, Table
from dynalayer.testing import AsyncFaults

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("wrong", ["", None, 7, "x" * (ID_BYTES + 1)])
async def test_an_id_that_is_none_is_refused_before_anything_is_sent(
    ada: Workspace, faults: AsyncFaults, wrong: Any
) -> None:
    faults.calls.clear()
    with pytest.raises(InvalidValue):
        await ada.contents.add(content_type="post", content="x", content_id=wrong or "")
    for read in (ada.plans.get, ada.projects.get, ada.reviews.delete, ada.contents.delete):
        if wrong != "x" * (ID_BYTES + 1):
            with pytest.raises(InvalidValue):
                await read(wrong)
    assert list(faults.calls) == []


async def test_ids_with_separators_stay_what_they_are(ada: Workspace, workspaces: Workspaces) -> None:
    for content_id in ("a", "a#b", "a#b#c", "a$Zb", "#", "CONTENT#a"):
        await ada.contents.add(content_type="post", content=content_id, content_id=content_id)
    for each in await ada.contents.newest_first().all():
        assert each.id == each.content
    with pytest.raises(NotFound):
        await workspaces.of("ada#CONTENT").contents.get("a")


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), Decimal("NaN"), object(), {1: "x"}, 10**39 + 1, {"deep": [1, object()]}]
)
async def test_a_value_that_cannot_be_stored_is_refused_by_its_name(ada: Workspace, value: Any) -> None:
    with pytest.raises(InvalidValue, match=r"^SavedContent\.metadata"):
        await ada.contents.add(content_type="post", content="x", metadata={"value": value})
    assert await ada.contents.newest_first().all() == []


@pytest.mark.parametrize("content_id", ["c", "\ud800"])
async def test_a_text_that_is_no_unicode_is_refused_in_words(ada: Workspace, content_id: str) -> None:
    with pytest.raises(InvalidValue, match="surrogate"):
        await ada.contents.add(content_type="post", content="\ud800", content_id=content_id)


async def test_nothing_in_a_list_is_dropped_in_silence(ada: Workspace) -> None:
    with pytest.raises(InvalidValue, match=r"licenses\[1\]"):
        RealEstateAgentProfile.licenses.set(["a", None])  # type: ignore[list-item]
    plan = await ada.plans.add([PlanTask("a", "b", "c"), PlanTask("d", "e", "f")], plan_id="p")
    with pytest.raises(InvalidValue, match=r"plan\[0\]"):
        MarketingPlan.plan.set([None, *plan.plan])  # type: ignore[list-item]


async def test_none_takes_an_optional_field_away_and_cannot_take_a_required_one(ada: Workspace) -> None:
    await ada.contents.add(content_type="post", content="x", content_id="c", title="t")
    assert (await ada.contents.describe("c", title=None)).title is None
    with pytest.raises(InvalidValue):
        SavedContent.content.set(None)  # type: ignore[arg-type]
    with pytest.raises(InvalidValue):
        SavedContent.content.remove()


async def test_a_change_of_what_is_not_there_makes_no_ghost(ada: Workspace) -> None:
    for attempt in (
        ada.contents.rename("c", "x"),
        ada.competitors.change("c", Competitor.name.set("x")),
        ada.plans.change("p"),
        ada.projects.rename("p", "x"),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert await ada.count_everything() == 0


async def test_no_change_at_all_is_a_look_and_no_write(
    ada: Workspace, workspaces: Workspaces, faults: AsyncFaults
) -> None:
    account = await workspaces.directory.sign_up("ada", "ada@example.org")
    agent = await ada.agent.save(RealEstateAgentProfile.name.set("Ada"))
    faults.calls.clear()
    assert (await ada.account.change(), await ada.agent.save()) == (account, agent)
    with pytest.raises(NotFound):
        await ada.competitors.change("c")
    assert {call.operation for call in faults.calls} == {"GetItem"}


async def test_what_was_just_written_is_read(ada: Workspace, workspaces: Workspaces, faults: AsyncFaults) -> None:
    await workspaces.directory.sign_up("ada", "ada@example.org")
    faults.calls.clear()
    await ada.account.get()
    await ada.agent.get()
    await ada.audits.latest()
    await ada.analysis.get()
    assert [json.loads(call.body).get("ConsistentRead") for call in faults.calls] == [True] * 4


def test_the_table_has_two_indexes_and_every_kind_is_in_no_other() -> None:
    assert list(coagent.indexes) == ["GSI1", "GSI2"]
    assert (coagent.ttl, coagent.stream) == ("TTL", "NEW_AND_OLD_IMAGES")
    used = {path.index for kind in ENTITIES for path in kind.__definition__.paths.values()}
    assert used == {"GSI1", "GSI2"}


async def test_a_table_of_another_shape_is_told_when_the_application_starts(raw: AsyncDatabase) -> None:
    await raw.delete_tables(coagent)
    await raw.create_tables(Table(coagent.name, pk="PK", sk="SK"))  # as the local script of before made it
    differences = {str(difference).split(":")[0] for difference in await raw.table_differences(coagent)}
    assert {"global index 'GSI1'", "global index 'GSI2'"} <= differences
    with pytest.raises(DefinitionError, match="GSI1"):
        await raw.create_tables(coagent)
