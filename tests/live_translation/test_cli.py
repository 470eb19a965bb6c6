import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner
from live_translation.cli import cli

COMMAND = [sys.executable, "-c", "from live_translation.cli import main; main()"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_prints_where_to_go_and_stops_cleanly(tmp_path: Path, number: int) -> None:
    arguments = ["serve", "--database", f"embedded:{tmp_path}/live.db", "--port", "0", "--engine", "phrasebook"]
    with subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(5)]
        found = re.fullmatch(r"Speaker:  (http://127\.0\.0\.1:\d+)/speaker\n", lines[0])
        assert found is not None, lines
        assert lines[1] == f"Listener: {found[1]}/listener\n"
        assert "Phrasebook" in lines[3]
        with urllib.request.urlopen(f"{found[1]}/health", timeout=10) as answer:
            assert answer.status == 200
        process.send_signal(number)
        rest, errors = process.communicate(timeout=20)
    assert (process.returncode, rest, errors) == (0, "Stopped.\n", "")


@pytest.mark.parametrize(
    ("arguments", "environment", "message"),
    [
        (["--database", "nowhere"], {}, "is not a database URL"),
        ([], {"MAX_LISTENERS_PER_SESSION": "none"}, "MAX_LISTENERS_PER_SESSION must be a whole number"),
    ],
)
def test_what_cannot_work_is_said_in_one_line(arguments: list[str], environment: dict[str, str], message: str) -> None:
    result = CliRunner().invoke(cli, ["serve", "--engine", "phrasebook", *arguments], env=environment)
    assert result.exit_code == 1
    assert message in result.output
    assert result.output.count("\n") == 1


def test_help_names_the_commands() -> None:
    result = CliRunner().invoke(cli, ["--help"])
    assert result.exit_code == 0
    assert "serve" in result.output


def test_a_database_that_belongs_to_one_process_is_not_for_several() -> None:
    result = CliRunner().invoke(cli, ["serve", "--database", "memory:", "--processes", "2"])
    assert result.exit_code == 1
    assert "several processes need a database that they can share" in result.output


def test_a_port_that_is_taken_is_said_before_any_process_is_started(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        options = ["--database", f"embedded:{tmp_path}/live.db", "--port", port, "--processes", "2"]
        result = CliRunner().invoke(cli, ["serve", "--engine", "phrasebook", *options])
    assert result.exit_code == 1
    assert f"port {port} of 127.0.0.1 cannot be had: Address already in use" in result.output
