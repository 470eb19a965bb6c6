from typing import Any

import pytest
from coagent.workspace import ChangedMeanwhile, Workspace, Workspaces

from dynalayer import AsyncDatabase
from dynalayer.sealing import Secret
from dynalayer.statements import Raw
from dynalayer.testing import AsyncFaults
from tests.coagent.entities.test_older import SHAPES, wire

pytestmark = pytest.mark.anyio

FIRESTORE = {"seconds": 1_700_000_000, "nanoseconds": 0}


async def plant(raw: AsyncDatabase, pk: str, sk: str, data: dict[str, Any]) -> None:
    item = {"PK": pk, "SK": sk, "Data": data, "CreatedAt": 1, "UpdatedAt": 1}
    request = {"TableName": "BayonCoAgent", "Item": {name: wire(value) for name, value in item.items()}}
    await raw.run(Raw("PutItem", request))


async def test_what_the_service_of_before_wrote_is_in_no_list_until_it_is_adopted(
    workspaces: Workspaces, raw: AsyncDatabase
) -> None:
    of = workspaces.of("u")
    for key, data, _ in SHAPES:
        await plant(raw, key.wire["PK"]["S"], key.wire["SK"]["S"], data)
    await plant(
        raw, "REVIEW#u", "REVIEW#r", {"author": {"name": "x"}, "source": "Yelp", "rating": 5, "date": FIRESTORE}
    )
    assert await of.contents.newest_first().all() == []
    adopted = await of.adopt()
    lists = [
        of.contents.newest_first(), of.projects.newest_first(), of.reports.newest_first(), of.plans.newest_first(),
        of.competitors.most_reviewed_first(), of.reviews.newest_first(),
    ]  # fmt: skip
    assert [len(await each.all()) for each in lists] == [1] * 6
    assert [each.id for each in (await workspaces.directory.accounts()).items] == ["u"]
    assert adopted == 8  # these, the audit and the account
    assert await of.adopt() == 0


async def test_an_item_of_before_is_changed_once_by_two_who_saw_it(ada: Workspace, raw: AsyncDatabase) -> None:
    await plant(raw, "USER#ada", "CONTENT#c", {"type": "post", "content": "x", "createdAt": FIRESTORE})
    seen = await ada.contents.get("c")
    assert seen.revision == 0
    await ada.contents.rename("c", "first", revision=0)
    with pytest.raises(ChangedMeanwhile):
        await ada.contents.rename("c", "second", revision=0)
    assert (await ada.contents.get("c")).name == "first"


async def test_a_project_that_is_deleted_lets_go_of_contents_that_no_index_shows(
    ada: Workspace, raw: AsyncDatabase
) -> None:
    await plant(raw, "USER#ada", "PROJECT#p", {"name": "x", "createdAt": FIRESTORE})
    data = {"type": "post", "content": "x", "createdAt": FIRESTORE, "projectId": "p"}
    await plant(raw, "USER#ada", "CONTENT#c", data)
    assert await ada.projects.delete("p") == 1
    assert (await ada.contents.get("c")).project_id is None


async def test_a_content_of_before_is_moved_into_a_project(ada: Workspace, raw: AsyncDatabase) -> None:
    await ada.projects.add("One", project_id="p")
    await plant(raw, "USER#ada", "CONTENT#c", {"type": "post", "content": "x", "createdAt": FIRESTORE})
    await ada.contents.move("c", "p")
    assert [each.id for each in await ada.contents.of_project("p").all()] == ["c"]


async def test_a_token_that_lies_where_nobody_looks_is_put_where_it_belongs(
    ada: Workspace, raw: AsyncDatabase, faults: AsyncFaults
) -> None:
    data = {"accessToken": "hush", "refreshToken": "hush too", "expiresAt": 1_700_000_000_000, "scope": "s"}
    await plant(raw, "USER#ada", "OAUTH#GOOGLE_BUSINESS", data)
    assert await ada.tokens.get() is None
    assert await ada.adopt() == 1
    token = await ada.tokens.get()
    assert token is not None
    assert (token.refresh_token, token.expiry_date, token.scope) == (Secret("hush too"), 1_700_000_000_000, "s")
    assert await ada.count_everything() == 1  # and nothing in the clear is left
    assert "hush" not in b"".join(call.body for call in faults.calls).decode()


async def test_a_token_that_is_where_it_belongs_stays_when_another_is_found(ada: Workspace, raw: AsyncDatabase) -> None:
    await ada.tokens.store(access_token=Secret("mine"), refresh_token=Secret("r"), expiry_date=1)
    await plant(raw, "USER#ada", "OAUTH#GOOGLE_BUSINESS", {"accessToken": "old", "refreshToken": "old"})
    assert await ada.adopt() == 1
    token = await ada.tokens.get()
    assert token is not None
    assert token.access_token == Secret("mine")
