"""Texts with `{placeholders}`, and names that are several joined by `#`."""

from __future__ import annotations

import re
from typing import Final

from .values import Placeholder, Template

_PIECE: Final = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+")


class BadTemplate(ValueError):
    """A template whose braces do not fit, or whose placeholder has no name."""


def parse_template(text: str) -> Template:
    """Read a template; `{{` and `}}` are braces. Raises `BadTemplate`."""
    parts: list[str | Placeholder] = []
    literal = ""
    for piece in _PIECE.finditer(text):
        found = piece.group()
        if found in ("{{", "}}"):
            literal += found[0]
        elif found in ("{", "}"):
            raise BadTemplate(f"{text!r} has a brace without its other half; a brace itself is written twice")
        elif piece.group(1) is None:
            literal += found
        else:
            if not piece.group(1).strip():
                raise BadTemplate(f"{text!r} has a placeholder without a name")
            if literal:
                parts.append(literal)
                literal = ""
            parts.append(Placeholder(piece.group(1).strip()))
    return Template((*parts, literal) if literal else tuple(parts))


def composite(name: str) -> Template:
    """The template of a key name such as `product_id#order_date`: those values joined by `#`."""
    parts: list[str | Placeholder] = []
    for part in name.split("#"):
        parts += ["#", Placeholder(part.strip())] if parts else [Placeholder(part.strip())]
    return Template(tuple(parts))


def is_composite(name: str) -> bool:
    """True for names joined by `#`, each of them there."""
    parts = name.split("#")
    return len(parts) > 1 and all(part.strip() for part in parts)


def template_text(template: Template) -> str:
    """A template as it is written."""
    return "".join(
        "{" + part.name + "}" if isinstance(part, Placeholder) else part.replace("{", "{{").replace("}", "}}")
        for part in template.parts
    )
