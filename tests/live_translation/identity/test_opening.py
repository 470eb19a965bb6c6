from pathlib import Path

import pytest
from live_translation.identity.keysets import Fetch
from live_translation.identity.opening import expected_of, key_path, open_identity
from live_translation.settings import Settings

from tests.live_translation.doubles import ManualClock
from tests.live_translation.identity.tokens_of import POOL, document, token

pytestmark = pytest.mark.anyio


class Web:
    def __init__(self) -> None:
        self.urls: list[str] = []

    def __call__(self, url: str) -> Fetch:
        self.urls.append(url)

        async def fetch() -> bytes:
            return document("one")

        return fetch


async def test_a_cognito_pool_is_asked_for_its_keys(clock: ManualClock) -> None:
    web = Web()
    settings = Settings(user_pool_id="eu-west-1_x", client_id="client", region="eu-west-1")
    identity = open_identity(settings, "memory:", clock, web)
    assert identity.issuer is None
    assert web.urls == [f"{POOL}/.well-known/jwks.json"]
    assert await identity.authorizer.user_of({"token": token()}) == "ada"


async def test_any_issuer_may_be_named_and_where_its_keys_are(clock: ManualClock) -> None:
    web = Web()
    settings = Settings(issuer_url="https://issuer.example/", client_id="client")
    open_identity(settings, "memory:", clock, web)
    keyed = Settings(issuer_url=POOL, client_id="client", jwks_url="https://keys.example/")
    identity = open_identity(keyed, "memory:", clock, web)
    assert web.urls == ["https://issuer.example/.well-known/jwks.json", "https://keys.example/"]
    assert await identity.authorizer.user_of({"token": token(token_use=None)}) == "ada"


async def test_else_tokens_are_made_here_with_a_key_beside_the_database(clock: ManualClock, tmp_path: Path) -> None:
    url = f"embedded:{tmp_path}/live.db"
    identity = open_identity(Settings(), url, clock)
    assert identity.issuer is not None
    given = identity.issuer.token_for("Ada")["token"]
    assert (tmp_path / "live.db.issuer.pem").exists()
    assert await open_identity(Settings(), url, clock).authorizer.user_of({"token": given})


def test_only_a_database_in_a_file_has_a_place_for_a_key() -> None:
    assert key_path("embedded:live.db?durability=full") == Path("live.db.issuer.pem")
    assert key_path("memory:") is None
    assert key_path("aws://eu-west-1") is None
    assert expected_of(Settings()) is None
