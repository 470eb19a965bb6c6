"""MariaDB and PostgreSQL from Debian, each on a Unix socket in a private folder: the sources of migrations."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

REQUIRED = os.environ.get("DYNALAYER_REQUIRE_SERVICES") == "1"
_START_SECONDS = 60


@pytest.fixture(scope="session")
def mariadb() -> Iterator[str]:
    """The URL of a MariaDB server that this worker has for itself, without a database's name."""
    server, install = _program("mariadbd"), _program("mariadb-install-db")
    if server is None or install is None:
        _missing("MariaDB", "mariadb-server")
    with _folder("mysql") as home:
        data, path = home / "data", home / "s"
        _run([str(install), "--no-defaults", "--user=mysql", f"--datadir={data}", "--skip-test-db", *_MARIADB_INSTALL])
        command = [str(server), "--no-defaults", "--user=mysql", f"--datadir={data}", f"--socket={path}"]
        process = _start(
            [*command, "--skip-networking", f"--pid-file={home}/pid", "--innodb-flush-log-at-trx-commit=0"]
        )
        try:
            _wait(process, "MariaDB", lambda: _mysql_answers(str(path)))
            yield f"mysql://root@localhost/?socket={path}"
        finally:
            _stop(process)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL server that this worker has for itself, without a database's name."""
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not binaries:
        _missing("PostgreSQL", "postgresql")
    with _folder("postgres") as home:
        data, place = home / "data", binaries[-1].parent
        _run([*_AS_POSTGRES, str(place / "initdb"), "-D", str(data), "-U", "root", "-A", "trust", "--no-sync"])
        command = [*_AS_POSTGRES, str(place / "postgres"), "-D", str(data), "-k", str(home), "-c", "fsync=off"]
        process = _start([*command, "-c", "listen_addresses="])
        try:
            _wait(process, "PostgreSQL", lambda: _postgresql_answers(str(home)))
            yield f"postgresql://root@localhost/?host={home}"
        finally:
            _stop(process)


def in_database(url: str, name: str) -> str:
    """The URL with a database's name in it."""
    return url.replace("/?", f"/{name}?")


_MARIADB_INSTALL = ("--auth-root-authentication-method=normal",)
# Nothing has to outlive the test, so nothing waits for the disk.
_MARIADB_QUICK = ("--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync", "--skip-log-bin")
_AS_POSTGRES = ("runuser", "-u", "postgres", "--") if os.getuid() == 0 else ()


def _missing(what: str, package: str) -> None:
    reason = f"{what} is not on this machine; apt-get install {package} puts it in place"
    if REQUIRED:
        pytest.fail(reason)
    pytest.skip(reason)


def _program(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/bin:/usr/libexec")


class _folder:  # noqa: N801
    """A folder with a short path, as sockets want it, that the server's user owns."""

    def __init__(self, user: str) -> None:
        self._user = user

    def __enter__(self) -> Path:
        self._path = Path(tempfile.mkdtemp(prefix="sql"))
        if os.getuid() == 0:
            shutil.chown(self._path, self._user)
        return self._path

    def __exit__(self, *error: object) -> None:
        shutil.rmtree(self._path, ignore_errors=True)


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"{Path(command[0]).name} failed: {done.stderr[-500:]}")


def _start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _stop(process: subprocess.Popen[Any]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait(process: subprocess.Popen[bytes], what: str, answers: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not answers():
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"{what} did not start")
        time.sleep(0.05)


def _mysql_answers(path: str) -> bool:
    import pymysql

    if not _listens(path):
        return False
    try:
        pymysql.connect(unix_socket=path, user="root").close()
    except pymysql.MySQLError:
        return False
    return True


def _listens(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(path) == 0


def _postgresql_answers(folder: str) -> bool:
    import psycopg

    try:
        psycopg.connect(host=folder, user="root", dbname="postgres").close()
    except psycopg.Error:
        return False
    return True
