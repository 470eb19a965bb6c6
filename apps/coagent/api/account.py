"""What belongs to the account as a whole: connections to others, a copy of everything, and the end."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import Any

from msgspec import Struct
from starlette.responses import Response, StreamingResponse

from coagent.api.calls import Api, Call, answer, nothing
from coagent.api.problems import invalid, not_found
from coagent.api.shapes import to_json
from coagent.entities import OAuthToken

NDJSON = "application/x-ndjson"

_log = logging.getLogger(__name__)


class _Confirmation(Struct):
    confirm: str


def add_to(api: Api) -> None:
    """The routes of all of them."""
    api.add("/connections", GET=_connections)
    api.add("/connections/{id:path}", DELETE=_disconnect)
    api.add("/account/export", GET=_export)
    api.add("/account/deletion", GET=_what_would_go, POST=_delete)


async def _connections(call: Call) -> Response:
    tokens = await call.workspace.tokens.all().all()
    return answer({"items": [_connection(token, call.now_ms) for token in tokens]})


def _connection(token: OAuthToken, now_ms: int) -> dict[str, Any]:
    """That there is a token, and until when; the token itself stays here."""
    return {
        "provider": token.provider,
        "scope": token.scope,
        "expiresAt": token.expiry_date,
        "isExpired": token.expiry_date <= now_ms,
    }


async def _disconnect(call: Call) -> Response:
    if not await call.workspace.tokens.forget(call.id):
        raise not_found("connection")
    return nothing()


async def _export(call: Call) -> Response:
    """Everything as lines of JSON while it is read; the last line says that it is whole."""
    headers = {"cache-control": "no-store", "content-disposition": 'attachment; filename="co-agent-export.ndjson"'}
    return StreamingResponse(_as_json(_lines(call)), headers=headers, media_type=NDJSON)


async def _lines(call: Call) -> AsyncIterator[dict[str, Any]]:
    count = 0
    async for kind, item in call.workspace.export():
        count += 1
        yield {"kind": kind, "item": item}
    yield {"end": True, "items": count}


async def _what_would_go(call: Call) -> Response:
    return answer({"items": await call.workspace.count_everything()})


async def _delete(call: Call) -> Response:
    """Delete everything, telling line by line how much is gone; when it breaks off, the next call goes on."""
    if (await call.body(_Confirmation)).confirm != call.user:
        raise invalid(("confirm", "must be the name of the user, to the letter"))
    return StreamingResponse(_as_json(_progress(call)), headers={"cache-control": "no-store"}, media_type=NDJSON)


async def _progress(call: Call) -> AsyncIterator[dict[str, Any]]:
    gone = 0
    async for gone in call.workspace.deleting():
        yield {"deleted": gone, "isDone": False}
    yield {"deleted": gone, "isDone": True}


async def _as_json(lines: AsyncIterator[dict[str, Any]]) -> AsyncIterator[bytes]:
    """Each on a line of its own; where something goes wrong the last line is missing, and that tells."""
    try:
        async for line in lines:
            yield to_json(line) + b"\n"
    except Exception as error:
        _log.error("lines broke off: %s", type(error).__name__)
