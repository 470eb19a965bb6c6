"""Writes the made-up agents into a database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from coagent.samples.making import Sample, samples
from coagent.tables import TABLES
from coagent.workspace import Workspace, Workspaces
from dynalayer import AsyncDatabase, ConditionFailed, Entity
from dynalayer.sealing import Sealer, Secret

AT_ONCE: Final = 8
HOUR_MS: Final = 3_600_000


async def store(database: AsyncDatabase, seed: int, sealer: Sealer) -> list[tuple[str, int]]:
    """Make the accounts and what is theirs; gives each one's name and how many items were not there before."""
    await database.create_tables(*TABLES)
    workspaces = Workspaces(database, sealer=sealer)
    written: list[tuple[str, int]] = []
    for sample in samples(seed, datetime.fromtimestamp(time.time(), UTC)):
        person = sample.person
        await workspaces.directory.enter(person.user, f"{person.user}@example.org", display_name=person.name)
        await _connect(workspaces.of(person.user))
        written.append((person.name, await _create(database, sample)))
    return written


async def _create(database: AsyncDatabase, sample: Sample) -> int:
    return sum(
        [sum(await asyncio.gather(*(_new(database, each) for each in some))) for some in _by(AT_ONCE, sample.items)]
    )


async def _connect(of: Workspace) -> None:
    """Connect somebody with a provider, as if they had signed in there: nobody takes this token."""
    if await of.tokens.all().all():
        return
    made_up = Secret("made-up")
    scope = "https://www.googleapis.com/auth/business.manage"
    await of.tokens.store(
        access_token=made_up, refresh_token=made_up, expiry_date=int(time.time() * 1000) + HOUR_MS, scope=scope
    )


def _by(size: int, items: Iterable[Entity]) -> Iterable[tuple[Entity, ...]]:
    found = list(items)
    return (tuple(found[start : start + size]) for start in range(0, len(found), size))


async def _new(database: AsyncDatabase, entity: Entity) -> bool:
    try:
        await database.create(entity)
    except ConditionFailed:
        return False
    return True
