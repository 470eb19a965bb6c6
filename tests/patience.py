"""How long a test waits before it says that something never ends: so long that a busy machine is not taken for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

PATIENCE = 20.0
"""What grows faster than its input takes minutes for a hostile one, what does not takes milliseconds."""


@contextmanager
def ends() -> Iterator[None]:
    """The block comes to an end."""
    begun = perf_counter()
    yield
    assert perf_counter() - begun < PATIENCE
