"""Names of a contract as names of Python: readable, no keywords, none twice."""

from __future__ import annotations

import keyword
import re
from typing import Final

_EDGES: Final = re.compile(r"([a-z0-9])([A-Z])|([A-Z]+)([A-Z][a-z])")
_OTHERS: Final = re.compile(r"[^0-9a-zA-Z]+")


def words_of(name: str) -> list[str]:
    """The words of a name, whatever joins them: `UserId`, `USER_ID` and `user-id` are the same two."""
    parted = _EDGES.sub(lambda edge: f"{edge[1] or edge[3]}_{edge[2] or edge[4]}", name)
    return [word.lower() for word in _OTHERS.split(parted) if word]


class Names:
    """Gives each name once; those that are `taken` never."""

    def __init__(self, taken: frozenset[str] = frozenset()) -> None:
        self._taken = set(taken)

    def attribute(self, name: str) -> str:
        """A name such as `user_id`."""
        return self._free("_".join(words_of(name)))

    def class_(self, name: str) -> str:
        """A name such as `UserId`."""
        return self._free("".join(word.capitalize() for word in words_of(name)))

    def _free(self, wanted: str) -> str:
        wanted = wanted if wanted.isidentifier() else f"n{wanted}"
        name, number = wanted, 1
        while keyword.iskeyword(name) or keyword.issoftkeyword(name) or name in self._taken:
            number += 1
            name = f"{wanted}_" if number == 2 else f"{wanted}_{number}"
        self._taken.add(name)
        return name
