import pytest
from live_translation.gateway.operator import operator_routes
from live_translation.metrics import Recorder, catalog
from live_translation.metrics.keeper import FiguresKeeper
from live_translation.metrics.shared import SharedFigures
from live_translation.metrics.shared import figures as table
from starlette.applications import Starlette
from starlette.types import Message, Scope

from dynalayer import AsyncDatabase
from tests.live_translation.doubles import ManualClock

pytestmark = pytest.mark.anyio

PASSCODE = "open sesame"
HERE, ELSEWHERE = "127.0.0.1", "192.0.2.7"


class Site:
    """The routes as a server calls them, for a client at any address."""

    def __init__(self, keeper: FiguresKeeper, passcode: str = "") -> None:
        self._app = Starlette(routes=operator_routes(keeper, passcode))

    async def get(self, path: str, host: str = HERE, **headers: str) -> tuple[int, str]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        said = {"host": named.pop("named", "localhost:8080"), **named}
        scope: Scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "scheme": "http",
            "server": ("localhost", 8080),
            "client": (host, 50_000),
            "headers": [(name.encode(), value.encode()) for name, value in said.items()],
        }
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        return sent[0]["status"], b"".join(message.get("body", b"") for message in sent).decode()


@pytest.fixture
async def keeper(database: AsyncDatabase, clock: ManualClock) -> FiguresKeeper:
    async def census() -> tuple[int, int]:
        return 1, 2

    await database.create_tables(table)
    recorder = Recorder(clock)
    keeper = FiguresKeeper(recorder, SharedFigures(database, clock, "p"), census, lambda buckets, now: [], clock)
    recorder.count(catalog.CAPTIONS_DELIVERED, 3)
    clock.forward(5)
    await keeper.close_bucket()
    clock.forward(2)
    return keeper


async def test_this_machine_reads_the_figures(keeper: FiguresKeeper) -> None:
    status, body = await Site(keeper).get("/operator/figures")
    assert status == 200
    assert '"captions":3' in body
    assert '"listeners":2' in body
    status, body = await Site(keeper).get("/metrics")
    assert "translation_pipeline_captions_delivered_total" in body


@pytest.mark.parametrize("path", ["/operator/figures", "/metrics"])
async def test_others_do_not(keeper: FiguresKeeper, path: str) -> None:
    site = Site(keeper)
    assert (await site.get(path, ELSEWHERE))[0] == 403
    assert (await site.get(path, x_forwarded_for=ELSEWHERE))[0] == 403
    assert (await site.get(path, host="::1", forwarded="for=192.0.2.7"))[0] == 403
    assert (await site.get(path, "::1"))[0] == 200
    assert (await site.get(path, "::ffff:127.0.0.1"))[0] == 200


@pytest.mark.parametrize("name", ["rebound.example", "127.0.0.1.example:8080", "192.0.2.7"])
async def test_a_page_of_another_site_does_not_by_a_name_that_leads_here(keeper: FiguresKeeper, name: str) -> None:
    site = Site(keeper)
    assert (await site.get("/metrics", named=name))[0] == 403


@pytest.mark.parametrize("host", [HERE, ELSEWHERE])
async def test_a_passcode_opens_them_to_those_who_know_it(keeper: FiguresKeeper, host: str) -> None:
    site = Site(keeper, PASSCODE)
    assert (await site.get("/metrics", host))[0] == 401
    for wrong in (PASSCODE, "Bearer open", "Bearer ", "Basic " + PASSCODE, "Bearer \u00e9"):
        assert (await site.get("/metrics", host, authorization=wrong))[0] == 401
    assert (await site.get("/metrics", host, authorization=f"Bearer {PASSCODE}"))[0] == 200
