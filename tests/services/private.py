"""MariaDB and PostgreSQL from Debian as private servers on Unix sockets: for tests, the example and benchmarks."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_START_SECONDS = 60
# Nothing has to outlive a crash of the machine, so nothing waits for the disk.
_MARIADB_QUICK = ("--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync", "--skip-log-bin")
_AS_POSTGRES = ("runuser", "-u", "postgres", "--") if os.getuid() == 0 else ()


class NotHere(Exception):
    """The server is not on this machine; the text names the package that brings it."""


class DidNotStart(Exception):
    """The server is there and does not answer."""


@contextmanager
def mariadb_server(data: Path | None = None) -> Iterator[str]:
    """The URL of a MariaDB server without a database's name; what it holds stays in `data` if that is given."""
    server, install = _program("mariadbd"), _program("mariadb-install-db")
    if server is None or install is None:
        raise NotHere("MariaDB is not on this machine; apt-get install mariadb-server puts it in place")
    with _folder() as home:
        place, path, user = data or home / "data", home / "s", f"--user={getpass.getuser()}"
        if not (place / "mysql").is_dir():
            place.mkdir(parents=True, exist_ok=True)
            options = ("--skip-test-db", "--auth-root-authentication-method=normal", f"--tmpdir={home}")
            _run([install, "--no-defaults", user, f"--datadir={place}", *options])
        pid = place / "pid"
        _end_left_over(pid)
        command = [server, "--no-defaults", user, f"--datadir={place}", f"--socket={path}", f"--pid-file={pid}"]
        # A server that starts removes what looks like its temporary tables: those of others, too, in a folder of all.
        command.append(f"--tmpdir={home}")
        with _started([*command, "--skip-networking", *_MARIADB_QUICK], "MariaDB", lambda: _mysql_answers(path)):
            yield f"mysql://root@localhost/?socket={path}"


@contextmanager
def postgresql_server() -> Iterator[str]:
    """The URL of a PostgreSQL server without a database's name."""
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not binaries:
        raise NotHere("PostgreSQL is not on this machine; apt-get install postgresql puts it in place")
    with _folder("postgres") as home:
        data, place = home / "data", binaries[-1].parent
        _run([*_AS_POSTGRES, str(place / "initdb"), "-D", str(data), "-U", "root", "-A", "trust", "--no-sync"])
        command = [*_AS_POSTGRES, str(place / "postgres"), "-D", str(data), "-k", str(home), "-c", "fsync=off"]
        with _started([*command, "-c", "listen_addresses="], "PostgreSQL", lambda: _postgresql_answers(home)):
            yield f"postgresql://root@localhost/?host={home}"


def in_database(url: str, name: str) -> str:
    """The URL with a database's name in it."""
    return url.replace("/?", f"/{name}?")


def _program(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/bin:/usr/libexec")


@contextmanager
def _folder(user: str | None = None) -> Iterator[Path]:
    """A folder with a short path, as sockets want it, that the server's user owns."""
    path = Path(tempfile.mkdtemp(prefix="sql"))
    if user is not None and os.getuid() == 0:
        shutil.chown(path, user)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DidNotStart(f"{Path(command[0]).name} failed: {done.stderr[-500:]}")


@contextmanager
def _started(command: Sequence[str], what: str, answers: Callable[[], bool]) -> Iterator[None]:
    # A session of its own: an interrupt at the terminal is for the program that started it, which ends it in order.
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not answers():
            if process.poll() is not None or time.monotonic() > deadline:
                raise DidNotStart(f"{what} did not start")
            time.sleep(0.05)
        yield
    finally:
        _stop(process)


def _end_left_over(pid_file: Path) -> None:
    """End the server that has this data still, because whoever started it was killed."""
    try:
        pid = int(pid_file.read_text())
        if "mariadbd" in Path(f"/proc/{pid}/cmdline").read_text():
            os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + _START_SECONDS
        while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
    except (FileNotFoundError, ProcessLookupError, ValueError):
        return


def _stop(process: subprocess.Popen[Any]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _mysql_answers(path: Path) -> bool:
    import pymysql

    with socket.socket(socket.AF_UNIX) as probe:
        if probe.connect_ex(str(path)) != 0:
            return False
    try:
        pymysql.connect(unix_socket=str(path), user="root").close()
    except pymysql.MySQLError:
        return False
    return True


def _postgresql_answers(folder: Path) -> bool:
    import psycopg

    try:
        psycopg.connect(host=str(folder), user="root", dbname="postgres").close()
    except psycopg.Error:
        return False
    return True
