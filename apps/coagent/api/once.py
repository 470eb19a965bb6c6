"""Creations that are made once, however often the same request comes."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Final

from coagent.api.calls import Call
from coagent.api.problems import invalid
from coagent.guards import CREATIONS
from dynalayer import AsyncDatabase
from dynalayer.recipes import Finished

HEADER: Final = "Idempotency-Key"
_KEY: Final = re.compile(r"[\x21-\x7e]{8,128}", re.ASCII)


async def once(database: AsyncDatabase, call: Call, payload: bytes, make: Callable[[], Awaitable[str]]) -> str:
    """The id of what `make` has made, or made when the same user sent the same key to the same address before.

    Raises `PayloadMismatch` if something else was sent with the key, `StillRunning` while the first is being made.
    """
    key = call.request.headers.get(HEADER)
    if key is None:
        return await make()
    if not _KEY.fullmatch(key):
        raise invalid((HEADER, "must have 8 to 128 printable characters without spaces"))
    name = "\0".join((call.user, call.request.url.path, key))
    run = await database.run(CREATIONS.begin(name, payload))
    if isinstance(run, Finished):
        return run.result or ""
    try:
        made = await make()
    except BaseException:
        await database.run(CREATIONS.abandon(run))
        raise
    await database.run(CREATIONS.finish(run, made))
    return made
