"""The link of a session as a QR code, so that a phone gets in from across the room."""

from __future__ import annotations

import io

import segno
from starlette.requests import Request
from starlette.responses import Response

from live_translation.errors import ServiceProblem
from live_translation.sessions import validation


async def qr(request: Request) -> Response:
    """Answer `/qr?session=ID` with an SVG; `scheme=https` where a proxy in front of the service speaks TLS."""
    try:
        session_id = validation.session_id({"sessionId": request.query_params.get("session", "")})
    except ServiceProblem as problem:
        return Response(problem.message, 400, media_type="text/plain")
    scheme = "https" if request.query_params.get("scheme") == "https" else request.url.scheme
    link = f"{scheme}://{request.url.netloc}/listener?session={session_id}"
    return Response(svg(link), media_type="image/svg+xml", headers={"cache-control": "max-age=3600"})


def svg(link: str) -> bytes:
    """A QR code as SVG that scales to any size."""
    picture = io.BytesIO()
    segno.make(link, error="m", micro=False).save(picture, kind="svg", xmldecl=False, omitsize=True, border=2)
    return picture.getvalue()
