"""People who use the shop all the time while it is moved, and what they saw."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from threading import Event, Thread
from typing import Any

from msgspec import Struct

from dynalayer import Database
from dynalayer.protocol import from_plain, to_plain
from dynalayer.statements import Raw
from examples.shop.application import Instance, Session
from examples.shop.people import Customer, Known, Person, Staff, fields

_LOOKS = 2


class Tally(Struct):
    """What was done and seen: `stale` reads gave something else than the last acknowledged write of that row."""

    writes: int = 0
    reads: int = 0
    stale: int = 0
    retried: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, name) + getattr(other, name) for name in self.__struct_fields__))


class _Worker(Thread):
    """One person, on a thread: acts, looks at what was done, and at something that was done before."""

    def __init__(self, person: Person, pause: float) -> None:
        super().__init__(daemon=True)
        self.person = person
        self.tally = Tally()
        self.turns = 0
        self.error: BaseException | None = None
        self.stopping = Event()
        self._pause = pause

    def run(self) -> None:
        try:
            while not self.stopping.wait(self._pause):
                self._turn()
                self.turns += 1
        except BaseException as error:
            self.error = error

    def _turn(self) -> None:
        done = self.person.act()
        self.tally.writes = self.person.session.written
        self.tally.retried = self.person.session.retried
        looks = [] if done is None else [done]
        known = [each for each in self.person.known() if not each.moved]
        looks += self.person.chance.sample(known, min(_LOOKS, len(known)))
        for each in looks:
            self.tally.reads += 1
            self.tally.stale += look(self.person.session, each) != each.fields


class Workload:
    """Customers and one person of the staff, shared out over the instances of the application.

    `size` is how many users and products the shop began with: those the customers are, and buy.
    """

    def __init__(self, instances: Sequence[Instance], customers: int, size: int, seed: int, pause: float) -> None:
        session = Session(instances[0])
        rows = session.rows("SELECT id, email FROM users WHERE id <= %s", size)
        users = [(int(number), str(email)) for number, email in rows]
        people: list[Person] = [Staff(session, random.Random(seed))]
        for n in range(customers):
            own = {number: email for number, email in users if number % customers == n}
            if own:
                other = Session(instances[(n + 1) % len(instances)])
                people.append(Customer(other, random.Random(seed * 1_000 + n + 1), own, size))
        self._workers = [_Worker(person, pause) for person in people]

    def start(self) -> None:
        """Begin."""
        for worker in self._workers:
            worker.start()

    def check(self) -> None:
        """Raises what stopped one of the people."""
        for worker in self._workers:
            if worker.error is not None:
                raise worker.error

    def passed(self, turns: Sequence[int]) -> bool:
        """True if everyone has begun and ended something since `turns` was taken."""
        self.check()
        return all(worker.turns > before + 1 for worker, before in zip(self._workers, turns, strict=True))

    def turns(self) -> list[int]:
        """How much everyone has done."""
        return [worker.turns for worker in self._workers]

    def stop(self) -> None:
        """Let everyone end what they do; raises what stopped one of them before."""
        for worker in self._workers:
            worker.stopping.set()
        for worker in self._workers:
            worker.join()

    def close(self) -> None:
        """Close all connections."""
        for worker in self._workers:
            worker.person.session.close()

    @property
    def tally(self) -> Tally:
        """What all have done."""
        return sum((worker.tally for worker in self._workers), Tally())

    def known(self) -> Iterator[Known]:
        """All rows that somebody knows."""
        for worker in self._workers:
            yield from worker.person.known()

    def lost_in_sql(self) -> int:
        """How many rows SQL does not have as they were acknowledged; to be asked when everyone has stopped."""
        session = self._workers[0].person.session
        rows = ((each, session.rows(each.view.sql, each.number)) for each in self.known() if not each.moved)
        return sum((fields(*found[0]) if found else None) != each.fields for each, found in rows)

    def lost_in_dynamodb(self, database: Database) -> int:
        """How many rows the items are not as they were acknowledged, by reading each item."""
        return sum(stored(database, each) != each.fields for each in self.known())


def look(session: Session, known: Known) -> tuple[Any, ...] | None:
    """A row as the application sees it in the present phase."""
    view = known.view
    return session.read(view.entity, known.number, known.item_key, view.sql, fields, *view.names)


def stored(database: Database, known: Known) -> tuple[Any, ...] | None:
    """A row as its item is."""
    key = {name: from_plain(value) for name, value in known.item_key.items()}
    request = {"TableName": known.view.entity.partition("/")[0], "Key": key, "ConsistentRead": True}
    item = database.run(Raw("GetItem", request)).get("Item")
    return None if item is None else fields(*(to_plain(item[n]) if n in item else None for n in known.view.names))
