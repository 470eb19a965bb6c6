"""Tokens of providers: kept, renewed by one caller at a time, given back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from coagent.entities import GOOGLE_BUSINESS, OAuthToken, UserProfile
from coagent.entities.mending import milliseconds
from coagent.entities.stored import Stored
from coagent.workspace.context import Context, at_revision
from coagent.workspace.errors import AlreadyThere, NoKeys, NotFound, TokenBusy
from coagent.workspace.listing import Listing
from dynalayer import Change, ConditionFailed, DynalayerError, Key
from dynalayer.sealing import Secret

EARLY_MS: Final = 5 * 60 * 1000
"""A token is renewed when this much or less is left of it."""
LEASE_MS: Final = 30_000
"""How long one caller may take to renew a token before another one tries."""
UNUSED_SECONDS: Final = 180 * 86_400
"""How long a token is kept that nobody renews; Google lets refresh tokens lapse after six months."""
MISPLACED: Final = "OAUTH#"
"""What the sort keys of tokens begin with that a writer of before put into users' own partitions."""
LOOK_SECONDS: Final = 0.25
PATIENCE_MS: Final = 120_000
"""How long somebody waits for others who renew a token, and fail, one after another."""


@dataclass(frozen=True)
class Token:
    """A token with its secrets opened; they show themselves to nobody who does not `reveal()` them."""

    provider: str
    access_token: Secret
    refresh_token: Secret
    expiry_date: int
    agent_profile_id: str | None = None
    scope: str | None = None
    token_type: str | None = None


@dataclass(frozen=True)
class Refreshed:
    """What a provider answers: without a new refresh token the one that it was asked with goes on."""

    access_token: Secret
    expiry_date: int
    refresh_token: Secret | None = None


Refresh = Callable[[Token], Awaitable[Refreshed]]
"""Asks a provider for a new token with the refresh token of the one that is there."""


