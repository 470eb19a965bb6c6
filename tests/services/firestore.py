"""Firestore's own emulator, where Google's tools have put it on the machine; Debian has no package of it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

JARS = (
    Path("/usr/lib/google-cloud-sdk/platform/cloud-firestore-emulator/cloud-firestore-emulator.jar"),
    Path("/google-cloud-sdk/platform/cloud-firestore-emulator/cloud-firestore-emulator.jar"),
)
_MAIN = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"
_START_SECONDS = 60.0


def lacking() -> str:
    """Why there is no emulator; empty if there is one."""
    if _jar() is None:
        return "the Firestore emulator is not on this machine: gcloud components install cloud-firestore-emulator"
    return "" if shutil.which("java") else "the Firestore emulator needs Java"


def _jar() -> Path | None:
    named = os.environ.get("FIRESTORE_EMULATOR_JAR")
    return next((each for each in ([Path(named)] if named else JARS) if each.is_file()), None)


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """The emulator on a free port; gives its host and port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["java", "-Xmx256m", "-cp", str(_jar()), _MAIN, "start", "--host=127.0.0.1", f"--port={port}"]
    with (folder / "emulator.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            _wait(process, port)
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the Firestore emulator did not start")
