import asyncio
import logging
from dataclasses import dataclass, field, replace

import pytest
from coagent.entities import OAuthToken
from coagent.workspace import EARLY_MS, NoKeys, NotFound, Refreshed, Token, TokenBusy, Workspace, Workspaces

from dynalayer import AsyncDatabase
from dynalayer.sealing import Sealed, Secret
from dynalayer.testing import AsyncFaults, FrozenClock
from tests.coagent.conftest import SEALER

pytestmark = pytest.mark.anyio


@dataclass
class Provider:
    """A provider whose refresh tokens serve once, and which takes its time."""

    clock: FrozenClock
    takes: float = 0.0
    asked: list[str] = field(default_factory=list)

    async def refresh(self, token: Token) -> Refreshed:
        self.asked.append(token.refresh_token.reveal())
        number = len(self.asked)
        for _ in range(round(self.takes / 0.25)):
            await self.clock.async_sleep(0.25)
        until = int(self.clock() * 1000) + 3_600_000
        return Refreshed(Secret(f"access-{number}"), until, Secret(f"refresh-{number}"))


async def store(of: Workspace, clock: FrozenClock, left_ms: int) -> None:
    until = int(clock() * 1000) + left_ms
    await of.tokens.store(access_token=Secret("access-0"), refresh_token=Secret("refresh-0"), expiry_date=until)


async def test_a_token_that_was_stored_is_read_back(ada: Workspace, clock: FrozenClock) -> None:
    assert await ada.tokens.get() is None
    await store(ada, clock, 10)
    found = await ada.tokens.get()
    assert found is not None
    assert (found.access_token, found.refresh_token) == (Secret("access-0"), Secret("refresh-0"))
    await ada.tokens.change(scope="business", access_token=Secret("other"))
    changed = await ada.tokens.get()
    assert changed == Token(
        "GOOGLE_BUSINESS", Secret("other"), found.refresh_token, found.expiry_date, scope="business"
    )
    assert await ada.tokens.forget()
    assert not await ada.tokens.forget()
    with pytest.raises(NotFound):
        await ada.tokens.change(scope="x")


async def test_storing_anew_keeps_when_it_was_first_stored(ada: Workspace, clock: FrozenClock) -> None:
    await store(ada, clock, 10)
    (first,) = await ada.tokens.all().all()
    clock.advance(60)
    await store(ada, clock, 10)
    (second,) = await ada.tokens.all().all()
    assert (second.created_ms, second.updated_ms) == (first.created_ms, first.updated_ms + 60_000)


@pytest.mark.parametrize(("left_ms", "asks"), [(EARLY_MS + 1, 0), (EARLY_MS, 1), (EARLY_MS - 1, 1), (-1, 1)])
async def test_a_token_is_renewed_when_five_minutes_or_less_are_left(
    ada: Workspace, clock: FrozenClock, left_ms: int, asks: int
) -> None:
    await store(ada, clock, left_ms)
    provider = Provider(clock)
    assert (await ada.tokens.valid(provider.refresh)).access_token == Secret(f"access-{asks}")
    assert len(provider.asked) == asks


async def test_of_many_who_need_a_token_one_renews_it(database: AsyncDatabase, clock: FrozenClock) -> None:
    # Time passes for the provider alone: those who wait all wait at the same time.
    ada = Workspaces(database, clock=clock, sleep=lambda seconds: asyncio.sleep(0), sealer=SEALER).of("ada")
    await store(ada, clock, 0)
    provider = Provider(clock, takes=2.0)
    found = await asyncio.gather(*(ada.tokens.valid(provider.refresh) for _ in range(10)))
    assert provider.asked == ["refresh-0"]
    assert all(token.access_token == Secret("access-1") for token in found)
    assert (await ada.tokens.get()) == found[0]


