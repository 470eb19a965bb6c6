"""What the application reads and writes, and how often: `dynalayer check coagent.access_patterns`."""

from typing import Final

from dynalayer import Accepted

from .accounts import ACCOUNTS, ADOPTED, WHOLE_ACCOUNTS
from .guards import GUARDS
from .reputation import REPUTATION
from .tokens import TOKENS
from .work import CONTENTS, FEED, WORK

ACCEPTED: Final = (
    Accepted("overlap", "Stored", "any item by its raw keys, for the export and the end of accounts"),
    Accepted(
        "waste",
        "the contents of no project, newest first",
        "a filter over one user's contents: an index for what has no project would cost every write of a content",
    ),
    Accepted(
        "waste",
        "what is inside a project that is deleted",
        "rare, and only the table itself tells everything: an index may be behind, and older writers fill none",
    ),
)

__all__ = [
    "ACCEPTED",
    "ACCOUNTS",
    "ADOPTED",
    "CONTENTS",
    "FEED",
    "GUARDS",
    "REPUTATION",
    "TOKENS",
    "WHOLE_ACCOUNTS",
    "WORK",
]
