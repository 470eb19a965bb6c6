"""The demo's database file: always a fresh one, and never anybody else's.

Beside `demo.db` lies `demo.db.demo`, which says by device and inode which file the demo made. Only that one is removed
by the next run; a file that somebody put in its place is not touched.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

_SCHEME = "embedded:"


class NotOurFile(Exception):
    """The file is somebody else's, or in use; the message is for the person who started the demo."""


def path_of(url: str) -> Path:
    """The file that an `embedded:` URL names; raises `ValueError` for any other URL."""
    path, _, _ = url.removeprefix(_SCHEME).partition("?")
    if not url.startswith(_SCHEME) or not path:
        raise ValueError(f"the demo runs on a file of its own, such as embedded:demo.db, not on {url!r}")
    return Path(path)


@contextmanager
def fresh(path: Path) -> Generator[None]:
    """Hold an empty database file for one run; it stays when the run is over. Raises `NotOurFile`."""
    if not path.parent.is_dir():
        raise NotOurFile(f"there is no directory {path.parent}")
    mark = path.with_name(path.name + ".demo")
    with mark.open("a+") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotOurFile(f"another demo is running on {path}") from None
        try:
            _remove_ours(path, _recorded(mark))
        except NotOurFile:
            # A mark that says nothing would only puzzle whoever finds it.
            if not mark.stat().st_size:
                mark.unlink()
            raise
        path.touch(exist_ok=False)
        mark.write_text(json.dumps(_identity(path)))
        yield


def size(path: Path) -> int:
    """How many bytes the database takes, with its log."""
    return sum(each.stat().st_size for each in _parts(path) if each.exists())


def _remove_ours(path: Path, recorded: dict[str, int] | None) -> None:
    existing = [each for each in _parts(path) if os.path.lexists(each)]
    if not existing:
        return
    if path not in existing or path.is_symlink() or _identity(path) != recorded:
        names = ", ".join(map(str, existing))
        raise NotOurFile(f"{names}: not made by this demo, so not overwritten; choose a file with --database")
    for each in existing:
        each.unlink()


def _parts(path: Path) -> list[Path]:
    return [path, *(path.with_name(path.name + ending) for ending in ("-wal", "-shm"))]


def _identity(path: Path) -> dict[str, int]:
    found = path.lstat()
    return {"device": found.st_dev, "inode": found.st_ino}


def _recorded(mark: Path) -> dict[str, int] | None:
    content = mark.read_bytes()
    if not content:
        return None
    try:
        recorded: dict[str, int] = json.loads(content)
    except ValueError:
        raise NotOurFile(f"{mark}: not written by this demo, so not overwritten") from None
    return recorded
