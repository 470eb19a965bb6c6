import asyncio
import re

import pytest
from live_translation.tables import TABLES, CacheCounter, CachedTranslation
from live_translation.translation.cached_translations import CachedTranslationsRepository, CacheKey

from dynalayer import AsyncDatabase
from tests.live_translation.doubles import ManualClock, interleaved

pytestmark = pytest.mark.anyio


def key(text: str) -> CacheKey:
    return CacheKey("es", "en", text)


@pytest.fixture
def cache(database: AsyncDatabase, clock: ManualClock) -> CachedTranslationsRepository:
    return CachedTranslationsRepository(database, clock, maximum=5)


async def known(cache: CachedTranslationsRepository, database: AsyncDatabase) -> set[str]:
    texts = [each.source_text async for each in database.query(CachedTranslation.by_last_access("all").expired())]
    assert len(texts) == await cache.size()
    return set(texts)


def test_keys_name_the_pair_and_half_a_hash() -> None:
    assert re.fullmatch("es:en:[0-9a-f]{16}", str(key("hola")))


def test_composed_and_decomposed_letters_are_one_text_and_outer_spaces_none() -> None:
    assert str(key("ma\u00f1ana")) == str(key("  man\u0303ana\n"))


def test_case_is_kept_apart() -> None:
    assert str(CacheKey("en", "es", "US")) != str(CacheKey("en", "es", "us"))


async def test_what_was_stored_is_found_with_its_engine(cache: CachedTranslationsRepository) -> None:
    await cache.store(key("hola"), "hello", engine="Apertium", confidence=0.75)
    found = await cache.get(key(" hola "))
    assert found is not None
    assert (found.translated_text, found.engine, float(found.confidence or 0)) == ("hello", "Apertium", 0.75)


async def test_hits_are_counted_without_loss(clock: ManualClock) -> None:
    async with interleaved(clock) as database:
        await database.create_tables(*TABLES)
        cache = CachedTranslationsRepository(database, clock)
        await cache.store(key("hola"), "hello")
        await asyncio.gather(*(cache.get(key("hola")) for _ in range(20)))
        found = await database.get(CachedTranslation.key(str(key("hola"))))
    assert found is not None
    assert found.access_count == 21


async def test_an_entry_deleted_while_it_is_hit_stays_deleted(
    database: AsyncDatabase, cache: CachedTranslationsRepository
) -> None:
    await cache.store(key("hola"), "hello")
    entry = await database.get(CachedTranslation.key(str(key("hola"))))
    assert entry is not None
    await database.delete(entry.key)
    await cache._count_hit(entry)
    assert await database.get(entry.key, expired=True) is None
    assert await cache.get(key("hola")) is None


@pytest.mark.parametrize(("age", "is_hit"), [(3_599, True), (3_600, False), (3_601, False)])
async def test_an_expired_entry_is_a_miss(
    cache: CachedTranslationsRepository, clock: ManualClock, age: int, is_hit: bool
) -> None:
    await cache.store(key("hola"), "hello")
    clock.forward(age)
    assert (await cache.get(key("hola")) is not None) is is_hit


async def test_an_entry_of_another_text_under_the_same_hash_is_a_miss(
    cache: CachedTranslationsRepository, database: AsyncDatabase
) -> None:
    await cache.store(key("hola"), "hello")
    await database.update(CachedTranslation.key(str(key("hola"))), CachedTranslation.source_text.set("adiós"))
    assert await cache.get(key("hola")) is None


async def test_storing_again_replaces_and_counts_once(
    cache: CachedTranslationsRepository, database: AsyncDatabase, clock: ManualClock
) -> None:
    await cache.store(key("hola"), "hello")
    await cache.store(key("hola"), "hi")
    clock.forward(4_000)
    await cache.store(key("hola"), "hey")
    assert await known(cache, database) == {"hola"}
    found = await cache.get(key("hola"))
    assert found is not None
    assert found.translated_text == "hey"


async def test_the_least_recently_used_entry_goes_however_often_it_was_used(
    cache: CachedTranslationsRepository, database: AsyncDatabase, clock: ManualClock
) -> None:
    for text in "abcde":
        clock.forward(1)
        await cache.store(key(text), text.upper())
    for text in ("a", "b", "b", "b", "a"):
        clock.forward(1)
        assert await cache.get(key(text)) is not None
    clock.forward(1)
    assert await cache.store(key("f"), "F")
    assert await known(cache, database) == set("abdef")
    clock.forward(1)
    assert await cache.store(key("g"), "G")
    clock.forward(1)
    assert await cache.store(key("h"), "H")
    clock.forward(1)
    assert await cache.store(key("i"), "I")
    assert await known(cache, database) == set("afghi")


async def test_the_bound_holds_exactly(
    cache: CachedTranslationsRepository, database: AsyncDatabase, clock: ManualClock
) -> None:
    for number in range(12):
        clock.forward(1)
        await cache.store(key(str(number)), "x")
        assert len(await known(cache, database)) == min(number + 1, 5)
    assert await known(cache, database) == {"7", "8", "9", "10", "11"}


@pytest.mark.parametrize("seed", range(3))
async def test_the_bound_holds_when_many_store_at_once(clock: ManualClock, seed: int) -> None:
    async with interleaved(clock, seed) as database:
        await database.create_tables(*TABLES)
        cache = CachedTranslationsRepository(database, clock, maximum=5)
        stored = await asyncio.gather(*(cache.store(key(str(number)), "x") for number in range(30)))
        assert len(await known(cache, database)) == 5
    assert all(stored)


async def test_ten_thousand_entries_are_kept_and_no_more(database: AsyncDatabase, clock: ManualClock) -> None:
    cache = CachedTranslationsRepository(database, clock, maximum=10_000)
    await cache.store(key("0"), "x")
    template = await database.get(CachedTranslation.key(str(key("0"))))
    assert template is not None
    entries: list[CachedTranslation] = []
    for number in range(1, 9_999):
        wanted = key(str(number))
        entries.append(cache._entry(wanted, "x", "", None))
        entries[-1].last_accessed_at += number
    await database.batch_write(put=entries)
    await database.update(CacheCounter.key("counter"), CacheCounter.entries.set(9_999))
    clock.forward(100)
    await cache.store(key("ten thousandth"), "x")
    assert await cache.count() == await cache.size() == 10_000
    await cache.store(key("one more"), "x")
    assert await cache.count() == await cache.size() == 10_000
    assert await cache.get(key("0")) is None
    assert await cache.get(key("1")) is not None


async def test_entries_that_expiry_has_deleted_make_room_again(
    cache: CachedTranslationsRepository, database: AsyncDatabase, clock: ManualClock
) -> None:
    for text in "abcde":
        await cache.store(key(text), text)
    # As the service's expiry does it: without a word to the counter.
    await database.batch_write(delete=[CachedTranslation.key(str(key(text))) for text in "abc"])
    clock.forward(120)
    await cache.store(key("f"), "F")
    assert await known(cache, database) == {"d", "e", "f"}
