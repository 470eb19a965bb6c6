"""The pages and their parts, as they are served."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from coagent.pages import NAMES, SHELL, STATIC

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
PERMISSIONS: Final = "camera=(), geolocation=(), microphone=()"


def page_routes() -> list[BaseRoute]:
    """Every page is the same file; its script draws what the address names."""

    async def page(request: Request) -> Response:
        return FileResponse(SHELL, headers={"cache-control": "no-cache"})

    return [*(Route(f"/{name}", page) for name in NAMES), Mount("/static", StaticFiles(directory=STATIC))]
