"""Finds the language pairs installed on this machine: each is a mode file holding a shell pipeline, read, never run."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path

MODES_DIRECTORY = Path("/usr/share/apertium/modes")
"""Where Debian's packages put their mode files."""

Pair = tuple[str, str]
Stages = tuple[tuple[str, ...], ...]

_SHORT_CODES = {
    "arg": "an", "bel": "be", "bul": "bg", "cat": "ca", "dan": "da", "eng": "en", "epo": "eo", "eus": "eu",
    "fra": "fr", "glg": "gl", "hin": "hi", "hbs": "sh", "ind": "id", "isl": "is", "ita": "it", "mkd": "mk",
    "nld": "nl", "nno": "nn", "nob": "nb", "oci": "oc", "pol": "pl", "por": "pt", "ron": "ro", "rus": "ru",
    "slv": "sl", "spa": "es", "srd": "sc", "swe": "sv", "ukr": "uk", "urd": "ur", "zlm": "ms", "afr": "af",
}  # fmt: skip

# These two never answer when asked for one message at a time.
_MUTE = frozenset({("ca", "eo"), ("es", "eo")})


def installed_pairs(directory: Path = MODES_DIRECTORY) -> Mapping[Pair, Stages]:
    """Return, for each usable pair of ISO 639-1 codes, the commands that translate it, in order.

    A pair whose programs or data are only partly installed is left out, as are regional variants (`es-pt_BR`) and
    languages without a two-letter code. An absent directory gives an empty mapping.
    """
    found: dict[Pair, Stages] = {}
    for file in sorted(directory.glob("*-*.mode")):
        pair = _pair(file.stem)
        if pair is None or pair in found:
            continue
        stages = parse_mode(file.read_text(encoding="utf-8"))
        if _complete(stages):
            found[pair] = stages
    return found


def parse_mode(text: str) -> Stages:
    """Turn the text of a mode file into commands that flush at NUL and mark the words they do not know."""
    return tuple(_stage(part) for part in text.split("|") if part.strip())


def _stage(part: str) -> tuple[str, ...]:
    program, *arguments = shlex.split(part)
    filled = ["-g" if argument == "$1" else argument for argument in arguments if argument != "$2"]
    return (program, "-z", *filled)


def _pair(stem: str) -> Pair | None:
    codes = [_SHORT_CODES.get(code, code) for code in stem.split("-")]
    if len(codes) != 2 or any(len(code) != 2 for code in codes):
        return None
    pair = (codes[0], codes[1])
    return None if pair in _MUTE else pair


def _complete(stages: Stages) -> bool:
    return bool(stages) and all(
        shutil.which(program) is not None and all(Path(name).exists() for name in arguments if name.startswith("/"))
        for program, *arguments in stages
    )
