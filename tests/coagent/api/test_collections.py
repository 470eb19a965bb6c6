from typing import Any
from urllib.parse import quote

import pytest
from coagent.workspace import Workspaces

from dynalayer import ConnectionLost, Throttled
from dynalayer.testing import AsyncFaults, FrozenClock
from tests.coagent.api.conftest import Client, Enters

pytestmark = pytest.mark.anyio

TEXT = {"type": "Blog Post", "content": "text", "name": "One"}
RIVAL = {
    "name": "Bo",
    "agency": "Bo & Co",
    "reviewCount": 3,
    "avgRating": 4.5,
    "socialFollowers": 9,
    "domainAuthority": 7,
}


async def made(client: Client, path: str, content: Any) -> Any:
    answer = await client.call("POST", f"/api/{path}", content)
    assert answer.status == 201, answer.raw
    assert answer.headers["location"] == f"/api/{path}/{quote(answer.json['id'], safe='')}"
    return answer.json


async def test_a_text_is_kept_changed_moved_and_deleted(enters: Enters) -> None:
    ada = await enters("ada")
    text, project = await made(ada, "content", TEXT), await made(ada, "projects", {"name": "Spring"})
    assert (text["name"], text["projectId"], text["etag"]) == ("One", None, '"1"')
    path = f"/api/content/{text['id']}"
    renamed = await ada.call("PATCH", path, {"name": "Two", "content": "longer"}, if_match=text["etag"])
    assert (renamed.json["name"], renamed.json["content"], renamed.etag) == ("Two", "longer", '"2"')
    moved = await ada.call("PATCH", path, {"projectId": project["id"]}, if_match=renamed.etag)
    assert moved.json["projectId"] == project["id"]
    inside = await ada.get(f"/api/content?project={project['id']}")
    assert [each["id"] for each in inside["items"]] == [text["id"]]
    assert (await ada.get("/api/content?project="))["items"] == []
    both = await ada.call("PATCH", path, {"projectId": None, "name": "Three"}, if_match=moved.etag)
    assert both.json["code"] == "one-at-a-time"
    gone = await ada.call("DELETE", f"/api/projects/{project['id']}", if_match=project["etag"])
    assert gone.json == {"moved": 1}
    assert [each["id"] for each in (await ada.get("/api/content?project="))["items"]] == [text["id"]]
    now = await ada.get(path)
    assert (await ada.call("DELETE", path, if_match=now["etag"])).status == 204
    assert (await ada.call("GET", path)).status == 404


async def test_who_was_slower_is_told_both_versions_and_nothing_is_written(enters: Enters) -> None:
    ada = await enters("ada")
    rival = await made(ada, "competitors", RIVAL)
    path = f"/api/competitors/{rival['id']}"
    theirs = await ada.call("PATCH", path, {"agency": "Theirs"}, if_match=rival["etag"])
    late = await ada.call("PATCH", path, {"agency": "Mine"}, if_match=rival["etag"])
    assert (late.status, late.json["code"], late.etag) == (412, "changed", theirs.etag)
    assert late.json["current"] == theirs.json
    assert (await ada.get(path))["agency"] == "Theirs"
    assert (await ada.call("PATCH", path, {"agency": "Mine"}, if_match=late.etag)).json["agency"] == "Mine"
    assert (await ada.call("PATCH", path, {"agency": "x"})).status == 428
    assert (await ada.call("PATCH", path, {"agency": "x"}, if_match="*")).status == 422


async def test_a_creation_that_is_repeated_is_made_once(enters: Enters) -> None:
    ada, eve = await enters("ada"), await enters("eve")
    first, again = [await ada.call("POST", "/api/content", TEXT, idempotency_key="key-00001") for _ in range(2)]
    assert (first.status, again.status) == (201, 201)
    assert first.json == again.json
    other = await ada.call("POST", "/api/content", {**TEXT, "name": "x"}, idempotency_key="key-00001")
    assert (other.status, other.json["code"]) == (422, "idempotency-key-reused")
    assert (await eve.call("POST", "/api/content", TEXT, idempotency_key="key-00001")).json["id"] != first.json["id"]
    assert len((await ada.get("/api/content"))["items"]) == 1
    assert (await ada.call("POST", "/api/content", TEXT, idempotency_key="short")).status == 422


async def test_a_creation_that_failed_can_be_made_again_with_its_key(enters: Enters) -> None:
    ada = await enters("ada")
    lost = {**TEXT, "projectId": "nowhere"}
    for _ in range(2):
        assert (await ada.call("POST", "/api/content", lost, idempotency_key="key-00001")).status == 404


