"""What the application reads and writes, and how often: `dynalayer check coagent.access_patterns`."""

from typing import Final

from dynalayer import Accepted

from .accounts import ACCOUNTS, WHOLE_ACCOUNTS
from .reputation import REPUTATION
from .tokens import TOKENS
from .work import CONTENTS, FEED, WORK

ACCEPTED: Final = (
    Accepted("overlap", "Stored", "any item by its raw keys, for the export and the end of accounts"),
    Accepted(
        "waste",
        "what is inside a project that is deleted",
        "rare, and only the table itself tells everything: an index may be behind, and older writers fill none",
    ),
)

__all__ = ["ACCEPTED", "ACCOUNTS", "CONTENTS", "FEED", "REPUTATION", "TOKENS", "WHOLE_ACCOUNTS", "WORK"]
