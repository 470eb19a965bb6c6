"""What every item carries besides its own fields, and how far back its schema goes."""

from __future__ import annotations

from typing import Final

from dynalayer import Attr, created, revision, updated

VERSION: Final = 2
"""Version 1 is what the service of before wrote, in all its shapes; `older` brings it forward."""

DATA: Final = "Data"
"""The map that an item keeps its fields in; beside it are its keys and what the application itself keeps of it."""

MAIN: Final = "main"
"""The id of what a user has one of."""

USER_ID_BYTES: Final = 256
ID_BYTES: Final = 400
"""Twice as much, should every character be escaped, and the moment before it fit into a sort key of 1,024 bytes."""
TEXT_BYTES: Final = 350 * 1024
"""How long a content or a report may be: what else an item has fits beside it into 400 KB."""
PARAGRAPH_BYTES: Final = 16 * 1024
"""How long what people write in a form may be: a review at Google has 4,096 characters at most."""


class Enveloped:
    """The moments of the first and the last write in ms since 1970, and how many writes there were."""

    created_ms: Attr[int] = created(name="CreatedAt", outside=True)
    updated_ms: Attr[int] = updated(name="UpdatedAt", outside=True)
    revision: Attr[int] = revision(name="Revision", outside=True)
