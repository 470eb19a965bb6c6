"""Creations that are made once, however often the same request comes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from coagent.api.calls import Call
from coagent.api.problems import invalid
from coagent.guards import CREATIONS
from coagent.workspace import AlreadyThere
from dynalayer import AsyncDatabase
from dynalayer.recipes import Finished

HEADER: Final = "Idempotency-Key"
_KEY: Final = re.compile(r"[\x21-\x7e]{8,128}", re.ASCII)


async def once(
    database: AsyncDatabase, call: Call, payload: bytes, make: Callable[[str | None], Awaitable[str]]
) -> str:
    """The id of what `make` has made, or made when the same user sent the same key to the same address before.

    `make` is given an id that is the key's own: when nobody could tell whether it was made, making it again finds it.
    Raises `PayloadMismatch` if something else was sent with the key, `StillRunning` while the first is being made.
    """
    key = call.request.headers.get(HEADER)
    if key is None:
        return await make(None)
    if not _KEY.fullmatch(key):
        raise invalid((HEADER, "must have 8 to 128 printable characters without spaces"))
    name = "\0".join((call.user, call.request.url.path, key))
    own_id = hashlib.sha256(name.encode()).hexdigest()[:32]
    run = await database.run(CREATIONS.begin(name, payload))
    if isinstance(run, Finished):
        return own_id
    try:
        await _made(make, own_id)
    except BaseException:
        await database.run(CREATIONS.abandon(run))
        raise
    await database.run(CREATIONS.finish(run, own_id))
    return own_id


async def _made(make: Callable[[str | None], Awaitable[str]], own_id: str) -> None:
    with suppress(AlreadyThere):
        await make(own_id)
