import logging

import pytest
from live_translation.errors import ServiceProblem
from live_translation.identity.authorizer import Authorizer, refusal_of
from live_translation.identity.keysets import KeySet

from tests.live_translation.doubles import ManualClock
from tests.live_translation.identity.tokens_of import COGNITO, document, token

pytestmark = pytest.mark.anyio


class Issuer:
    down = False

    async def fetch(self) -> bytes:
        if self.down:
            raise OSError("no route")
        return document("one")


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def authorizer(issuer: Issuer, clock: ManualClock) -> Authorizer:
    return Authorizer(KeySet(issuer.fetch, clock), COGNITO, clock)


async def refused(authorizer: Authorizer, text: str) -> ServiceProblem:
    with pytest.raises(ServiceProblem) as problem:
        await authorizer.user_of({"token": text})
    return problem.value


async def test_who_shows_no_token_is_anonymous_whatever_becomes_of_the_issuer(
    authorizer: Authorizer, issuer: Issuer
) -> None:
    issuer.down = True
    assert await authorizer.user_of({}) is None
    assert await authorizer.context({}) == {"userId": ""}


async def test_a_good_token_names_its_user(authorizer: Authorizer) -> None:
    assert await authorizer.user_of({"token": token()}) == "ada"
    assert await authorizer.user_of({}, {"Authorization": f"Bearer {token()}"}) == "ada"
    assert await authorizer.context({"token": token()}) == {"userId": "ada"}


async def test_a_token_that_has_expired_is_told_apart_from_a_forged_one(
    authorizer: Authorizer, clock: ManualClock
) -> None:
    old = token()
    clock.forward(3_600)
    expired = await refused(authorizer, old)
    assert (expired.status, expired.code, expired.message) == (401, "UNAUTHORIZED", "Token expired.")
    assert expired.details == {"reason": "expired"}
    for bad in ("", "nonsense", token("two", kid="one", exp=clock() + 9), token("two"), token(aud="other")):
        if bad:
            forged = await refused(authorizer, bad)
            assert (forged.status, forged.message[:13], forged.details) == (401, "Invalid token", {"reason": "invalid"})


async def test_an_outage_of_the_issuer_is_not_the_speaker_s_fault(authorizer: Authorizer, issuer: Issuer) -> None:
    issuer.down = True
    problem = await refused(authorizer, token())
    assert (problem.status, problem.code) == (503, "SERVICE_UNAVAILABLE")
    assert problem.details == {"service": "identity", "retryable": True}


async def test_what_the_authorizer_could_not_tell_becomes_the_same_refusal_in_a_handler(
    authorizer: Authorizer, issuer: Issuer, clock: ManualClock
) -> None:
    good = token()
    assert await authorizer.context({"token": "x"}) == {"error": "invalid: Invalid token: it is not a token."}
    clock.forward(4_000)
    assert await authorizer.context({"token": good}) == {"error": "expired"}
    issuer.down = True
    clock.forward(4_000)
    assert await authorizer.context({"token": token(exp=clock() + 60)}) == {"error": "unavailable"}
    why = refusal_of("invalid: Invalid token: it is not a token.")
    assert (why.message, why.details) == ("Invalid token: it is not a token.", {"reason": "invalid"})
    assert [refusal_of(each).status for each in ("invalid", "expired", "unavailable", "?")] == [401, 401, 503, 401]


async def test_no_part_of_a_token_is_logged(authorizer: Authorizer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    shown = [token("two", kid="one"), token(aud="other"), token("two"), "not-a-token"]
    for each in shown:
        await refused(authorizer, each)
    assert len(caplog.messages) == len(shown)
    for each in shown:
        assert not any(part in caplog.text for part in each.split(".") if part)
    assert "ada" not in caplog.text