class Tokens:
    """The tokens that a user has given the application; sealed where they are stored."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def all(self) -> Listing[OAuthToken]:
        """One for each provider, as they are stored."""
        return Listing(self._context.database, OAuthToken.key.partition(self._context.user_id))

    async def get(self, provider: str = GOOGLE_BUSINESS) -> Token | None:
        """The token as it was last written; None if there is none."""
        stored = await self._stored(provider)
        return None if stored is None else await self._opened(stored)

    async def store(
        self,
        *,
        access_token: Secret,
        refresh_token: Secret,
        expiry_date: int,
        provider: str = GOOGLE_BUSINESS,
        agent_profile_id: str | None = None,
        scope: str | None = None,
        token_type: str | None = None,
    ) -> None:
        """Keep a token, in place of any of the provider; `expiry_date` in ms since 1970. Raises `NoKeys`."""
        kind = OAuthToken
        await self._context.database.update(
            self._key(provider),
            *await self._sealed(provider, access_token, refresh_token),
            kind.expiry_date.set(expiry_date),
            kind.agent_profile_id.set(agent_profile_id),
            kind.scope.set(scope),
            kind.token_type.set(token_type),
            kind.refreshing_until.remove(),
            kind.ttl.set(self._kept_until()),
            upsert=True,
        )

    async def change(
        self,
        provider: str = GOOGLE_BUSINESS,
        *,
        access_token: Secret | None = None,
        refresh_token: Secret | None = None,
        expiry_date: int | None = None,
        agent_profile_id: str | None = None,
        scope: str | None = None,
    ) -> None:
        """Change what is given and keep the rest; raises `NotFound`."""
        changes = await self._sealed(provider, access_token, refresh_token)
        given = (OAuthToken.agent_profile_id, agent_profile_id), (OAuthToken.scope, scope)
        changes += [path.set(value) for path, value in given if value is not None]
        if expiry_date is not None:
            changes.append(OAuthToken.expiry_date.set(expiry_date))
        await self._context.change(self._key(provider), tuple(changes), OAuthToken.revision, None)

    async def adopt(self) -> int:
        """Take over tokens that a writer of before left in the user's own partition, where nobody looks for them.

        A token that is where it belongs wins. The misplaced ones, which are in the clear, are deleted; without keys
        they are left alone. Gives how many there were.
        """
        if self._context.sealer is None:
            return 0
        found = 0
        mine = UserProfile.key(self._context.user_id).wire["PK"]["S"]
        async for item in self._context.database.query(Stored.key.partition(mine).begins_with(MISPLACED)):
            provider, data = item.sk.removeprefix(MISPLACED), item.data or {}
            with suppress(AlreadyThere):
                await self._context.create(await self._placed(provider, data))
            await self._context.database.delete(item.key)
            found += 1
        return found

    async def _placed(self, provider: str, data: dict[str, Any]) -> OAuthToken:
        key, sealer = self._key(provider), self._context.sealer
        if sealer is None:
            raise NoKeys
        access, refresh = (Secret(str(data.get(name, ""))) for name in ("accessToken", "refreshToken"))
        return OAuthToken(
            user_id=self._context.user_id,
            provider=provider,
            access_token=await asyncio.to_thread(sealer.seal, key, OAuthToken.access_token, access),
            refresh_token=await asyncio.to_thread(sealer.seal, key, OAuthToken.refresh_token, refresh),
            expiry_date=milliseconds(data.get("expiresAt", data.get("expiryDate")), {}),
            scope=data.get("scope"),
            token_type=data.get("tokenType"),
            ttl=self._kept_until(),
        )

    async def forget(self, provider: str = GOOGLE_BUSINESS) -> bool:
        """Delete the token; False if there was none."""
        return await self._context.database.delete(self._key(provider)) is not None

    async def valid(self, refresh: Refresh, provider: str = GOOGLE_BUSINESS) -> Token:
        """A token with more than five minutes left, renewed if need be: at exactly five minutes it is.

        However many ask at the same time, one calls `refresh` and the others wait for what it gets; if it is not done
        within half a minute, another one tries. An error of `refresh` comes through to whoever called it. Raises
        `NotFound` without a token, `TokenBusy` if the others never come to an end.
        """
        until = self._context.now_ms + PATIENCE_MS
        while self._context.now_ms <= until:
            token = await self._stored(provider)
            if token is None:
                raise NotFound("OAuthToken")
            if token.expiry_date - self._context.now_ms > EARLY_MS:
                return await self._opened(token)
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

    async def _renewed(self, claimed: OAuthToken, refresh: Refresh) -> Token:
        # Whoever stores another token meanwhile, or takes over after the lease, ends this claim.
        is_mine = OAuthToken.refreshing_until == claimed.refreshing_until
        try:
            fresh = await refresh(await self._opened(claimed))
            sealed = await self._sealed(claimed.provider, fresh.access_token, fresh.refresh_token)
        except BaseException:
            with suppress(DynalayerError):
                await self._context.database.update(claimed.key, OAuthToken.refreshing_until.remove(), if_=is_mine)
            raise
        try:
            renewed = await self._context.database.update(
                claimed.key,
                *sealed,
                OAuthToken.expiry_date.set(fresh.expiry_date),
                OAuthToken.refreshing_until.remove(),
                OAuthToken.ttl.set(self._kept_until()),
                if_=is_mine,
            )
        except ConditionFailed:
            renewed = await self._context.find(claimed.key, consistent=True)
        return await self._opened(renewed)

    async def _stored(self, provider: str) -> OAuthToken | None:
        return await self._context.database.get(self._key(provider), consistent=True)

    async def _opened(self, stored: OAuthToken) -> Token:
        sealer = self._context.sealer
        if sealer is None:
            raise NoKeys
        # The operator's keys may be a service's, which is asked now and then.
        return Token(
            stored.provider,
            await asyncio.to_thread(sealer.secret_of, stored, OAuthToken.access_token),
            await asyncio.to_thread(sealer.secret_of, stored, OAuthToken.refresh_token),
            stored.expiry_date,
            stored.agent_profile_id,
            stored.scope,
            stored.token_type,
        )

    async def _sealed(self, provider: str, access: Secret | None, refresh: Secret | None) -> list[Change[OAuthToken]]:
        """The changes that put these secrets in, sealed for their place."""
        sealer, key = self._context.sealer, self._key(provider)
        if sealer is None:
            raise NoKeys
        given = (OAuthToken.access_token, access), (OAuthToken.refresh_token, refresh)
        return [
            path.set(await asyncio.to_thread(sealer.seal, key, path, secret))
            for path, secret in given
            if secret is not None
        ]

    def _key(self, provider: str) -> Key[OAuthToken]:
        return OAuthToken.key(self._context.user_id, provider)

    def _kept_until(self) -> int:
        return int(self._context.clock()) + UNUSED_SECONDS
