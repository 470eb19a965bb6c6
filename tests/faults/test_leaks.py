"""What is left after thousands of faulty calls: nothing beyond the pool, and nothing at all once it is closed."""

from __future__ import annotations

import asyncio
import gc
import random
import threading
from collections.abc import Iterator
from functools import partial

from dynalayer.engines.remote import ConnectionLimits, Credentials
from dynalayer.engines.remote.transport import tasks, threads
from dynalayer.protocol import AccessDenied, ConnectionLost, DynalayerError
from tests.patience import ends
from tests.services.faulty_proxy import KINDS, SLOW, Fault, FaultyProxy

from .conftest import TABLE, Service
from .truth import Callers, asked

CALLS = 2_000
PLACES = 8
GET = asked("GetItem", {"TableName": TABLE, "Key": {"id": {"S": "nobody"}}})


def mistreated(seed: int) -> Iterator[Fault]:
    choose = random.Random(seed)
    quick = [kind for kind in KINDS if kind not in (*SLOW, "late", "corrupt head")]
    while True:
        kinds = KINDS if choose.random() < 0.005 else quick
        yield Fault(choose.choice(kinds), choose.randrange(1000))


def links() -> int:
    gc.collect()
    return sum(isinstance(each, (threads.Link, tasks.Link)) for each in gc.get_objects())


async def others() -> int:
    return len(asyncio.all_tasks()) - 1


def test_thousands_of_faulty_calls_leave_no_socket_thread_or_task(service: Service, kind: str) -> None:
    links_before, running = links(), threading.active_count()
    with FaultyProxy(service.endpoint, mistreated(3)) as proxy, ends():
        with Callers(kind) as callers:
            connection = callers.connection(proxy.endpoint, timeout=0.05, limits=ConnectionLimits(connections=PLACES))
            outcomes = callers.together([partial(connection.call, *GET)] * CALLS, at_a_time=PLACES)
            answered = sum(isinstance(each, bytes) for each in outcomes)
            assert answered + sum(isinstance(each, DynalayerError) for each in outcomes) == CALLS
            assert answered < CALLS * 2 / 3
            # The tracebacks of errors that are kept have the connections that they came from.
            del outcomes
            proxy.settle()
            assert proxy.open <= PLACES + 1, "one is the settling's own"
            assert links() - links_before <= PLACES
            if kind != "threads":
                assert callers.task(others()) == 0
        proxy.settle()
        assert proxy.open <= 1
        assert links() == links_before
    assert threading.active_count() == running


class Renewing:
    """Credentials of which the service takes those of the second and later kinds."""

    def __init__(self) -> None:
        self.given = Credentials("AKIA0", "secret")
        self.renewals = 0

    def ready(self) -> Credentials:
        return self.given

    def current(self, within: float = 0) -> Credentials:
        return self.given

    def renewed(self, rejected: Credentials, within: float = 0) -> Credentials:
        if rejected == self.given:
            self.renewals += 1
            self.given = Credentials(f"AKIA{self.renewals}", "secret")
        return self.given

    async def async_current(self, within: float = 0) -> Credentials:
        return self.given

    async def async_renewed(self, rejected: Credentials, within: float = 0) -> Credentials:
        return self.renewed(rejected)


def test_expired_credentials_are_renewed_and_the_call_is_made_once_more(service: Service, callers: Callers) -> None:
    expired, provider = Fault("expire"), Renewing()
    with FaultyProxy(service.endpoint, [expired, Fault("fine"), expired, expired]) as proxy:
        connection = callers.connection(proxy.endpoint, credentials=provider, timeout=10)
        assert callers.one(partial(connection.call, *GET)) == b"{}"
        assert isinstance(callers.one(partial(connection.call, *GET)), AccessDenied)
        assert callers.one(partial(connection.call, *GET)) == b"{}"
        assert proxy.met == {"expire": 3, "fine": 2}
        assert provider.renewals == 2


def test_a_connection_whose_proxy_is_gone_says_that_nothing_was_done(service: Service, callers: Callers) -> None:
    with FaultyProxy(service.endpoint) as proxy:
        connection = callers.connection(proxy.endpoint, timeout=10)
        assert callers.one(partial(connection.call, *GET)) == b"{}"
    lost = callers.one(partial(connection.call, *GET))
    assert isinstance(lost, ConnectionLost)
    assert not lost.may_have_taken_effect
