import logging
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from coagent.entities import Source
from coagent.workspace import Workspaces

from dynalayer import ConnectionLost
from dynalayer.sealing import Secret
from dynalayer.testing import AsyncFaults, FrozenClock
from tests.coagent.api.conftest import KEYS, Client, Enters

pytestmark = pytest.mark.anyio


@pytest.fixture
def workspaces(workspaces: Workspaces, clock: FrozenClock) -> Workspaces:
    return Workspaces(workspaces.database, clock=clock, sealer=KEYS.sealer)


async def review(workspaces: Workspaces, user: str, days: int, rating: int = 5, **more: str) -> None:
    moment = datetime.fromtimestamp(1_800_000_000, UTC) - timedelta(days=days)
    await workspaces.of(user).reviews.add(
        author=more.get("author", "Bo"),
        source=Source.google if days % 2 else Source.yelp,
        rating=Decimal(rating),
        comment=more.get("comment", "good"),
        date=moment,
        review_id=more.get("id"),
    )


async def test_the_profile_is_made_completed_and_changed_by_parts(enters: Enters) -> None:
    ada = await enters("ada")
    empty = await ada.call("GET", "/api/agent")
    assert "etag" not in empty.headers
    assert (empty.json["completeness"]["score"], len(empty.json["completeness"]["missing"])) == (0, 10)
    first = await ada.call("PATCH", "/api/agent", {"name": "Ada", "bio": "b", "certifications": ["c"], "twitter": "t"})
    assert first.status == 200
    assert first.json["completeness"]["score"] == 30
    assert (await ada.call("PATCH", "/api/agent", {"name": "x"})).status == 428
    changed = await ada.call("PATCH", "/api/agent", {"bio": None, "yearsOfExperience": 3}, if_match=first.etag)
    assert (changed.json["bio"], changed.json["twitter"], changed.json["yearsOfExperience"]) == ("", "t", 3)
    late = await ada.call("PATCH", "/api/agent", {"name": "x"}, if_match=first.etag)
    assert (late.status, late.json["current"]["name"]) == (412, "Ada")
    photo = await ada.call("PUT", "/api/photo", {"photoURL": "https://example.org/a.png"})
    assert "photoURL" not in photo.json["completeness"]["missing"]
    account = await ada.call("GET", "/api/profile")
    assert account.json["photoURL"] == "https://example.org/a.png"
    named = await ada.call("PATCH", "/api/profile", {"displayName": "A", "role": "superadmin"}, if_match=account.etag)
    assert (named.json["displayName"], named.json["role"]) == ("A", account.json["role"])
    wrong = await ada.call("PATCH", "/api/agent", {"zillowEmail": "x"}, if_match=photo.etag)
    assert wrong.json["errors"][0]["path"] == "zillowEmail"


async def test_reviews_come_by_date_in_figures_and_go_by_id(enters: Enters, workspaces: Workspaces) -> None:
    ada, eve = await enters("ada"), await enters("eve")
    for days in (40, 1, 90, 7):
        await review(workspaces, "ada", days, rating=4 if days == 7 else 5, id=f"r{days}")
    found = await ada.get("/api/reviews?limit=3")
    assert [each["id"] for each in found["items"]] == ["r1", "r7", "r40"]
    figures = await ada.get("/api/reviews/summary")
    assert figures == {"count": 4, "average": 4.75, "last30Days": 2, "sources": {"Google": 2, "Yelp": 2}}
    assert (await eve.get("/api/reviews/summary"))["average"] is None
    assert (await eve.call("DELETE", "/api/reviews/r1")).status == 404
    assert (await eve.call("GET", "/api/reviews/r1")).status == 404
    assert (await ada.call("DELETE", "/api/reviews/r1")).status == 204
    assert (await ada.get("/api/reviews/summary"))["count"] == 3


async def test_the_dashboard_is_one_call(enters: Enters, workspaces: Workspaces) -> None:
    ada = await enters("ada")
    for days in range(5):
        await review(workspaces, "ada", days)
    await ada.call("POST", "/api/plans", {"plan": [{"task": "a"}]})
    await ada.call("PUT", "/api/audit", {"results": [{"platform": "Yelp", "status": "Not Found"}]})
    await ada.call("PUT", "/api/analysis", {"overallSentiment": "Mixed", "summary": "s", "keywords": ["k"]})
    await ada.call("PUT", "/api/training/seo", {"completed": True})
    found = await ada.get("/api/dashboard")
    assert len(found["recentReviews"]) == 3
    assert found["reviews"]["count"] == 5
    assert found["plan"]["plan"][0]["task"] == "a"
    assert found["audit"]["results"][0]["status"] == "Not Found"
    assert found["analysis"]["overallSentiment"] == "Mixed"
    assert found["training"] == {"completed": 1, "total": 7}
    empty = await (await enters("eve")).get("/api/dashboard")
    assert (empty["plan"], empty["audit"], empty["reviews"]["average"]) == (None, None, None)


