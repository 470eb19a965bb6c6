"""What the modules of a program declare: their access patterns, and the entities that these are about."""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from dynalayer.protocol import DynalayerError
from dynalayer.schema import Definition, Entity

from .patterns import Accepted, AccessPattern
from .report import Finding


class CannotCheck(DynalayerError):
    """A module cannot be imported, or declares no access patterns."""


@dataclass
class Declared:
    """The patterns, accepted findings and entities of some modules, and what of them is refused."""

    patterns: list[AccessPattern] = field(default_factory=list[AccessPattern])
    accepted: list[Accepted] = field(default_factory=list[Accepted])
    entities: list[Definition] = field(default_factory=list[Definition])
    refused: list[Finding] = field(default_factory=list[Finding])


def declared_by(modules: Iterable[ModuleType | str]) -> Declared:
    """Everything that the modules declare; names are imported.

    A declaration that the library refuses becomes a finding. Raises `CannotCheck` for modules that cannot be imported,
    and when none has an access pattern.
    """
    declared = Declared()
    names: list[str] = []
    for module in modules:
        names.append(module if isinstance(module, str) else module.__name__)
        found = _imported(module, declared) if isinstance(module, str) else module
        if found is not None:
            _collect(found, declared)
    if not declared.patterns and not declared.refused:
        raise CannotCheck(f"{', '.join(names)}: no AccessPattern among the values of the module, nor in a list of it")
    return declared


def _imported(name: str, declared: Declared) -> ModuleType | None:
    try:
        return load(name)
    except CannotCheck:
        raise
    except DynalayerError as error:
        declared.refused.append(
            Finding("error", "definition", name, f"{_place(error)}{error}", "correct the declaration")
        )
        return None


def load(name: str) -> ModuleType:
    """A module by its name.

    Raises `CannotCheck`, with the place in the program, if it cannot be imported; what the library refuses of its
    declarations is raised as it is.
    """
    try:
        return importlib.import_module(name)
    except DynalayerError:
        raise
    except Exception as error:
        words = error.msg if isinstance(error, SyntaxError) else str(error)
        raise CannotCheck(f"{name} cannot be imported: {_place(error)}{type(error).__name__}: {words}") from error


def _place(error: Exception) -> str:
    """The file and line of the program that the error comes from, if it comes from one."""
    own = str(Path(__file__).resolve().parents[1])
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith((own, "<")) and f"{Path('importlib', '__init__.py')}" not in frame.filename
    ]
    if isinstance(error, SyntaxError) and error.filename is not None:
        return f"{_short(error.filename)}:{error.lineno}: "
    return f"{_short(frames[-1].filename)}:{frames[-1].lineno}: " if frames else ""


def _short(filename: str) -> str:
    path = Path(filename)
    roots = [Path(root or ".").resolve() for root in sys.path]
    under = [path.relative_to(root) for root in roots if path.is_relative_to(root)]
    return str(min(under, key=lambda each: len(each.parts))) if under else path.name


def _collect(module: ModuleType, declared: Declared) -> None:
    for value in members_of(vars(module).values()):
        match value:
            case AccessPattern() if value not in declared.patterns:
                declared.patterns.append(value)
            case Accepted() if value not in declared.accepted:
                declared.accepted.append(value)
            case type() if issubclass(value, Entity) and "__definition__" in vars(value):
                declared.entities.append(value.__definition__)
            case _:
                pass


def members_of(members: Iterable[Any]) -> Iterator[Any]:
    """The values of a module, and those in its lists and tuples."""
    for member in members:
        if isinstance(member, (list, tuple)):
            yield from member
        else:
            yield member
