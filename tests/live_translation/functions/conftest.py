from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from live_translation.functions import answers
from live_translation.functions.container import Container
from live_translation.functions.environment import Environment
from live_translation.metrics.emf import Emf
from live_translation.tables import TABLES

from dynalayer import AsyncDatabase
from tests.live_translation.doubles import ManualClock
from tests.live_translation.functions.api_gateway import ApiGateway, serving
from tests.live_translation.identity.tokens_of import document

pytest.importorskip("botocore", reason="the functions post through botocore")


class Issuer:
    """The pool's keys, while it is not down."""

    down = False

    async def fetch(self) -> bytes:
        if self.down:
            raise OSError("no route")
        return document("one")


class Deployed:
    """The functions behind a stand-in for API Gateway, on a file that all of them open."""

    def __init__(
        self, gateway: ApiGateway, database: AsyncDatabase, address: str, issuer: Issuer, lines: list[str]
    ) -> None:
        self.lines = lines
        self.gateway = gateway
        self.issuer = issuer
        self.database = database
        self.address = address


@pytest.fixture
async def deployed(tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Deployed]:
    issuer, lines = Issuer(), list[str]()
    variables = {
        "DATABASE_URL": f"embedded:{tmp_path}/live.db",
        "REGION": "eu-west-1",
        "USER_POOL_ID": "eu-west-1_x",
        "CLIENT_ID": "client",
        "WELCOME_FUNCTION_NAME": "welcome",
        "TRANSLATION_ENGINE": "phrasebook",
        "RATE_LIMIT_CONNECTION_ATTEMPTS_PER_MIN": "1000",
    }

    def make() -> Container:
        return Container(
            Environment.read(variables), clock=clock, fetching=lambda url: issuer.fetch, emf=Emf(lines.append)
        )

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setattr(answers, "WELCOME_WAITS", (0.01,) * 20)
    gateway = ApiGateway(make, clock)
    async with AsyncDatabase(variables["DATABASE_URL"], clock=clock) as database, serving(gateway) as port:
        await database.create_tables(*TABLES)
        variables["API_GATEWAY_ENDPOINT"] = f"http://127.0.0.1:{port}/prod"
        monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", f"http://127.0.0.1:{port}")
        yield Deployed(gateway, database, f"127.0.0.1:{port}/prod", issuer, lines)
