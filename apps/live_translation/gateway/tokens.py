"""Tokens for speakers over HTTP, from the issuer of this service, and the keys to check them."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from live_translation import errors
from live_translation.clock import milliseconds
from live_translation.gateway.service import Service
from live_translation.handlers.problems import problem_of
from live_translation.identity.issuer import LocalIssuer
from live_translation.identity.opening import Identity

MAX_BODY_BYTES = 16_384
"""A name, a passcode, and room for what other programs add."""


class _Asked(msgspec.Struct):
    name: str = ""
    passcode: str = ""


_read = msgspec.json.Decoder(_Asked).decode


def token_routes(service: Service) -> list[BaseRoute]:
    """`POST /auth/token` and the key set; none if the tokens come from elsewhere."""
    identity = service.identity
    if identity is None or identity.issuer is None:
        return []
    issuer = identity.issuer

    async def token(request: Request) -> Response:
        try:
            await service.parts.admission.token(request.client.host if request.client else "")
            return _unstored(await _token_for(request, identity, issuer))
        except Exception as error:
            problem = problem_of(error)
            return _unstored(problem.to_message(milliseconds(service.clock)), problem.status)

    async def keys(request: Request) -> Response:
        return JSONResponse(issuer.document(), headers={"cache-control": "public, max-age=300"})

    return [Route("/auth/token", token, methods=["POST"]), Route("/.well-known/jwks.json", keys)]


async def _token_for(request: Request, identity: Identity, issuer: LocalIssuer) -> dict[str, Any]:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise errors.message_too_large(MAX_BODY_BYTES)
    try:
        asked = _read(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise errors.invalid_message("Send a JSON object with a name, and a passcode if there is one.") from None
    # Who still has a good token stays who that is: a session belongs to its speaker, not to a token.
    known_as = await identity.authorizer.user_of({}, request.headers)
    return issuer.token_for(asked.name, asked.passcode, known_as)


def _unstored(content: dict[str, Any], status: int = 200) -> Response:
    return JSONResponse(content, status, headers={"cache-control": "no-store"})
