"""The pages and the small JSON answers beside the WebSocket."""

from __future__ import annotations

import string
from collections.abc import Awaitable, Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import perf_counter
from typing import Final

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from live_translation.gateway.operator import operator_routes
from live_translation.gateway.qr import qr
from live_translation.gateway.service import Service
from live_translation.recognition import Recogniser
from live_translation.talk import load_talk
from live_translation.translation import Translator

PAGES: Final = Path(__file__).parent.parent / "pages"

POLICY: Final = (
    "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; media-src 'self' blob: data:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
PERMISSIONS: Final = "microphone=(self), camera=(), geolocation=()"


def web_routes(service: Service, pages: Path = PAGES) -> list[BaseRoute]:
    """The routes of everything that is not a WebSocket."""

    async def health(request: Request) -> Response:
        started = perf_counter()
        is_well = await service.is_well()
        body = {
            "status": "healthy" if is_well else "unhealthy",
            "service": "live-translation",
            "engine": service.translator.name,
            "engineNote": service.translator.description,
            "version": _version(),
            "responseTimeMs": round((perf_counter() - started) * 1000, 3),
        }
        return JSONResponse(body, 200 if is_well else 503)

    return [
        Route("/", _page(pages, "index.html")),
        Route("/speaker", _page(pages, "speaker.html")),
        Route("/listener", _page(pages, "listener.html")),
        Route("/operator", _page(pages, "operator.html")),
        Route("/qr", qr),
        Route("/talk", _fixed(_talk())),
        Route("/languages", _fixed(_languages(service.translator, service.recogniser))),
        Route("/health", health),
        *operator_routes(service.figures, service.settings.operator_passcode),
        Mount("/static", StaticFiles(directory=pages / "static", check_dir=False)),
    ]


def _page(pages: Path, name: str) -> Callable[[Request], Awaitable[Response]]:
    async def page(request: Request) -> Response:
        path = pages / name
        if not path.is_file():
            return PlainTextResponse(f"The page {name} is not installed.", 404)
        return FileResponse(path, headers={"cache-control": "no-cache"})

    return page


def _fixed(content: object) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        return JSONResponse(content)

    return answer


def _talk() -> dict[str, object]:
    talk = load_talk()
    sentences = [{"id": sentence.id, "text": sentence.text} for sentence in talk.sentences]
    return {"title": talk.title, "language": talk.language, "sentences": sentences}


def _languages(translator: Translator, recogniser: Recogniser) -> dict[str, object]:
    codes = (first + second for first in string.ascii_lowercase for second in string.ascii_lowercase)
    sources = {code: sorted(targets) for code in codes if (targets := translator.languages(code))}
    heard = {"engine": recogniser.name, "languages": sorted(recogniser.languages)}
    return {"engine": translator.name, "note": translator.description, "sources": sources, "recognition": heard}


def _version() -> str:
    try:
        return version("dynalayer-apps")
    except PackageNotFoundError:
        return "unknown"
