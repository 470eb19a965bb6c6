"""What the tables say, read beside the service by the same library."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass

from live_translation.tables import Connection, Role, Session

from dynalayer import Database, scan


@dataclass(frozen=True)
class Tables:
    """Sessions that are active with the listeners they count, and the connections that are there."""

    counted: dict[str, int]
    listening: dict[str, int]
    speakers: int

    def against(self, truth: dict[str, int]) -> list[str]:
        """What is wrong with them if these sessions have so many listeners, and there are no others."""
        wrong: list[str] = []
        for session in truth.keys() | self.counted.keys() | self.listening.keys():
            expected = truth.get(session, 0)
            counted, there = self.counted.get(session, 0), self.listening.get(session, 0)
            if (counted, there) != (expected, expected):
                wrong.append(f"a session of {expected} listeners counts {counted} and has {there} connections")
        if self.speakers != len(truth):
            wrong.append(f"{self.speakers} speakers are there, {len(truth)} should be")
        return wrong


def read_tables(url: str) -> Tables:
    with Database(url) as database:
        sessions = {each.session_id: each.listener_count for each in database.scan(scan(Session)) if each.is_active}
        connections = list(database.scan(scan(Connection)))
    listening = Counter(each.session_id for each in connections if each.role is Role.listener)
    return Tables(sessions, dict(listening), sum(each.role is Role.speaker for each in connections))


async def settled(url: str, truth: dict[str, int], within: float = 20.0) -> tuple[list[str], float]:
    """Wait until the tables say the truth; gives back what is still wrong, and the seconds until then."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    while True:
        wrong = (await asyncio.to_thread(read_tables, url)).against(truth)
        if not wrong or loop.time() - begun > within:
            return wrong, loop.time() - begun
        await asyncio.sleep(0.1)
