"""What may go wrong with what a user asks for; what the service refuses comes through as the library's own errors."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """What a user asked for was not done, and nothing was written; messages name kinds, never ids or values."""


class NotFound(Refused):
    """There is no such item among those of the user."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"{kind}: there is none with this id among those of this user")
        self.kind = kind


class AlreadyThere(Refused):
    """An item with this id exists, and creating never replaces."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"{kind}: one with this id exists and was left as it is; change it, or take another id")
        self.kind = kind


class ChangedMeanwhile(Refused):
    """The item is not as the caller last saw it: `newest` is what it is now, `seen` the revision that was asked for."""

    def __init__(self, kind: str, seen: int, newest: Any) -> None:
        super().__init__(
            f"{kind}: it was changed since revision {seen}, it is at {newest.revision} now; look at the newest and "
            "decide which to keep"
        )
        self.kind = kind
        self.seen = seen
        self.newest = newest


class NotAllowed(Refused):
    """A change of what a user cannot change of their own, such as their role."""


class TokenBusy(Refused):
    """Others are renewing a token, again and again, and none came of it."""


class NoKeys(Refused):
    """Tokens are kept sealed alone, and nobody has given the keys."""

    def __init__(self) -> None:
        super().__init__("OAuthToken: tokens are kept sealed: open the workspaces with sealer=Sealer(KeyRing(...))")
