"""The embedded engine behind HTTP, in a thread of this process, on a free port."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio


@contextmanager
def serving(
    place: str | Path = "memory:",
    loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None,
    **options: Any,
) -> Generator[str]:
    """Serve a database (`memory:` or a file) while the context lasts; gives the endpoint's URL.

    `options` are those of `dynalayer.server.Server`. Needs the extra `server`; without it `ImportError` is raised.
    """
    import asyncio

    from dynalayer.engines.embedded import AsyncEmbeddedConnection
    from dynalayer.server import Server

    started: list[str] = []
    failed: list[BaseException] = []
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
        except BaseException as error:
            failed.append(error)
        finally:
            ready.set()

    thread = threading.Thread(target=main, name="dynalayer-served", daemon=True)
    thread.start()
    ready.wait()
    if not started:
        raise RuntimeError("the server did not start") from (failed[0] if failed else None)
    try:
        yield started[0]
    finally:
        stop[0]()
        thread.join()
    if failed:
        raise failed[0]
