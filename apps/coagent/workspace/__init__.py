"""The tenant-bound repository: what one user's context can do, and what the staff can do with accounts."""

from .directory import Directory
from .errors import AlreadyThere, ChangedMeanwhile, NoKeys, NotAllowed, NotFound, Refused, TokenBusy
from .listing import Listing
from .merging import MergedPage
from .overview import Dashboard, Made
from .people import completeness, missing
from .reputation import ReviewSummary
from .tokens import EARLY_MS, Refresh, Refreshed, Token
from .work import TrainingCount
from .workspace import Workspace, Workspaces

__all__ = [
    "EARLY_MS",
    "AlreadyThere",
    "ChangedMeanwhile",
    "Dashboard",
    "Directory",
    "Listing",
    "Made",
    "MergedPage",
    "NoKeys",
    "NotAllowed",
    "NotFound",
    "Refresh",
    "Refreshed",
    "Refused",
    "ReviewSummary",
    "Token",
    "TokenBusy",
    "TrainingCount",
    "Workspace",
    "Workspaces",
    "completeness",
    "missing",
]
