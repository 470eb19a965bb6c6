"""The operator's figures over HTTP: as JSON for a page, and for Prometheus; not for everybody."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import Final

from hosting.callers import is_from_here
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from live_translation.metrics.exposition import CONTENT_TYPE, exposition
from live_translation.metrics.keeper import FiguresKeeper

_ONLY_HERE: Final = "The figures are given to this machine only; OPERATOR_PASSCODE opens them to others."

Answer = Callable[[Request], Awaitable[Response]]


def operator_routes(keeper: FiguresKeeper, passcode: str) -> list[BaseRoute]:
    """`/operator/figures` and `/metrics`; without a passcode only for browsers and programs on this machine."""

    async def figures(request: Request) -> Response:
        return JSONResponse(await keeper.figures(), headers={"cache-control": "no-store"})

    async def metrics(request: Request) -> Response:
        return Response(exposition(await keeper.processes()), media_type=CONTENT_TYPE)

    def guarded(answer: Answer) -> Answer:
        async def guard(request: Request) -> Response:
            return _refusal(request, passcode) or await answer(request)

        return guard

    return [Route("/operator/figures", guarded(figures)), Route("/metrics", guarded(metrics))]


def _refusal(request: Request, passcode: str) -> Response | None:
    if passcode:
        kind, _, given = request.headers.get("authorization", "").partition(" ")
        # In constant time: how long a comparison takes would tell how much of a guess was right.
        if kind.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), passcode.encode()):
            return None
        return PlainTextResponse("A passcode is needed.", 401, headers={"www-authenticate": "Bearer"})
    return None if is_from_here(request) else PlainTextResponse(_ONLY_HERE, 403)
