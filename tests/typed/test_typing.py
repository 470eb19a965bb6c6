"""mypy and pyright, both strict, find every planted mistake and complain about nothing that is right."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
VALID = sorted(path.name for path in HERE.glob("valid*.py"))
MISTAKES = sorted(path.name for path in HERE.glob("mistakes*.py"))
MARKED = {
    name: {number for number, line in enumerate((HERE / name).read_text().splitlines(), 1) if "  # error: " in line}
    for name in MISTAKES
}


def mypy(*names: str) -> dict[str, set[int]]:
    command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--config-file=", *names]
    run = subprocess.run(command, cwd=HERE, capture_output=True, text=True)
    found: dict[str, set[int]] = {}
    for name, line in re.findall(r"^(\w+\.py):(\d+): error", run.stdout, re.MULTILINE):
        found.setdefault(name, set()).add(int(line))
    assert run.returncode in (0, 1), run.stdout + run.stderr
    return found


@pytest.fixture(scope="module")
def pyright(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[int]]:
    project = tmp_path_factory.mktemp("typed")
    for name in ("__init__.py", *VALID, *MISTAKES):
        (project / name).write_text((HERE / name).read_text())
    (project / "pyrightconfig.json").write_text(json.dumps({"typeCheckingMode": "strict", "pythonVersion": "3.11"}))
    command = [sys.executable, "-m", "pyright", "-p", str(project), "--pythonpath", sys.executable, "--outputjson"]
    run = subprocess.run(command, capture_output=True, text=True)
    found: dict[str, set[int]] = {}
    for diagnostic in json.loads(run.stdout)["generalDiagnostics"]:
        if diagnostic["severity"] == "error":
            line = diagnostic["range"]["start"]["line"] + 1
            found.setdefault(Path(diagnostic["file"]).name, set()).add(line)
    return found


def test_mypy_finds_each_mistake_and_no_other() -> None:
    assert mypy(*VALID, *MISTAKES) == MARKED


def test_pyright_finds_each_mistake_and_no_other(pyright: dict[str, set[int]]) -> None:
    assert pyright == MARKED


def test_there_are_mistakes_to_find() -> None:
    assert sum(map(len, MARKED.values())) > 30
