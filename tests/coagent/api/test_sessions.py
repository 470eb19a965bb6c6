from typing import Any

import jwt
import pytest
from coagent.settings import Settings
from coagent.tables import coagent

from dynalayer import AsyncDatabase
from dynalayer.statements import Raw
from dynalayer.testing import FrozenClock
from tests.coagent.api.conftest import KEYS, Client, Enters

pytestmark = pytest.mark.anyio


async def test_nobody_gets_in_without_a_session_and_every_answer_keeps_strangers_out(anyone: Client) -> None:
    for path in ("/api/dashboard", "/api/content/x", "/api/account/export", "/api/session"):
        answer = await anyone.call("GET", path)
        assert (answer.status, answer.json["code"]) == (401, "signed-out")
        assert answer.headers["content-type"] == "application/problem+json"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"


async def test_a_session_is_a_cookie_that_scripts_cannot_read_and_that_signing_out_takes_back(enters: Enters) -> None:
    ada = await enters("ada")
    again = await ada.enter("ada")
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= {
        part.strip() for part in again.headers["set-cookie"].split(";")
    }
    assert (await ada.get("/api/session"))["user"] == "ada"
    left = await ada.call("DELETE", "/api/session")
    assert left.status == 204
    assert 'coagent=""' in left.headers["set-cookie"]


async def test_a_new_user_says_an_address_once(anyone: Client) -> None:
    refused = await anyone.call("POST", "/api/session", {"user": "ada"})
    assert refused.status == 422
    assert refused.json["errors"][0]["path"] == "email"
    wrong = await anyone.call("POST", "/api/session", {"user": "ada", "email": "nowhere"})
    assert wrong.json["errors"] == [{"path": "email", "message": "expected an email address"}]
    assert (await anyone.enter("ada")).status == 200
    assert (await anyone.call("POST", "/api/session", {"user": "ada"})).status == 200
    assert (await anyone.get("/api/profile"))["email"] == "someone@example.org"


async def test_what_the_service_of_before_wrote_is_listed_once_its_user_has_signed_in(
    enters: Enters, raw: AsyncDatabase
) -> None:
    moment = "2025-01-01T00:00:00.000Z"
    for user, sk, kind, data in (
        ("USER#ada", "PROJECT#1", "Project", {"name": {"S": "Old"}, "createdAt": {"S": moment}}),
        ("USER#ada", "REPORT#broken", "ResearchReport", {"topic": {"L": []}}),
    ):
        key = {"PK": {"S": user}, "SK": {"S": sk}, "EntityType": {"S": kind}, "Data": {"M": data}}
        times = {"CreatedAt": {"N": "1"}, "UpdatedAt": {"N": "1"}}
        await raw.run(Raw("PutItem", {"TableName": coagent.name, "Item": {**key, **times}}))
    ada = await enters("ada")
    assert [project["name"] for project in (await ada.get("/api/projects"))["items"]] == ["Old"]


@pytest.mark.parametrize("user", ["", "  ", "x" * 129, "🏠" * 100])
async def test_a_name_that_cannot_be_a_user_is_refused(anyone: Client, user: str) -> None:
    assert (await anyone.enter(user)).status == 422


async def test_a_session_ends_with_its_time(enters: Enters, clock: FrozenClock) -> None:
    ada = await enters("ada")
    clock.advance(12 * 3_600 - 1)
    assert (await ada.call("GET", "/api/session")).status == 200
    clock.advance(1)
    assert (await ada.call("GET", "/api/session")).status == 401


@pytest.mark.parametrize(
    ("key", "algorithm", "audience"),
    [(b"x" * 32, "HS256", "coagent-session"), (KEYS.sessions, "HS256", "another"), (None, "none", "coagent-session")],
)
async def test_a_session_that_somebody_made_up_is_none(anyone: Client, key: Any, algorithm: str, audience: str) -> None:
    claims = {"sub": "ada", "csrf": "c", "aud": audience, "exp": 4_000_000_000}
    anyone.cookie = f"coagent={jwt.encode(claims, key, algorithm)}"
    assert (await anyone.call("GET", "/api/dashboard")).status == 401


async def test_what_changes_something_must_come_from_a_page_of_this_service(enters: Enters) -> None:
    ada, project = await enters("ada"), {"name": "One"}
    for headers in ({"x_csrf_token": ""}, {"x_csrf_token": "wrong"}, {"sec_fetch_site": "cross-site"}):
        refused = await ada.call("POST", "/api/projects", project, **headers)
        assert refused.status == 403, refused.raw
    assert (await ada.get("/api/projects"))["items"] == []
    assert (await ada.call("POST", "/api/projects", project, sec_fetch_site="same-origin")).status == 201
    cross = await ada.call("POST", "/api/session", {"user": "eve"}, sec_fetch_site="cross-site")
    assert cross.status == 403


@pytest.mark.parametrize("headers", [{"host": "rebound.example"}, {"x_forwarded_for": "10.0.0.7"}])
async def test_without_a_passcode_nobody_signs_in_from_elsewhere(anyone: Client, headers: dict[str, str]) -> None:
    refused = await anyone.call("POST", "/api/session", {"user": "ada", "email": "a@example.org"}, **headers)
    assert (refused.status, refused.json["code"]) == (403, "not-here")


class TestWithPasscode:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(passcode="open sesame", sign_ins_per_minute=3, secure_cookies=True)

    async def test_the_passcode_is_wanted_and_tried_so_often_a_minute(self, anyone: Client, clock: FrozenClock) -> None:
        said = (await anyone.call("GET", "/api/session")).json
        assert (said["wantsPasscode"], said["samples"]) == (True, [])
        assert [(await anyone.enter("ada", guess)).status for guess in ("", "x", "y", "open sesame")] == [
            403,
            403,
            403,
            429,
        ]
        clock.advance(20)
        answer = await anyone.enter("ada", "open sesame")
        assert answer.status == 200
        assert answer.headers["set-cookie"].startswith("__Host-coagent=")
        assert "Secure" in answer.headers["set-cookie"]
