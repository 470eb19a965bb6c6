from __future__ import annotations

from xml.etree import ElementTree

import pytest
import segno
from live_translation.gateway.qr import qr, svg
from starlette.requests import Request
from starlette.responses import Response

pytestmark = pytest.mark.anyio


async def ask(query: str) -> Response:
    headers = [(b"host", b"hall:8080")]
    scope = {"type": "http", "scheme": "http", "path": "/qr", "query_string": query.encode(), "headers": headers}
    return await qr(Request(scope))


async def test_the_code_holds_the_link_of_the_session_at_the_address_that_was_asked() -> None:
    answer = await ask("session=faithful-shepherd-417")
    assert answer.media_type == "image/svg+xml"
    assert answer.body == svg("http://hall:8080/listener?session=faithful-shepherd-417")


async def test_behind_a_proxy_with_tls_the_link_is_https() -> None:
    answer = await ask("session=faithful-shepherd-417&scheme=https")
    assert answer.body == svg("https://hall:8080/listener?session=faithful-shepherd-417")


@pytest.mark.parametrize("query", ["", "session=faithful", "session=<script>", "session=faithful-shepherd-099"])
async def test_only_session_ids_become_codes(query: str) -> None:
    assert (await ask(query)).status_code == 400


def test_the_picture_has_as_many_modules_as_the_code_with_its_border_and_scales() -> None:
    picture = ElementTree.fromstring(svg("http://hall/listener?session=faithful-shepherd-417"))
    modules = segno.make("http://hall/listener?session=faithful-shepherd-417", error="m").symbol_size(border=2)[0]
    assert picture.get("viewBox") == f"0 0 {modules} {modules}"
    assert picture.get("width") is None
