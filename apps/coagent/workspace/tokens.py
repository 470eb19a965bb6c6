"""Tokens of providers: kept, renewed by one caller at a time, given back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from coagent.entities import GOOGLE_BUSINESS, OAuthToken
from coagent.workspace.context import Context, at_revision
from coagent.workspace.errors import NotFound, TokenBusy
from coagent.workspace.listing import Listing
from dynalayer import Change, ConditionFailed, DynalayerError, Key

EARLY_MS: Final = 5 * 60 * 1000
"""A token is renewed when this much or less is left of it."""
LEASE_MS: Final = 30_000
"""How long one caller may take to renew a token before another one tries."""
UNUSED_SECONDS: Final = 180 * 86_400
"""How long a token is kept that nobody renews; Google lets refresh tokens lapse after six months."""
LOOK_SECONDS: Final = 0.25
LOOKS: Final = 400


@dataclass(frozen=True)
class Refreshed:
    """What a provider answers: without a new refresh token the one that it was asked with goes on."""

    access_token: str
    expiry_date: int
    refresh_token: str | None = None


Refresh = Callable[[OAuthToken], Awaitable[Refreshed]]
"""Asks a provider for a new token with the refresh token of the one that is there."""


class Tokens:
    """The tokens that a user has given the application."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def all(self) -> Listing[OAuthToken]:
        """One for each provider."""
        return Listing(self._context.database, OAuthToken.key.partition(self._context.user_id))

    async def get(self, provider: str = GOOGLE_BUSINESS) -> OAuthToken | None:
        """The token as it was last written; None if there is none."""
        return await self._context.database.get(self._key(provider), consistent=True)

    async def store(
        self,
        *,
        access_token: str,
        refresh_token: str,
        expiry_date: int,
        provider: str = GOOGLE_BUSINESS,
        agent_profile_id: str | None = None,
        scope: str | None = None,
        token_type: str | None = None,
    ) -> OAuthToken:
        """Keep a token, in place of any of the provider; `expiry_date` in ms since 1970."""
        kind = OAuthToken
        return await self._context.database.update(
            self._key(provider),
            kind.access_token.set(access_token),
            kind.refresh_token.set(refresh_token),
            kind.expiry_date.set(expiry_date),
            kind.agent_profile_id.set(agent_profile_id),
            kind.scope.set(scope),
            kind.token_type.set(token_type),
            kind.refreshing_until.remove(),
            kind.ttl.set(self._kept_until()),
            upsert=True,
        )

    async def change(self, *changes: Change[OAuthToken], provider: str = GOOGLE_BUSINESS) -> OAuthToken:
        """Change a part, keep the rest; raises `NotFound`."""
        return await self._context.change(self._key(provider), changes, OAuthToken.revision, None)

    async def forget(self, provider: str = GOOGLE_BUSINESS) -> bool:
        """Delete the token; False if there was none."""
        return await self._context.database.delete(self._key(provider)) is not None

    async def valid(self, refresh: Refresh, provider: str = GOOGLE_BUSINESS) -> OAuthToken:
        """A token with more than five minutes left, renewed if need be: at exactly five minutes it is.

        However many ask at the same time, one calls `refresh` and the others wait for what it gets; if it is not done
        within half a minute, another one tries. An error of `refresh` comes through to whoever called it. Raises
        `NotFound` without a token, `TokenBusy` if the others never come to an end.
        """
        for _ in range(LOOKS):
            token = await self.get(provider)
            if token is None:
                raise NotFound("OAuthToken")
            if token.expiry_date - self._context.now_ms > EARLY_MS:
                return token
            if (token.refreshing_until or 0) > self._context.now_ms:
                await self._context.sleep(LOOK_SECONDS)
                continue
            claimed = await self._claimed(token)
            if claimed is not None:
                return await self._renewed(claimed, refresh)
        raise TokenBusy("OAuthToken: others have been renewing it for a long time; try again later")

    async def _claimed(self, token: OAuthToken) -> OAuthToken | None:
        """The token with this caller as the one who renews it; None if another was faster."""
        until = OAuthToken.refreshing_until.set(self._context.now_ms + LEASE_MS)
        try:
            return await self._context.database.update(
                token.key, until, if_=at_revision(OAuthToken.revision, token.revision)
            )
        except ConditionFailed:
            return None

    async def _renewed(self, claimed: OAuthToken, refresh: Refresh) -> OAuthToken:
        # Whoever stores another token meanwhile, or takes over after the lease, ends this claim.
        is_mine = OAuthToken.refreshing_until == claimed.refreshing_until
        try:
            fresh = await refresh(claimed)
        except BaseException:
            with suppress(DynalayerError):
                await self._context.database.update(claimed.key, OAuthToken.refreshing_until.remove(), if_=is_mine)
            raise
        try:
            return await self._context.database.update(
                claimed.key,
                OAuthToken.access_token.set(fresh.access_token),
                OAuthToken.refresh_token.set(fresh.refresh_token or claimed.refresh_token),
                OAuthToken.expiry_date.set(fresh.expiry_date),
                OAuthToken.refreshing_until.remove(),
                OAuthToken.ttl.set(self._kept_until()),
                if_=is_mine,
            )
        except ConditionFailed:
            return await self._context.find(claimed.key, consistent=True)

    def _key(self, provider: str) -> Key[OAuthToken]:
        return OAuthToken.key(self._context.user_id, provider)

    def _kept_until(self) -> int:
        return int(self._context.clock()) + UNUSED_SECONDS
