"""Which planted mistakes mypy and pyright, both strict, find in the best code of three libraries.

Run with `make bench`, or `python benchmarks/typing_peers/compare.py [--json]`. A mistake counts as found if the checker
reports an error on its line; errors on lines that are right are counted beside them.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent
LIBRARIES = {"dynalayer": "ours.py", "PynamoDB": "peer_pynamodb.py", "pydynox": "peer_pydynox.py"}

Lines = dict[str, set[int]]


def mypy() -> Lines:
    """The lines of each file on which mypy reports an error."""
    options = ["--strict", "--no-incremental", "--config-file=", "--no-error-summary"]
    command = [sys.executable, "-m", "mypy", *options, *LIBRARIES.values()]
    run = subprocess.run(command, cwd=HERE, capture_output=True, text=True)
    if run.returncode not in (0, 1):
        raise SystemExit(run.stdout + run.stderr)
    return _grouped((name, int(line)) for name, line in re.findall(r"^(\w+\.py):(\d+): error", run.stdout, re.M))


def pyright() -> Lines:
    """The lines of each file on which pyright reports an error."""
    with tempfile.TemporaryDirectory() as folder:
        for name in LIBRARIES.values():
            (Path(folder) / name).write_text((HERE / name).read_text())
        settings = {"typeCheckingMode": "strict", "pythonVersion": "3.11"}
        (Path(folder) / "pyrightconfig.json").write_text(json.dumps(settings))
        command = [sys.executable, "-m", "pyright", "-p", folder, "--pythonpath", sys.executable, "--outputjson"]
        run = subprocess.run(command, capture_output=True, text=True)
    found = (each for each in json.loads(run.stdout)["generalDiagnostics"] if each["severity"] == "error")
    return _grouped((Path(each["file"]).name, each["range"]["start"]["line"] + 1) for each in found)


def _grouped(found: object) -> Lines:
    lines: Lines = {name: set() for name in LIBRARIES.values()}
    for name, line in found:  # type: ignore[attr-defined]
        lines[name].add(line)
    return lines


def planted(name: str) -> dict[str, int | None]:
    """The kinds of mistakes of a file and their lines; None for those it has no occasion for."""
    text = (HERE / name).read_text().splitlines()
    kinds: dict[str, int | None] = {
        line.partition("# kind: ")[2]: number for number, line in enumerate(text, 1) if "  # kind: " in line
    }
    return kinds | {line.partition("# absent: ")[2]: None for line in text if line.startswith("# absent: ")}


def main() -> None:
    checkers = {"mypy": mypy(), "pyright": pyright()}
    kinds = {library: planted(name) for library, name in LIBRARIES.items()}
    every = list(kinds["dynalayer"])
    for library, own in kinds.items():
        assert set(own) == set(every), (library, set(own) ^ set(every))
    table = {
        kind: {
            library: [checker for checker, lines in checkers.items() if own[kind] in lines[LIBRARIES[library]]]
            for library, own in kinds.items()
        }
        for kind in every
    }
    if "--json" in sys.argv:
        print(json.dumps(table, indent=2))
    else:
        show(table, kinds, checkers)


def show(
    table: dict[str, dict[str, list[str]]], kinds: dict[str, dict[str, int | None]], checkers: dict[str, Lines]
) -> None:
    print(f"{'a mistake, and who finds it':52}" + "".join(f"{library:>16}" for library in LIBRARIES))
    for kind, row in table.items():
        cells = ("no occasion" if kinds[library][kind] is None else " ".join(row[library]) or "-" for library in row)
        print(f"{kind:52}" + "".join(f"{cell:>16}" for cell in cells))
    for checker, lines in checkers.items():
        found = [sum(checker in row[library] for row in table.values()) for library in LIBRARIES]
        most = [sum(line is not None for line in kinds[library].values()) for library in LIBRARIES]
        print(f"{'found by ' + checker:52}" + "".join(f"{f'{n} of {m}':>16}" for n, m in zip(found, most, strict=True)))
        wrong = [len(lines[name] - set(kinds[library].values())) for library, name in LIBRARIES.items()]
        print(f"{'  errors on lines that are right':52}" + "".join(f"{n:>16}" for n in wrong))
    print(f"\nPynamoDB {version('pynamodb')}, pydynox {version('pydynox')}, mypy {version('mypy')}, ", end="")
    print(f"pyright {version('pyright')}")


if __name__ == "__main__":
    main()
