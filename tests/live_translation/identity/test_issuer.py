import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from live_translation.errors import ServiceProblem
from live_translation.identity.authorizer import Authorizer
from live_translation.identity.issuer import EXPECTED, LocalIssuer, kept_key
from live_translation.identity.keysets import UnknownKey, read_keys
from live_translation.settings import BadSetting

from tests.live_translation.doubles import ManualClock
from tests.live_translation.identity.tokens_of import private

pytestmark = pytest.mark.anyio
HALF_A_DAY = 12 * 3_600


@pytest.fixture
def issuer(clock: ManualClock) -> LocalIssuer:
    return LocalIssuer(private("one"), clock)


@pytest.fixture
def authorizer(issuer: LocalIssuer, clock: ManualClock) -> Authorizer:
    return Authorizer(issuer, EXPECTED, clock)


async def test_its_tokens_are_good_for_half_a_day(
    issuer: LocalIssuer, authorizer: Authorizer, clock: ManualClock
) -> None:
    given = issuer.token_for("Ada")
    assert given["expiresAt"] == int(clock() + HALF_A_DAY) * 1000
    clock.forward(HALF_A_DAY - 1)
    assert await authorizer.user(given["token"])
    clock.forward(1)
    with pytest.raises(ServiceProblem, match="401"):
        await authorizer.user(given["token"])


async def test_two_speakers_of_one_name_are_two_users(issuer: LocalIssuer, authorizer: Authorizer) -> None:
    first, second = [await authorizer.user(issuer.token_for("Ada")["token"]) for _ in range(2)]
    assert first != second


async def test_who_has_a_good_token_may_have_another_for_the_same_user(
    issuer: LocalIssuer, authorizer: Authorizer
) -> None:
    first = await authorizer.user(issuer.token_for("Ada")["token"])
    assert await authorizer.user(issuer.token_for("Ada", known_as=first)["token"]) == first


async def test_its_document_has_the_public_key_alone(issuer: LocalIssuer) -> None:
    (only,) = issuer.document()["keys"]
    assert set(only) == {"kty", "n", "e", "kid", "use", "alg"}
    assert (await issuer.key(only["kid"])).key_id == only["kid"]
    assert list(read_keys(json.dumps(issuer.document()).encode())) == [only["kid"]]
    with pytest.raises(UnknownKey):
        await issuer.key("another")


async def test_a_passcode_that_is_set_must_be_known(clock: ManualClock) -> None:
    issuer = LocalIssuer(private("one"), clock, "open sesame")
    assert issuer.token_for("Ada", "open sesame")["token"]
    for wrong in ("", "open", "open sesame ", "é"):
        with pytest.raises(ServiceProblem) as refused:
            issuer.token_for("Ada", wrong)
        assert (refused.value.status, refused.value.details) == (401, {"reason": "passcode"})


@pytest.mark.parametrize("name", ["", "  ", "x" * 101])
async def test_a_speaker_without_a_name_is_refused(issuer: LocalIssuer, name: str) -> None:
    with pytest.raises(ServiceProblem, match="400 INVALID_PARAMETERS"):
        issuer.token_for(name)


async def test_the_key_is_kept_for_its_owner_alone(tmp_path: Path, clock: ManualClock) -> None:
    path = tmp_path / "live.db.issuer.pem"
    given = LocalIssuer(kept_key(path), clock).token_for("Ada")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = LocalIssuer(kept_key(path), clock)
    assert await Authorizer(again, EXPECTED, clock).user(given["token"])
    assert os.listdir(tmp_path) == [path.name]


def test_of_processes_that_start_together_all_have_the_same_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        keys = list(pool.map(kept_key, [tmp_path / "k"] * 4))
    assert len({key.private_numbers().d for key in keys}) == 1
    assert os.listdir(tmp_path) == ["k"]


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "k"
    kept_key(path)
    path.chmod(0o644)
    with pytest.raises(BadSetting, match="chmod 600"):
        kept_key(path)


def test_a_file_that_is_no_key_is_refused_and_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "k"
    path.write_text("something else")
    path.chmod(0o600)
    with pytest.raises(BadSetting, match="does not: remove it"):
        kept_key(path)
    assert path.read_text() == "something else"


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="cannot be used: No such file"):
        kept_key(tmp_path / "nowhere" / "k")
