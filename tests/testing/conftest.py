"""The kit's tests use the kit's own fixtures."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from dynalayer import Table

from .shop import shop


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def dynalayer_tables() -> Sequence[Table]:
    return (shop,)
