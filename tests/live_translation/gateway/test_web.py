import http.client
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from anyio import to_thread
from live_translation.gateway.server import create_app, running
from live_translation.talk import load_talk
from starlette.applications import Starlette

from dynalayer import AsyncDatabase
from tests.live_translation.doubles import EchoTranslator

pytestmark = pytest.mark.anyio


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "app.js").write_text("let a;")
    (tmp_path / "index.html").write_text("<h1>Choose")
    (tmp_path / "speaker.html").write_text("<h1>Speak")
    return tmp_path


@pytest.fixture
def app(pages: Path) -> Starlette:
    return create_app(AsyncDatabase("memory:"), EchoTranslator(), pages=pages)


@pytest.fixture
async def address(app: Starlette) -> AsyncIterator[str]:
    async with running(app) as address:
        yield address


async def get(address: str, path: str) -> tuple[int, dict[str, str], bytes]:
    def fetch() -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection(address, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    return await to_thread.run_sync(fetch)


async def get_json(address: str, path: str) -> Any:
    return msgspec.json.decode((await get(address, path))[2])


@pytest.mark.parametrize(("path", "content"), [("/", b"Choose"), ("/speaker", b"Speak"), ("/static/app.js", b"let a;")])
async def test_pages_come_with_what_keeps_strangers_out(address: str, path: str, content: bytes) -> None:
    status, headers, body = await get(address, path)
    assert status == 200
    assert content in body
    assert headers["content-security-policy"].startswith("default-src 'self'; connect-src 'self' ws: wss:")
    assert headers["x-content-type-options"] == "nosniff"
    assert "server" not in headers


async def test_a_page_that_is_not_there_is_a_clear_404(address: str) -> None:
    status, _, body = await get(address, "/listener?session=a-b-100")
    assert (status, body) == (404, b"The page listener.html is not installed.")


@pytest.mark.parametrize("path", ["/static/../index.html", "/static/%2e%2e/index.html", "/static/missing.js", "/ws"])
async def test_nothing_else_is_served(address: str, path: str) -> None:
    assert (await get(address, path))[0] == 404


async def test_the_talk_is_given_whole(address: str) -> None:
    talk = await get_json(address, "/talk")
    assert (talk["title"], talk["language"]) == (load_talk().title, "es")
    assert talk["sentences"][0] == {"id": load_talk().sentences[0].id, "text": load_talk().sentences[0].text}


async def test_the_languages_are_those_of_the_engine(address: str) -> None:
    assert await get_json(address, "/languages") == {
        "engine": "Echo",
        "note": "Echo: repeats.",
        "sources": {"es": ["ca", "en", "fr", "it", "pt"]},
        "recognition": {"engine": "pocketsphinx", "languages": ["en"]},
    }


async def test_health_tells_which_engine_speaks(address: str) -> None:
    health = await get_json(address, "/health")
    assert (health["status"], health["service"], health["engine"]) == ("healthy", "live-translation", "Echo")
    assert health["responseTimeMs"] >= 0
    assert set(health) == {"status", "service", "engine", "engineNote", "version", "responseTimeMs"}


async def test_without_the_database_health_is_bad(app: Starlette, address: str) -> None:
    await app.state.service._database.close()
    assert (await get(address, "/health"))[0] == 503
