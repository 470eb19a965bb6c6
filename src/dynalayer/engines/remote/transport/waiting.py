"""Waiting until a socket can be read or written."""

from __future__ import annotations

import select
from collections.abc import Callable
from math import ceil

Wait = Callable[[float, bool], bool]
"""Wait so many seconds, to write or else to read; whether it is possible now."""


def waiter(number: int) -> Wait:
    """How to wait for a socket. `select` cannot take numbers above 1023, so it is only for where there is no `poll`."""
    if not hasattr(select, "poll"):
        return lambda seconds, writing: any(
            select.select([] if writing else [number], [number] if writing else [], [], seconds)
        )
    poll = select.poll()
    poll.register(number, select.POLLIN)

    def wait(seconds: float, writing: bool) -> bool:
        if not writing:
            return bool(poll.poll(ceil(seconds * 1000)))
        poll.modify(number, select.POLLOUT)
        try:
            return bool(poll.poll(ceil(seconds * 1000)))
        finally:
            poll.modify(number, select.POLLIN)

    return wait
