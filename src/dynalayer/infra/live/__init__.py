"""Declared tables beside those that are there: what differs, what would end it, and doing so."""

from .applying import make, plan
from .changes import Change, changes
from .deployed import deployed, deployed_tables

__all__ = ["Change", "changes", "deployed", "deployed_tables", "make", "plan"]
