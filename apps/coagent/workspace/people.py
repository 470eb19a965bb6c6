"""The account of a user, and the profile that the agent shows."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from coagent.entities import MAIN, RealEstateAgentProfile, UserProfile
from coagent.workspace.context import CONDITION, Context
from coagent.workspace.errors import NotAllowed, NotFound
from dynalayer import Change, TransactionCanceled, Update

_OWN: Final = frozenset({"email", "display_name", "photo_url", "given_name", "family_name"})
_SCORED: Final = (
    "name", "photo_url", "phone", "address", "bio", "agency_name", "license_number", "website", "years_of_experience",
    "certifications",
)  # fmt: skip


class Account:
    """The user's own account."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._key = UserProfile.key(context.user_id)

    async def get(self) -> UserProfile:
        """The account as it was last written; raises `NotFound`."""
        return await self._context.find(self._key, consistent=True)

    async def change(self, *changes: Change[UserProfile], revision: int | None = None) -> UserProfile:
        """Change what is the user's own to change: names, address, photo.

        Raises `NotAllowed` for anything else (a role is given by `Directory.give_role`), `NotFound` and
        `ChangedMeanwhile`.
        """
        for change in changes:
            if change.path.attribute.name not in _OWN:
                raise NotAllowed(f"UserProfile.{change.path.attribute.name} is not a user's own to change")
        stamped = (*changes, UserProfile.updated_at.set(self._context.now_ms)) if changes else ()
        return await self._context.change(self._key, stamped, UserProfile.revision, revision)

    async def set_photo(self, url: str | None) -> None:
        """Show this photo in the account and in the agent's profile, in one transaction; None shows none.

        A photo makes the profile, if there is none yet. Raises `NotFound` without an account.
        """
        now, database = self._context.now_ms, self._context.database
        own = Update(self._key, (UserProfile.photo_url.set(url), UserProfile.updated_at.set(now)))
        agent = RealEstateAgentProfile.key(self._context.user_id, MAIN)
        shown = Update(agent, (RealEstateAgentProfile.photo_url.set(url),))
        try:
            await database.transact(own, shown)
        except TransactionCanceled as error:
            refused = [reason.code == CONDITION for reason in error.reasons]
            if refused[0]:
                raise NotFound("UserProfile") from None
            if not refused[1]:
                raise
            # There is no profile yet: a photo makes it, and none has nothing to be taken from.
            await (database.run(own) if url is None else database.transact(own, replace(shown, upsert=True)))


class AgentProfile:
    """What the agent tells of themselves: one profile, `main`."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._key = RealEstateAgentProfile.key(context.user_id, MAIN)

    async def get(self) -> RealEstateAgentProfile | None:
        """The profile as it was last written; None if there is none yet."""
        return await self._context.database.get(self._key, consistent=True)

    async def save(
        self, *changes: Change[RealEstateAgentProfile], revision: int | None = None
    ) -> RealEstateAgentProfile:
        """Change the profile, and make it if there is none; what is not named keeps its value.

        With a `revision` it must be there and at it: raises `NotFound` and `ChangedMeanwhile`.
        """
        if revision is not None or not changes:
            return await self._context.change(self._key, changes, RealEstateAgentProfile.revision, revision)
        return await self._context.database.update(self._key, *changes, upsert=True)


def missing(profile: RealEstateAgentProfile | None) -> list[str]:
    """Which of the ten fields a profile does not tell, by their names in Python."""
    return [name for name in _SCORED if not getattr(profile, name, None)]


def completeness(profile: RealEstateAgentProfile | None) -> float:
    """How much of what clients look for a profile tells, from 0 to 1: ten fields, each a tenth."""
    return sum(bool(getattr(profile, name, None)) for name in _SCORED) / len(_SCORED)