async def test_training_counts_the_modules_that_there_are(enters: Enters, workspaces: Workspaces) -> None:
    ada = await enters("ada")
    await workspaces.of("ada").training.set("of-before", True)
    done = await ada.call("PUT", "/api/training/seo", {"completed": True})
    assert (done.json["completed"], done.json["total"]) == (1, 7)
    assert (await ada.call("PUT", "/api/training/seo", {"completed": False})).json["completed"] == 0
    assert (await ada.call("PUT", "/api/training/nothing", {"completed": True})).status == 404


async def test_the_activity_is_merged_and_read_to_its_end(enters: Enters, clock: FrozenClock) -> None:
    ada = await enters("ada")
    for number in range(4):
        await ada.call("POST", "/api/content", {"type": "x", "content": "c", "name": f"c{number}"})
        clock.advance(1)
        await ada.call("POST", "/api/reports", {"topic": f"r{number}", "report": "r"})
        clock.advance(1)
    titles: list[str] = []
    path = "/api/activity?limit=3"
    while path:
        page = await ada.get(path)
        titles += [each["title"] for each in page["items"]]
        path = page["cursor"] and f"/api/activity?limit=3&cursor={page['cursor']}"
    assert titles == ["r3", "c3", "r2", "c2", "r1", "c1", "r0", "c0"]


async def test_no_token_ever_reaches_a_browser_or_the_log(
    enters: Enters, workspaces: Workspaces, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    ada, eve = await enters("ada"), await enters("eve")
    await workspaces.of("ada").tokens.store(
        access_token=Secret("ya29.hush"), refresh_token=Secret("1//hush"), expiry_date=1_800_000_000_000 + 1, scope="s"
    )
    (status,) = (await ada.get("/api/connections"))["items"]
    assert status == {
        "provider": "GOOGLE_BUSINESS", "scope": "s", "expiresAt": 1_800_000_000_001, "isExpired": False,
    }  # fmt: skip
    await ada.get("/api/dashboard")
    export = await ada.call("GET", "/api/account/export")
    assert "OAuthToken" in {line.get("kind") for line in export.lines}
    assert (await eve.call("DELETE", "/api/connections/GOOGLE_BUSINESS")).status == 404
    assert (await ada.call("DELETE", "/api/connections/GOOGLE_BUSINESS")).status == 204
    assert b"hush" not in b"".join(ada.heard)
    assert "hush" not in caplog.text
    assert ada.cookie.partition("=")[2] not in caplog.text


async def fill(client: Client, texts: int) -> None:
    for number in range(texts):
        await client.call(
            "POST", "/api/content", {"type": "x", "content": "c", "name": f"{client.cookie[-4:]}{number}"}
        )


async def test_a_copy_of_everything_comes_as_lines_and_says_that_it_is_whole(enters: Enters) -> None:
    ada, eve = await enters("ada"), await enters("eve")
    await fill(ada, 5)
    await fill(eve, 1)
    export = await ada.call("GET", "/api/account/export")
    assert export.headers["content-type"] == "application/x-ndjson"
    assert export.headers["content-disposition"] == 'attachment; filename="co-agent-export.ndjson"'
    *items, end = export.lines
    assert end == {"end": True, "items": 6}
    assert {item["item"].get("userId", item["item"]["id"]) for item in items} == {"ada"}


async def test_an_account_goes_once_it_is_confirmed_to_the_letter_and_tells_how_far_it_is(enters: Enters) -> None:
    ada, eve = await enters("ada"), await enters("eve")
    await fill(ada, 120)
    await fill(eve, 2)
    assert await ada.get("/api/account/deletion") == {"items": 121}
    for wrong in ({"confirm": "Ada"}, {"confirm": "eve"}, {}):
        assert (await ada.call("POST", "/api/account/deletion", wrong)).status == 422
    *progress, end = (await ada.call("POST", "/api/account/deletion", {"confirm": "ada"})).lines
    assert end == {"deleted": 121, "isDone": True}
    assert [line["deleted"] for line in progress][:2] == [100, 120]
    assert await ada.get("/api/account/deletion") == {"items": 0}
    assert (await ada.call("POST", "/api/account/deletion", {"confirm": "ada"})).lines[-1]["deleted"] == 0
    assert (await ada.call("GET", "/api/profile")).status == 404
    assert len((await eve.get("/api/content"))["items"]) == 2


async def test_lines_that_break_off_lack_their_last_and_a_deletion_goes_on(
    enters: Enters, faults: AsyncFaults, caplog: pytest.LogCaptureFixture
) -> None:
    ada = await enters("ada")
    await fill(ada, 3)
    for method, path, content in (
        ("GET", "/api/account/export", None),
        ("POST", "/api/account/deletion", {"confirm": "ada"}),
    ):
        faults.fail(ConnectionLost("of USER#ada"), times=50)
        cut = await ada.call(method, path, content)
        faults.heal()
        assert cut.status == 200
        assert cut.lines == []
    assert "ada" not in caplog.text
    assert (await ada.call("POST", "/api/account/deletion", {"confirm": "ada"})).lines[-1] == {
        "deleted": 4,
        "isDone": True,
    }
