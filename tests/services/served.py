"""The embedded engine behind HTTP, in a thread of this process, on a free port."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from dynalayer.engines.embedded import AsyncEmbeddedConnection
from dynalayer.server import Server


@contextmanager
def serving(
    place: str | Path = "memory:",
    loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None,
    **options: Any,
) -> Iterator[str]:
    """Serve a database while the context lasts; gives the endpoint. `options` are those of `Server`."""
    started: list[str] = []
    ready = threading.Event()
    stop: list[Callable[[], object]] = []

    async def run() -> None:
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        stop.append(lambda: loop.call_soon_threadsafe(stopping.set))
        engine = AsyncEmbeddedConnection(place, durability="relaxed")
        async with engine, Server(engine, port=0, **options) as server:
            started.append(server.address)
            ready.set()
            await stopping.wait()

    def main() -> None:
        try:
            with asyncio.Runner(loop_factory=loop_factory) as runner:
                runner.run(run())
        finally:
            ready.set()

    thread = threading.Thread(target=main, name="server", daemon=True)
    thread.start()
    ready.wait()
    assert started, "the server did not start"
    try:
        yield started[0]
    finally:
        stop[0]()
        thread.join()


@pytest.fixture(scope="session")
def dynalayer_served() -> Iterator[str]:
    """The endpoint of an embedded engine in memory behind HTTP, which this worker has for itself."""
    with serving() as endpoint:
        yield endpoint
