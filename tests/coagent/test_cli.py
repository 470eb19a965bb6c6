import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner
from coagent.cli import cli

COMMAND = [sys.executable, "-c", "from coagent.cli import main; main()"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_says_where_to_go_and_stops_cleanly(tmp_path: Path, number: int) -> None:
    database = f"embedded:{tmp_path}/coagent.db"
    with subprocess.Popen(
        [*COMMAND, "serve", "--database", database, "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ,
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        found = re.fullmatch(r"Co-agent: (http://127\.0\.0\.1:\d+/)\n", lines[0])
        assert found is not None, lines
        assert lines[1] == f"Database: {database}\n"
        for path in ("", "health", "library", "static/app.js"):
            with urllib.request.urlopen(found[1] + path, timeout=10) as answer:
                assert answer.status == 200
        process.send_signal(number)
        rest, errors = process.communicate(timeout=20)
    assert (process.returncode, rest, errors) == (0, "Stopped.\n", "")
    secret = tmp_path / "coagent.db.secret"
    assert (len(secret.read_bytes()), secret.stat().st_mode & 0o077) == (32, 0)


def test_samples_are_made_once(tmp_path: Path) -> None:
    arguments = ["seed", "--database", f"embedded:{tmp_path}/coagent.db?durability=relaxed"]
    first, again = (CliRunner().invoke(cli, arguments) for _ in range(2))
    assert first.exit_code == 0, first.output
    assert re.fullmatch(r"(?:[^:]+: \d\d items written\n){3}", first.output)
    assert re.findall(r"\d+", again.output) == ["0", "0", "0"]


@pytest.mark.parametrize(
    ("command", "environment", "message"),
    [
        (["serve", "--database", "nowhere"], {}, "is not a database URL"),
        (["seed", "--database", "nowhere"], {}, "is not a database URL"),
        (["serve"], {"COAGENT_SECRET": "short"}, "COAGENT_SECRET must have at least 32 characters"),
        (["serve"], {"COAGENT_TOKEN_KEYS": "k1:short"}, "COAGENT_TOKEN_KEYS"),
        (["serve"], {"COAGENT_SESSION_HOURS": "0"}, "COAGENT_SESSION_HOURS must be from 1 to 720"),
        (["serve"], {"LOG_LEVEL": "LOUD"}, "LOG_LEVEL must be one of"),
        (["serve", "--database", "http://127.0.0.1:9"], {}, "the table cannot be made"),
        (["serve", "--database", "embedded:/nowhere/at/all.db"], {}, "cannot be used"),
    ],
)
def test_what_cannot_work_is_said_in_one_line(
    command: list[str], environment: dict[str, str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, command, env=environment)
    assert result.exit_code == 1
    assert message in result.output
    assert result.output.count("\n") == 1
    assert "short" not in result.output


def test_settings_do_not_show_their_secrets() -> None:
    from coagent.api.keys import Keys
    from coagent.settings import Settings

    settings = Settings.from_environment({"COAGENT_PASSCODE": "hush-1", "COAGENT_SECRET": "hush-2" * 6})
    assert "hush" not in repr(settings)
    assert "bytes" not in repr(Keys.of(b"x" * 32))
    assert Keys.of(b"x" * 32).sessions != Keys.of(b"x" * 32).cursors
