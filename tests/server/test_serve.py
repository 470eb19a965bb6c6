"""`dynalayer serve`: what it prints, what it refuses, and how it ends."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dynalayer import Database
from dynalayer.engines.remote import Credentials, RemoteConnection
from dynalayer.protocol import AccessDenied
from tests.server.conftest import make_table
from tests.server.wire import Wire, request

COMMAND = [sys.executable, "-c", "from dynalayer.cli import main; main()", "serve"]
Connect = Callable[[str], Wire]


@contextmanager
def served(*arguments: str, **environment: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The first line of a server's output, and its process."""
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, process.communicate()[1]
        yield line, process
    finally:
        process.kill()
        process.communicate()


def endpoint_of(line: str) -> str:
    return line.split()[0]


def failed(*arguments: str, **environment: str) -> str:
    done = subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, timeout=30, env={**os.environ, **environment}
    )
    assert done.returncode in (1, 2), done.stdout
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_one_line_says_where_what_is_served_and_a_signal_ends_it(end: signal.Signals, connect: Connect) -> None:
    with served("--port", "0") as (line, process):
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+ serves memory:\n", line)
        idle = connect(endpoint_of(line))
        assert idle.ask(request("ListTables")).status == 200
        process.send_signal(end)
        output, errors = process.communicate(timeout=20)
        assert (process.returncode, output, errors) == (0, "", "")
        assert idle.is_closed()


def test_what_is_in_flight_is_finished_before_the_end(tmp_path: Path, connect: Connect) -> None:
    path = tmp_path / "shop.db"
    with served(f"embedded:{path}", "--port", "0") as (line, process):
        assert line.endswith(f" serves embedded:{path}\n")
        wire, half = connect(endpoint_of(line)), connect(endpoint_of(line))
        make_table(wire, "app")
        put = request("PutItem", {"TableName": "app", "Item": {"pk": {"S": "a"}}})
        with sqlite3.connect(path, isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            wire.send(put)
            half.send(put[:-5])
            assert connect(endpoint_of(line)).ask(request("ListTables")).status == 200
            process.terminate()
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.2)
            other.execute("ROLLBACK")
        other.close()
        answer = wire.answer()
        assert (answer.status, answer.headers.get("connection")) in ((200, None), (200, "close"))
        assert half.ask(put[-5:]).headers["connection"] == "close"
        process.communicate(timeout=20)
        assert process.returncode == 0
    with Database(f"embedded:{path}") as db:
        assert db.describe("app")["ItemCount"] == 1


def test_a_killed_server_has_kept_what_it_acknowledged(tmp_path: Path, connect: Connect) -> None:
    url = f"embedded:{tmp_path / 'shop.db'}"
    with served(url, "--port", "0") as (line, process):
        wire = connect(endpoint_of(line))
        make_table(wire, "app")
        for n in range(20):
            wire.ask(request("PutItem", {"TableName": "app", "Item": {"pk": {"S": str(n)}}}))
        process.kill()
        process.wait()
    with Database(url) as db:
        assert db.describe("app")["ItemCount"] == 20


def test_a_port_that_is_taken_is_told_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert failed("--port", str(port)) == (
            f"Error: port {port} of 127.0.0.1 is taken: choose another with --port, or 0 for a free one\n"
        )


def test_a_host_that_is_none_is_told_in_words() -> None:
    assert "cannot listen on nowhere.invalid port 0" in failed("--host", "nowhere.invalid", "--port", "0")


def test_files_of_others_are_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "text.db"
    path.write_text("no database " * 1000)
    assert str(path) in failed(f"embedded:{path}", "--port", "0")
    assert "cannot be opened" in failed(f"embedded:{tmp_path / 'missing' / 'x.db'}", "--port", "0")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["http://localhost:1"], "is served already"),
        (["aws://eu-west-1"], "is served already"),
        (["shop.db"], "is not a database URL"),
        (["--access-key", "a"], "give both or none"),
        (["--port", "65536"], "65536"),
    ],
)
def test_other_mistakes_are_told_in_words(arguments: list[str], message: str) -> None:
    assert message in failed(*arguments)


def test_keys_of_the_environment_are_asked_for_and_not_shown() -> None:
    keys = {"DYNALAYER_ACCESS_KEY_ID": "AKID", "DYNALAYER_SECRET_ACCESS_KEY": "very-secret"}
    with served("--port", "0", "--host", "0.0.0.0", **keys) as (line, process):
        address = endpoint_of(line).replace("0.0.0.0", "127.0.0.1")
        with RemoteConnection(address, credentials=Credentials("AKID", "very-secret")) as right:
            right.call("ListTables", b"{}")
        with (
            RemoteConnection(address, credentials=Credentials("AKID", "wrong")) as wrong,
            pytest.raises(AccessDenied, match="does not match"),
        ):
            wrong.call("ListTables", b"{}")
        process.terminate()
        output, errors = process.communicate(timeout=20)
        assert (process.returncode, output, errors) == (0, "", "")


def test_listening_for_everybody_without_keys_is_warned_of() -> None:
    with served("--port", "0", "--host", "0.0.0.0") as (_, process):
        process.terminate()
        assert "anybody who reaches 0.0.0.0:0 can read and write all data" in process.communicate(timeout=20)[1]


def test_what_is_not_installed_is_told_with_the_command_that_helps() -> None:
    code = "import sys; sys.modules['httptools'] = None; from dynalayer.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code, "serve", "--port", "0"], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == "Error: the server needs httptools: pip install 'dynalayer[server]'\n"


def test_the_server_runs_without_uvloop(connect: Connect) -> None:
    code = "import sys; sys.modules['uvloop'] = None; from dynalayer.cli import main; main()"
    command = [sys.executable, "-c", code, "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            endpoint = endpoint_of(process.stdout.readline())
            assert connect(endpoint).ask(request("ListTables")).status == 200
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0
        finally:
            process.kill()
