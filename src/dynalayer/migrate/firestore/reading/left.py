"""Which documents a contract takes, and which it leaves behind without saying so; pure."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from dynalayer.migrate.contract import Contract, Pattern
from dynalayer.migrate.ports import Left

NO_ENTITY = "no entity is made of these documents"


class Leaving:
    """What the patterns of a contract take, and what it ignores."""

    def __init__(self, patterns: Sequence[Pattern] = (), ignored: Sequence[str] = ()) -> None:
        self._patterns = tuple(patterns)
        self._ignored = tuple(ignored)

    @classmethod
    def of(cls, contract: Contract) -> Leaving:
        """What a contract takes and ignores."""
        specs = [entity.document for _, entity in contract.entities()]
        return cls([spec.pattern for spec in specs if spec is not None], contract.ignored)

    def is_taken_whole(self, shape: str) -> bool:
        """True for a collection of which every document is taken, or that is ignored."""
        own = [each for each in self._patterns if each.shape == shape]
        return self.is_ignored(shape) or any(len(each.variables) == len(each.documents) for each in own)

    def is_named(self, shape: str) -> bool:
        """True for a collection of which some documents are taken by their ids."""
        return any(each.shape == shape for each in self._patterns)

    def is_mapped(self, path: str) -> bool:
        """True for a document that an entity is made of."""
        segments = path.split("/")
        return any(each.match(segments) is not None for each in self._patterns)

    def is_ignored(self, shape: str) -> bool:
        """True for a collection that is left behind on purpose: by its path, or by one above it with `/**` behind."""
        return any(_fits(shape, pattern) for pattern in self._ignored)

    def unused(self, shapes: Sequence[str]) -> list[int]:
        """Which of the ignored collections there are none of."""
        alone = [Leaving((), (each,)) for each in self._ignored]
        return [number for number, one in enumerate(alone) if not any(one.is_ignored(shape) for shape in shapes)]

    def left(self, shape: str, rows: int) -> Left:
        """Documents that are left behind without a word."""
        return Left(shape, rows, f"{NO_ENTITY}; map them, or put {shape!r} into 'ignore'")


def _fits(shape: str, pattern: str) -> bool:
    """Collections are compared step by step; a `*` stands for any id, and is one in a shape."""
    above = pattern.strip("/").removesuffix("/**")
    if above != pattern.strip("/"):
        return fnmatchcase(shape, above) or fnmatchcase(shape, f"{above}/*")
    return shape.count("/") == above.count("/") and fnmatchcase(shape, above)
