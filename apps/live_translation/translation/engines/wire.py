"""The text format on Apertium's pipes: how a text goes in, and how an answer and its unknown words come out.

The `[][\\n]` after an added full stop is what Apertium's own plain-text reader writes: it makes the engine finish the
sentence. A NUL byte asks every stage to flush.
"""

from __future__ import annotations

import re
import unicodedata

TERMINATOR = b"\0"
TRAILER = b"[][\n]"

# The engine writes `*`, `#` and `@` before words it could not carry over and reads `~` as an order, without ever
# escaping the same characters of the text. They travel as Unicode noncharacters, which no valid text contains.
_STAND_INS = {"*": "\ufdd0", "#": "\ufdd1", "~": "\ufdd2", "\0": "\ufdd3"}
# U+FFFF is the engine's end of file: it stops there and then.
_REFUSED = (*_STAND_INS.values(), "\uffff")
_OUTWARD = str.maketrans(_STAND_INS | dict.fromkeys(_REFUSED, "\ufffd"))
_HOMEWARD = str.maketrans({stand_in: character for character, stand_in in _STAND_INS.items()})

_RESERVED = re.compile(r"([\[\]{}?^$@\\/<>])")
_ESCAPE_OR_MARK = re.compile(r"\\(.)|[*#@]", re.DOTALL)
_WORD = re.compile(r"[^\W\d_]+")

_KEEP_INVERTED_MARKS = frozenset({"es", "gl"})
_INVERTED_MARKS = str.maketrans("", "", "¿¡")


def has_words(text: str) -> bool:
    """Tell whether there is anything to translate: at least one letter."""
    return _WORD.search(text) is not None


def to_wire(text: str) -> bytes:
    """Encode any string, lone surrogates and NUL characters included, as one message of the engine.

    Letters are composed (NFC) first, because the dictionaries know no decomposed accents.
    """
    valid = text.encode("utf-8", "replace").decode()
    composed = unicodedata.normalize("NFC", valid).translate(_OUTWARD)
    escaped = _RESERVED.sub(r"\\\1", composed)
    return f"{escaped}.".encode() + TRAILER + TERMINATOR


def from_wire(answer: bytes, target: str) -> tuple[str, float | None]:
    """Decode one answer into the plain text and the share of its words that the engine knew (None without words)."""
    marked = answer.removesuffix(TERMINATOR).removesuffix(TRAILER).decode("utf-8", "replace").removesuffix(".")
    marks = sum(1 for found in _ESCAPE_OR_MARK.finditer(marked) if found[1] is None)
    text = _ESCAPE_OR_MARK.sub(lambda found: found[1] or "", marked).translate(_HOMEWARD)
    if target not in _KEEP_INVERTED_MARKS:
        text = text.translate(_INVERTED_MARKS)
    return text, _known_share(text, marks)


def _known_share(text: str, unknown: int) -> float | None:
    words = len(_WORD.findall(text))
    return max(0.0, 1.0 - unknown / words) if words else None