@pytest.mark.parametrize("path", ["content", "projects", "plans", "competitors", "reports"])
async def test_what_nobody_could_tell_of_is_made_once_all_the_same(
    enters: Enters, faults: AsyncFaults, clock: FrozenClock, path: str
) -> None:
    ada = await enters("ada")
    contents = {"content": TEXT, "projects": {"name": "n"}, "plans": {"plan": [{"task": "t"}]}, "competitors": RIVAL}
    asked = ("POST", f"/api/{path}", contents.get(path, {"topic": "t", "report": "r"}))
    faults.slow(0, times=1)
    faults.fail(ConnectionLost("reset"), after_commit=True, times=50)
    lost = await ada.call(*asked, idempotency_key="key-00001")
    faults.heal()
    assert (lost.status, lost.json["code"]) == (503, "unreachable")
    assert (await ada.call(*asked, idempotency_key="key-00001")).status in (201, 409)
    clock.advance(31)
    assert (await ada.call(*asked, idempotency_key="key-00001")).status == 201
    assert len((await ada.get(f"/api/{path}"))["items"]) == 1


async def test_lists_come_newest_first_page_by_page(enters: Enters, clock: FrozenClock) -> None:
    ada = await enters("ada")
    for number in range(7):
        await made(ada, "reports", {"topic": f"t{number}", "report": "# r"})
        clock.advance(1)
    topics: list[str] = []
    path = cursor = "/api/reports?limit=3"
    for _ in range(3):
        page = await ada.get(path)
        topics += [each["topic"] for each in page["items"]]
        assert "report" not in page["items"][0]
        cursor = page["cursor"]
        path = f"/api/reports?limit=3&cursor={cursor}"
    assert topics == [f"t{number}" for number in reversed(range(7))]
    assert cursor is None


async def test_a_cursor_serves_nobody_else_no_other_list_and_not_when_changed(
    enters: Enters, clock: FrozenClock
) -> None:
    ada, eve = await enters("ada"), await enters("eve")
    for client in (ada, eve):
        for _ in range(3):
            await made(client, "reports", {"topic": "t", "report": "r"})
            await made(client, "projects", {"name": "p"})
            clock.advance(1)
    for path in ("reports", "activity"):
        cursor = (await ada.get(f"/api/{path}?limit=1"))["cursor"]
        assert (await ada.call("GET", f"/api/{path}?limit=1&cursor={cursor}")).status == 200
        middle = len(cursor) // 2
        changed = cursor[:middle] + ("A" if cursor[middle] != "A" else "B") + cursor[middle + 1 :]
        tries = [
            (eve, path, cursor),
            (ada, "projects", cursor),
            (ada, path, changed),
            (ada, path, "x"),
            (ada, path, "é"),
        ]
        for client, where, text in tries:
            refused = await client.call("GET", f"/api/{where}?limit=1&cursor={quote(text)}")
            assert (refused.status, refused.json["code"]) == (400, "bad-cursor"), (where, text)
    for limit in ("0", "101", "-1", "x", "1e3"):
        assert (await ada.call("GET", f"/api/reports?limit={limit}")).status == 422


async def test_a_page_of_what_a_filter_leaves_is_full(enters: Enters, clock: FrozenClock) -> None:
    ada = await enters("ada")
    project = await made(ada, "projects", {"name": "p"})
    for number in range(12):
        await made(ada, "content", {**TEXT, "projectId": None if number % 4 == 0 else project["id"]})
        clock.advance(1)
    page = await ada.get("/api/content?project=&limit=2")
    assert len(page["items"]) == 2


async def test_what_a_body_or_an_address_says_of_the_user_counts_for_nothing(
    enters: Enters, workspaces: Workspaces
) -> None:
    ada, eve = await enters("ada"), await enters("eve")
    text = await made(eve, "content", {**TEXT, "userId": "ada", "user_id": "ada", "id": "mine", "PK": "USER#ada"})
    assert text["id"] != "mine"
    assert (await ada.get("/api/content"))["items"] == []
    assert [each["id"] for each in (await eve.get("/api/content?userId=ada"))["items"]] == [text["id"]]
    stolen = await made(ada, "content", TEXT)
    for path in (stolen["id"], f"../ada/{stolen['id']}", f"USER%23ada/{stolen['id']}", f"{stolen['id']}%23"):
        answer = await eve.call("GET", f"/api/content/{path}")
        assert answer.status == 404, path