async def test_who_renews_too_slowly_is_overtaken_and_overwrites_nothing(ada: Workspace, clock: FrozenClock) -> None:
    await store(ada, clock, 0)
    slow, fast = Provider(clock), Provider(clock)
    overtaking: list[Token] = []

    async def refresh(token: Token) -> Refreshed:
        clock.advance(31)
        overtaking.append(await ada.tokens.valid(fast.refresh))
        return replace(await slow.refresh(token), access_token=Secret("late"))

    slowest = await ada.tokens.valid(refresh)
    assert (slow.asked, fast.asked) == (["refresh-0"], ["refresh-0"])
    assert [slowest] == overtaking == [await ada.tokens.get()]
    assert slowest.access_token == Secret("access-1")


async def test_a_refusal_of_the_provider_lets_the_next_one_try(ada: Workspace, clock: FrozenClock) -> None:
    await store(ada, clock, 0)

    async def refuse(token: Token) -> Refreshed:
        raise PermissionError("invalid_grant")

    with pytest.raises(PermissionError):
        await ada.tokens.valid(refuse)
    assert (await ada.tokens.valid(Provider(clock).refresh)).access_token == Secret("access-1")


async def test_a_change_meanwhile_loses_no_renewed_token(ada: Workspace, clock: FrozenClock) -> None:
    await store(ada, clock, 0)
    provider = Provider(clock)

    async def refresh(token: Token) -> Refreshed:
        await ada.tokens.change(scope="business")
        return await provider.refresh(token)

    renewed = await ada.tokens.valid(refresh)
    assert (renewed.refresh_token, renewed.scope) == (Secret("refresh-1"), "business")


async def test_a_token_that_is_stored_meanwhile_wins(ada: Workspace, clock: FrozenClock) -> None:
    await store(ada, clock, 0)

    async def refresh(token: Token) -> Refreshed:
        await ada.tokens.store(access_token=Secret("mine"), refresh_token=Secret("new"), expiry_date=9_999_999_999_999)
        return await Provider(clock).refresh(token)

    assert (await ada.tokens.valid(refresh)).access_token == Secret("mine")


async def test_a_token_expires_with_its_refresh_token(ada: Workspace, clock: FrozenClock) -> None:
    await store(ada, clock, 0)
    clock.advance(181 * 86_400)
    with pytest.raises(NotFound):
        await ada.tokens.valid(Provider(clock).refresh)


async def test_no_secret_is_in_what_is_stored_shown_or_logged(
    ada: Workspace, clock: FrozenClock, faults: AsyncFaults, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        await store(ada, clock, 0)
        token = await ada.tokens.valid(Provider(clock).refresh)
    sent = b"".join(call.body for call in faults.calls).decode()
    for secret in ("access-0", "refresh-0", "access-1", "refresh-1"):
        assert secret not in sent + repr(token) + str(token) + caplog.text


async def test_what_was_kept_in_the_clear_is_read_and_sealed_with_its_renewal(
    ada: Workspace, clock: FrozenClock, database: AsyncDatabase
) -> None:
    old = OAuthToken(user_id="ada", access_token="a", refresh_token="refresh-0", expiry_date=0)
    await database.put(old)
    assert (await ada.tokens.valid(Provider(clock).refresh)).refresh_token == Secret("refresh-1")
    (stored,) = await ada.tokens.all().all()
    assert isinstance(stored.access_token, Sealed)
    assert isinstance(stored.refresh_token, Sealed)


async def test_without_keys_no_token_is_kept(database: AsyncDatabase) -> None:
    of = Workspaces(database).of("ada")
    with pytest.raises(NoKeys):
        await of.tokens.store(access_token=Secret("a"), refresh_token=Secret("r"), expiry_date=0)
    assert await of.tokens.all().all() == []


async def test_nobody_waits_for_ever(ada: Workspace, clock: FrozenClock, database: AsyncDatabase) -> None:
    await store(ada, clock, 0)

    async def take(seconds: float) -> None:
        await clock.async_sleep(seconds)  # others take over, again and again
        until = OAuthToken.refreshing_until.set(int(clock() * 1000) + 30_000)
        await database.update(OAuthToken.key("ada", "GOOGLE_BUSINESS"), until)

    await take(0)
    waiting = Workspaces(database, clock=clock, sleep=take, sealer=SEALER).of("ada")
    with pytest.raises(TokenBusy):
        await waiting.tokens.valid(Provider(clock).refresh)
