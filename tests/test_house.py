"""The floors of the house: a room imports only from floors below it, and by its door."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SRC = ROOT / "src" / "dynalayer"
APPS = ROOT / "apps"

FLOORS = {
    "protocol": 1,
    "schema": 2,
    "engines.embedded": 2,
    "engines.remote": 2,
    "statements": 3,
    "server": 3,
    "streams": 3,
    "telemetry": 3,
    "access": 4,
    "database": 4,
    "recipes": 5,
    "infra": 5,
    "migrate": 5,
    "sealing": 5,
    "testing": 5,
    "cli": 6,
}
WHOLE_LIBRARY = 4.5
"""The library's own door stands above its executors: what uses it as a user would is on floor 5 or higher."""

CORE = {"protocol", "schema", "statements", "database"}
DOORWAYS = {"limits", "messages", "numbers"}
"""Modules of `protocol` that are handed out whole, as names of its door."""


def room_of(parts: tuple[str, ...]) -> str | None:
    """The room that a dotted name inside `dynalayer` belongs to; None for the library's own door."""
    for length in (2, 1):
        name = ".".join(parts[:length])
        if name in FLOORS:
            return name
    return None


def imports_of(path: Path, package: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (tuple(alias.name.split(".")) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            yield (*base, *(node.module or "").split(".")) if node.module else base


def modules(root: Path, top: str) -> list[tuple[Path, tuple[str, ...]]]:
    return [(path, (top, *path.relative_to(root).parent.parts)) for path in sorted(root.rglob("*.py"))]


LIBRARY = modules(SRC, "dynalayer")


@pytest.mark.parametrize(("path", "package"), LIBRARY, ids=[str(path.relative_to(SRC)) for path, _ in LIBRARY])
def test_a_room_imports_only_from_floors_below(path: Path, package: tuple[str, ...]) -> None:
    own = room_of(package[1:])
    floor = FLOORS[own] if own else WHOLE_LIBRARY
    for name in imports_of(path, package):
        if name[0] != "dynalayer":
            continue
        room = room_of(name[1:])
        if room == own:
            continue
        assert (FLOORS[room] if room else WHOLE_LIBRARY) < floor, f"{path.name} imports {'.'.join(name)}"
        inside = name[1 + (room.count(".") + 1 if room else 0) :]
        assert not inside or (room == "protocol" and inside[0] in DOORWAYS), f"{path.name} passes the door of {room}"


@pytest.mark.parametrize(("path", "package"), LIBRARY, ids=[str(path.relative_to(SRC)) for path, _ in LIBRARY])
def test_the_core_does_no_io_of_its_own(path: Path, package: tuple[str, ...]) -> None:
    if room_of(package[1:]) not in CORE - {"database"}:
        return
    doing = {"asyncio", "http", "os", "socket", "sqlite3", "subprocess", "time", "urllib"}
    assert not doing & {name[0] for name in imports_of(path, package)}


PUBLIC = {(), ("infra",), ("recipes",), ("sealing",), ("testing",)}
"""The doors that applications may use: the library's own, and those of rooms beside it."""

APPLICATIONS = [pair for app in sorted(APPS.iterdir()) if app.is_dir() for pair in modules(app, app.name)]


@pytest.mark.parametrize(("path", "package"), APPLICATIONS, ids=[str(p.relative_to(APPS)) for p, _ in APPLICATIONS])
def test_an_application_uses_the_public_names_of_the_library(path: Path, package: tuple[str, ...]) -> None:
    for name in imports_of(path, package):
        assert name[0] != "dynalayer" or name[1:] in PUBLIC, ".".join(name)


SHARED = {"hosting"}
"""What both applications stand on; otherwise none imports another."""


@pytest.mark.parametrize(("path", "package"), APPLICATIONS, ids=[str(p.relative_to(APPS)) for p, _ in APPLICATIONS])
def test_an_application_imports_no_other(path: Path, package: tuple[str, ...]) -> None:
    others = {app.name for app in APPS.iterdir()} - SHARED - {package[0]}
    assert not others & {name[0] for name in imports_of(path, package)}


@pytest.mark.parametrize("path", [path for path, _ in LIBRARY + APPLICATIONS], ids=lambda path: path.name)
def test_no_module_grows_past_600_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 600
