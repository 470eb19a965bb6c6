"""Many tasks on few connections: turns in order, answers to whom they belong, cancelling at any moment."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from dynalayer.engines.remote import AsyncRemoteConnection, ConnectionLimits
from dynalayer.protocol import ConnectionLost

from .peer import FINE, Peer, closes, is_silent, message, sends

Work = Callable[[], Awaitable[Any]]


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Callable[[Any], Any]:
    factory = None
    if request.param == "uvloop":
        factory = pytest.importorskip("uvloop").new_event_loop

    def run(main: Any) -> Any:
        with asyncio.Runner(loop_factory=factory) as runner:
            return runner.run(main)

    return run


class Echo(Peer):
    """Answers each request with its own body."""

    def talk(self, client: socket.socket) -> None:
        data = b""
        while received := client.recv(65536):
            data += received
            head, mark, body = data.partition(b"\r\n\r\n")
            if mark and len(body) == int(head.rpartition(b"Content-Length: ")[2]):
                self.requests.append(body)
                client.sendall(message(body))
                data = b""


async def came(peer: Peer, requests: int) -> None:
    """Wait until the server has so many requests."""
    await asyncio.to_thread(lambda: [peer.came.acquire(timeout=10) for _ in range(requests)])


def numbered(n: int) -> bytes:
    return b'{"n":%d}' % n


def test_tasks_have_no_more_connections_than_allowed(run: Callable[[Any], Any]) -> None:
    async def main() -> None:
        async with AsyncRemoteConnection(peer.endpoint, limits=ConnectionLimits(connections=3)) as connection:
            calls = [connection.call("GetItem", numbered(n)) for n in range(100)]
            assert await asyncio.gather(*calls) == [numbered(n) for n in range(100)]

    with Echo() as peer:
        run(main())
        assert peer.connections <= 3


def test_turns_come_in_the_order_of_asking(run: Callable[[Any], Any]) -> None:
    async def main() -> None:
        async with AsyncRemoteConnection(peer.endpoint, limits=ConnectionLimits(connections=1)) as connection:
            await asyncio.gather(*[connection.call("GetItem", numbered(n)) for n in range(20)])

    with Echo() as peer:
        run(main())
        assert peer.requests == [numbered(n) for n in range(20)]


def test_cancelled_calls_give_nobody_anothers_answer(run: Callable[[Any], Any]) -> None:
    async def main() -> None:
        choose = random.Random(7)
        async with AsyncRemoteConnection(peer.endpoint, limits=ConnectionLimits(connections=4)) as connection:

            async def one(n: int) -> None:
                try:
                    async with asyncio.timeout(choose.choice([0, 0.0005, 0.002, 30])):
                        assert await connection.call("GetItem", numbered(n)) == numbered(n)
                except TimeoutError:
                    pass

            for round in range(30):
                await asyncio.gather(*[one(round * 20 + n) for n in range(20)])
            assert await connection.call("GetItem", numbered(0)) == numbered(0)
            (lane,) = connection._lanes.values()
            assert len(lane.linked) <= 4

    with Echo() as peer:
        run(main())


def test_a_cancelled_call_leaves_its_connection_to_the_next(run: Callable[[Any], Any]) -> None:
    async def main() -> None:
        async with AsyncRemoteConnection(peer.endpoint, limits=ConnectionLimits(connections=1)) as connection:
            task = asyncio.create_task(connection.call("GetItem", b"{}"))
            await came(peer, 1)
            task.cancel()
            waiting = asyncio.create_task(connection.call("GetItem", b"{}"))
            await asyncio.sleep(0)
            held[0].sendall(message(b'{"late":1}'))
            assert await waiting == FINE
            with pytest.raises(asyncio.CancelledError):
                await task

    held: list[socket.socket] = []
    holds = held.append
    with Peer(holds) as peer:
        run(main())
        assert peer.connections == 1


def test_who_waits_for_a_turn_too_long_is_told_why(run: Callable[[Any], Any]) -> None:
    async def main() -> None:
        async with AsyncRemoteConnection(
            peer.endpoint, timeout=1, limits=ConnectionLimits(connections=1)
        ) as connection:
            first = asyncio.create_task(connection.call("GetItem", b"{}"))
            await asyncio.sleep(0)
            with pytest.raises(ConnectionLost, match=r"all 1 connections were busy for 0.05 s") as caught:
                await connection.call("GetItem", b"{}", within=0.05)
            assert not caught.value.may_have_taken_effect
            with pytest.raises(ConnectionLost, match="within 1 s"):
                await first
            assert await connection.call("GetItem", b"{}") == FINE

    with Peer(is_silent) as peer:
        run(main())


def test_each_call_has_its_own_deadline(run: Callable[[Any], Any]) -> None:
    async def main() -> list[str]:
        ended: list[str] = []
        async with AsyncRemoteConnection(peer.endpoint, timeout=30) as connection:

            async def one(within: float) -> None:
                with pytest.raises(ConnectionLost):
                    await connection.call("GetItem", b"{}", within=within)
                ended.append(f"{within:g}")

            await asyncio.gather(*[one(within) for within in (0.4, 0.1, 0.25)])
        return ended

    with Peer(*[is_silent] * 3) as peer:
        assert run(main()) == ["0.1", "0.25", "0.4"]


def test_the_places_of_lost_connections_are_given_to_those_who_wait(run: Callable[[Any], Any]) -> None:
    async def main() -> None:
        async with AsyncRemoteConnection(peer.endpoint, limits=ConnectionLimits(connections=2)) as connection:
            done = await asyncio.gather(*[connection.call("GetItem", b"{}") for _ in range(20)], return_exceptions=True)
            assert sum(isinstance(each, ConnectionLost) for each in done) == 5
            assert done.count(FINE) == 15

    with Peer(*[closes] * 5) as peer:
        run(main())


def test_refused_connections_give_their_places_back(run: Callable[[Any], Any]) -> None:
    async def main() -> None:
        async with AsyncRemoteConnection("http://127.0.0.1:1", limits=ConnectionLimits(connections=2)) as connection:
            done = await asyncio.gather(*[connection.call("GetItem", b"{}") for _ in range(20)], return_exceptions=True)
            assert all(isinstance(each, ConnectionLost) and not each.may_have_taken_effect for each in done)

    run(main())


def test_closing_lets_calls_under_way_finish(run: Callable[[Any], Any]) -> None:
    async def main() -> None:
        connection = AsyncRemoteConnection(peer.endpoint)
        await connection.call("GetItem", b"{}")
        task = asyncio.create_task(connection.call("GetItem", b"{}"))
        await came(peer, 2)
        closing = asyncio.create_task(connection.close())
        await asyncio.sleep(0)
        held[0].sendall(message())
        await closing
        assert await task == FINE

    held: list[socket.socket] = []
    holds = held.append
    with Peer(sends(message()), holds) as peer:
        run(main())


def test_an_answer_to_nothing_ends_its_connection(run: Callable[[Any], Any]) -> None:
    async def main() -> None:
        async with AsyncRemoteConnection(peer.endpoint) as connection:
            await connection.call("GetItem", b"{}")
            held[0].sendall(message(b'{"unasked":1}'))
            assert await connection.call("GetItem", b"{}") == FINE

    held: list[socket.socket] = []
    with Peer(lambda client: (held.append(client), client.sendall(message()))) as peer:
        run(main())
        assert peer.connections == 2
