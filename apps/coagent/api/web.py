"""The pages and their parts, as they are served."""

from __future__ import annotations

import os
from typing import Final

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import PathLike, StaticFiles
from starlette.types import Scope

from coagent.pages import NAMES, SHELL, STATIC

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
PERMISSIONS: Final = "camera=(), geolocation=(), microphone=()"


class _Fresh(StaticFiles):
    """Asks browsers to look each time whether a file has changed: modules of two versions do not fit together."""

    def file_response(
        self, full_path: PathLike, stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """The file, or that it has not changed."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["cache-control"] = "no-cache"
        return response


def page_routes() -> list[BaseRoute]:
    """Every page is the same file; its script draws what the address names."""

    async def page(request: Request) -> Response:
        return FileResponse(SHELL, headers={"cache-control": "no-cache"})

    return [*(Route(f"/{name}", page) for name in NAMES), Mount("/static", _Fresh(directory=STATIC))]