@pytest.mark.parametrize("id_", ["a#b", "a/b", "PROFILE", "%", "é ü", "..", "a?b", "CONTENT#a"])
async def test_ids_of_any_shape_lead_to_their_own_thing(enters: Enters, workspaces: Workspaces, id_: str) -> None:
    ada = await enters("ada#1")
    mine = workspaces.of("ada#1")
    await mine.contents.add(content_type="x", content="text", content_id=id_)
    found = await ada.get(f"/api/content/{quote(id_, safe='').replace('.', '%2E')}")
    assert found["id"] == id_
    assert (
        await ada.call("DELETE", f"/api/content/{quote(id_, safe='').replace('.', '%2E')}", if_match='"1"')
    ).status == 204


@pytest.mark.parametrize(
    ("content", "path"),
    [
        ({**TEXT, "type": 1}, "type"),
        ({"type": "x"}, ""),
        ({**TEXT, "content": ""}, "content"),
        ({**TEXT, "content": "é" * (175 * 1024 + 1)}, "content"),
        (b"{", ""),
        (b"\xff", ""),
        (b"[]", ""),
        (b'{"x":' + b"[" * 100_000, ""),
        (b'{"type": "x", "content": "\\ud800"}', ""),
    ],
)
async def test_what_is_wrong_is_told_with_its_place_before_anything_is_written(
    enters: Enters, content: Any, path: str
) -> None:
    ada = await enters("ada")
    refused = await ada.call("POST", "/api/content", content)
    assert refused.status == 422
    assert [error["path"] for error in refused.json["errors"]] == [path]
    assert (await ada.get("/api/content"))["items"] == []


async def test_places_inside_lists_are_told_and_rules_of_the_fields_too(enters: Enters) -> None:
    ada = await enters("ada")
    step = {"task": "a"}
    told = await ada.call("POST", "/api/plans", {"plan": [step, {"task": "b", "completed": "yes"}]})
    assert told.json["errors"][0]["path"] == "plan[1].completed"
    rating = await ada.call("POST", "/api/competitors", {**RIVAL, "avgRating": 5.1})
    assert rating.json["errors"] == [{"path": "avgRating", "message": "expected a number from 0 to 5"}]


async def test_bodies_that_are_too_large_or_no_json_are_refused(enters: Enters) -> None:
    ada = await enters("ada")
    huge = await ada.call("POST", "/api/content", {**TEXT, "content": "x" * 2_500_000})
    assert (huge.status, huge.json["limit"]) == (413, 2_500_000)
    form = await ada.call("POST", "/api/content", b"type=x", content_type="text/plain")
    assert form.status == 415
    assert (await ada.call("GET", "/api/nothing")).status == 404
    assert (await ada.call("PUT", "/api/content", TEXT)).status in (404, 405)


async def test_a_plan_is_ticked_and_the_newest_is_the_one_that_counts(enters: Enters, clock: FrozenClock) -> None:
    ada = await enters("ada")
    assert (await ada.get("/api/plans/latest")) == {"plan": None}
    await made(ada, "plans", {"plan": [{"task": "old"}]})
    clock.advance(1)
    plan = await made(ada, "plans", {"plan": [{"task": "a"}, {"task": "b", "toolLink": "/library"}]})
    path = f"/api/plans/{plan['id']}/tasks"
    ticked = await ada.call("PUT", f"{path}/1", {"completed": True}, if_match=plan["etag"])
    assert [task["completed"] for task in ticked.json["plan"]] == [None, True]
    late = await ada.call("PUT", f"{path}/0", {"completed": True}, if_match=plan["etag"])
    assert (late.status, late.json["current"]["etag"]) == (412, ticked.etag)
    assert (await ada.call("PUT", f"{path}/9", {"completed": True}, if_match=ticked.etag)).status == 404
    assert (await ada.get("/api/plans/latest"))["plan"] == ticked.json


async def test_competitors_are_ranked_by_their_reviews(enters: Enters) -> None:
    ada = await enters("ada")
    for name, reviews in (("few", 9), ("most", 100), ("some", 20)):
        await made(ada, "competitors", {**RIVAL, "name": name, "reviewCount": reviews})
    assert [each["name"] for each in (await ada.get("/api/competitors"))["items"]] == ["most", "some", "few"]


async def test_a_database_that_does_not_answer_is_told_without_its_words(enters: Enters, faults: AsyncFaults) -> None:
    ada = await enters("ada")
    for error, code in (
        (ConnectionLost("reset by 10.0.0.7"), "unreachable"),
        (Throttled("BayonCoAgent USER#ada"), "busy"),
    ):
        faults.fail(error, times=50)
        answer = await ada.call("GET", "/api/content")
        faults.heal()
        assert (answer.status, answer.json["code"]) == (503, code)
        assert b"10.0.0.7" not in answer.raw
        assert b"Bayon" not in answer.raw
