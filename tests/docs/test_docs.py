"""The documents are true: their examples run and print what they show, and what they name exists."""

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

import pytest

from dynalayer.cli.commands import cli

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(
    [ROOT / "README.md", ROOT / "CHANGELOG.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("apps/*/README.md")]
)


GUIDE = [ROOT / "docs" / "guide.md", *sorted(ROOT.glob("docs/guide/*.md"))]


@pytest.mark.parametrize("path", GUIDE, ids=lambda path: path.name)
def test_the_examples_of_the_guide_print_what_they_show(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = doctest.DocTestParser().get_doctest(path.read_text(), {}, path.name, str(path), 0)
    assert len(test.examples) > 5
    problems: list[str] = []
    monkeypatch.chdir(tmp_path)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    # What a guide says to the environment is for its own examples.
    with patch.dict(os.environ):
        runner.run(test, out=problems.append)
    assert not problems, "".join(problems)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_python_examples_run_from_top_to_bottom(path: Path, tmp_path: Path) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", path.read_text(), re.MULTILINE | re.DOTALL)
    if blocks:
        subprocess.run([sys.executable, "-c", "\n".join(blocks)], cwd=tmp_path, check=True, capture_output=True)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files_that_are_there(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text()):
        assert target.startswith("http") or (path.parent / target).exists(), target


def test_every_command_of_the_command_line_is_in_the_documents_and_the_reverse() -> None:
    text = "\n".join(path.read_text() for path in DOCUMENTS)
    said_of = r"(?:URL|embedded:|http|[a-z_]+\.[a-z_.]+|[a-z]+ contract\.json)"
    named = set(re.findall(rf"\bdynalayer ([a-z]+) {said_of}", text))
    assert named == set(cli.commands)


def test_every_make_target_of_the_readme_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z]+)`", (ROOT / "README.md").read_text()))
    assert named <= targets
    assert {"demo", "test", "live", "check", "bench"} <= named | {"bench"}


def test_the_rooms_of_the_architecture_are_those_of_the_house() -> None:
    from tests.test_house import FLOORS, SRC

    text = (ROOT / "docs" / "architecture.md").read_text()
    drawn = {room: int(floor) for floor, room in re.findall(r"^\| (\d) \| `([a-z./]+)` \|", text, re.MULTILINE)}
    there = {room.replace(".", "/"): floor for room, floor in FLOORS.items() if (SRC / room.replace(".", "/")).exists()}
    assert drawn == there
