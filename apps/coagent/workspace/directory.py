"""What is about all accounts: signing up, the list and the number of them, roles. For the application and its staff."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from coagent.entities import Population, Review, Role, UserProfile
from coagent.workspace.context import CONDITION
from coagent.workspace.cursors import Cursors
from coagent.workspace.errors import AlreadyThere, NotFound, Refused
from coagent.workspace.merging import MergedPage, Place, Source, merged
from dynalayer import AsyncDatabase, Create, ItemNotFound, TransactionCanceled, Update, shards

_POPULATION: Final = Population.key("users")
_ROUNDS: Final = 5


class Directory:
    """All accounts. With `first_is_superadmin` the very first one gets that role; there is never a second such one."""

    def __init__(
        self,
        database: AsyncDatabase,
        clock: Callable[[], float],
        cursors: Cursors,
        *,
        first_is_superadmin: bool = True,
    ) -> None:
        self._database = database
        self._clock = clock
        self._cursors = cursors
        self._first_is_superadmin = first_is_superadmin

    async def enter(self, user_id: str, email: str, *, display_name: str | None = None) -> UserProfile:
        """The account of somebody who signs in, made if it is the first time."""
        found = await self._database.get(UserProfile.key(user_id), consistent=True)
        if found is not None:
            return found
        try:
            return await self.sign_up(user_id, email, display_name=display_name)
        except AlreadyThere:
            return await self.account(user_id)

    async def account(self, user_id: str) -> UserProfile:
        """One account; raises `NotFound`."""
        found = await self._database.get(UserProfile.key(user_id), consistent=True)
        if found is None:
            raise NotFound("UserProfile")
        return found

    async def sign_up(
        self,
        user_id: str,
        email: str,
        *,
        display_name: str | None = None,
        photo_url: str | None = None,
        given_name: str | None = None,
        family_name: str | None = None,
    ) -> UserProfile:
        """Make an account and count it, in one transaction; of any number at the same time one is the first.

        Raises `AlreadyThere`, and `InvalidValue` for an address that is none.
        """
        profile = UserProfile(
            id=user_id,
            email=email,
            display_name=display_name,
            photo_url=photo_url,
            given_name=given_name,
            family_name=family_name,
            created_at=self._now_ms(),
        )
        for _ in range(_ROUNDS):
            if await self._made(profile) or await self._made_first(profile):
                return await self.account(user_id)
        raise Refused("UserProfile: the number of accounts was made and deleted again and again; try once more")

    async def _made(self, profile: UserProfile) -> bool:
        """Make an account beside others; False if none was ever counted."""
        return await self._transact(profile, Update(_POPULATION, (Population.users.add(1),)))

    async def _made_first(self, profile: UserProfile) -> bool:
        """Make an account where none was counted: the first one, unless there are some from before; False if not."""
        before = await self._uncounted()
        role = Role.superadmin if self._first_is_superadmin and not before else Role.user
        profile.role = role
        profile.role_assigned_at = profile.created_at if role is Role.superadmin else None
        if await self._transact(profile, Create(Population(users=before + 1))):
            return True
        profile.role, profile.role_assigned_at = Role.user, None
        return False

    async def _transact(self, profile: UserProfile, counted: Update[Population] | Create[Population]) -> bool:
        try:
            await self._database.transact(Create(profile), counted)
        except TransactionCanceled as error:
            refused = [reason.code == CONDITION for reason in error.reasons]
            if refused[0]:
                raise AlreadyThere("UserProfile") from None
            if not refused[1]:
                raise
            return False
        return True

    async def _uncounted(self) -> int:
        """How many accounts the index shows: those that were brought over before the first one was counted."""
        return sum([await self._database.count(UserProfile.newest(number)) for number in shards(UserProfile.shard)])

    async def count(self) -> int:
        """How many accounts there are, as they were counted when they came and went."""
        found = await self._database.get(_POPULATION, consistent=True)
        return await self._uncounted() if found is None else found.users

    async def recount(self) -> int:
        """Set the number of accounts to what the index shows, for when some were brought over and nobody signs up."""
        users = await self._uncounted()
        await self._database.put(Population(users=users))
        return users

    async def accounts(self, size: int = 25, after: str | None = None) -> MergedPage[UserProfile]:
        """All accounts, newest first; raises `InvalidValue` for a cursor that is not of this list."""
        scope = ("accounts",)
        place = None if after is None else Place[int](*self._cursors.read(scope, after))
        sources = [Source(UserProfile.newest(number), _place_of) for number in shards(UserProfile.shard)]
        items, end = await merged(self._database, sources, size, place)
        return MergedPage(items, None if end is None else self._cursors.write(scope, (end.moment, end.id, end.source)))

    async def give_role(self, user_id: str, role: Role, *, by: str) -> UserProfile:
        """Say what an account may do, and who said so; raises `NotFound`."""
        kind = UserProfile
        try:
            return await self._database.update(
                UserProfile.key(user_id),
                kind.role.set(role),
                kind.role_assigned_at.set(self._now_ms()),
                kind.role_assigned_by.set(by),
            )
        except ItemNotFound:
            raise NotFound("UserProfile") from None

    async def review(self, review_id: str) -> Review:
        """A review by its id alone, whoever it is of; raises `NotFound`. The index may be a moment behind."""
        async for review in self._database.query(Review.by_id(review_id).limit(1)):
            return review
        raise NotFound("Review")

    def _now_ms(self) -> int:
        return int(self._clock() * 1000)


def _place_of(profile: UserProfile) -> tuple[int, str]:
    return profile.created_at, profile.id
