"""The maker of sortable identifiers that all of a process shares."""

from __future__ import annotations

from os import urandom
from time import time
from typing import Final

from dynalayer.schema import SortableIds

sortable_id: Final = SortableIds(time, urandom)
"""An identifier of 26 characters that sorts by the moment it was made: `id: Attr[str] = attr(factory=sortable_id)`."""
