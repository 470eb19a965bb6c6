"""A secret that a service makes for itself once, and keeps in a file that only its owner can read."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from hosting.settings import BadSetting


def kept_secret(path: Path, new: Callable[[], bytes], purpose: str) -> bytes:
    """What the file holds, made by `new` if there is none; of several processes that start together one makes it.

    Raises `BadSetting` for a file that others can read, or that cannot be made; `purpose` says there what it is.
    """
    try:
        if not path.exists():
            _make(path, new())
        others_read = os.name == "posix" and path.stat().st_mode & 0o077
        found = path.read_bytes()
    except OSError as error:
        raise BadSetting(f"{path}, {purpose}, cannot be used: {error.strerror}") from None
    if others_read:
        raise BadSetting(f"{path} holds {purpose}; others can read it: chmod 600 it")
    return found


def _make(path: Path, content: bytes) -> None:
    """Write beside the place, then put it there at once unless another process has been faster."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
