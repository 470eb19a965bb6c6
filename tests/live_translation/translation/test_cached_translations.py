import asyncio
import re

import msgspec
import pytest
from live_translation.tables import TABLES, CachedTranslation
from live_translation.translation.cached_translations import CacheKey, translation_cache

from dynalayer import AsyncDatabase
from dynalayer.recipes import Lru
from tests.live_translation.doubles import ManualClock, interleaved

pytestmark = pytest.mark.anyio


def key(text: str) -> CacheKey:
    return CacheKey("es", "en", text)


class Entries:
    """The cache on a database, as the translations use it."""

    def __init__(self, database: AsyncDatabase, clock: ManualClock, maximum: int = 5) -> None:
        self.database = database
        self.clock = clock
        self.cache: Lru[CachedTranslation] = translation_cache(maximum)

    async def store(self, text: str, translated: str = "x") -> bool:
        entry = key(text).entry(translated, "Apertium", 0.75, int(self.clock() * 1000), 3_600)
        return await self.database.run(self.cache.put(entry))

    async def get(self, text: str) -> CachedTranslation | None:
        return await self.database.run(self.cache.get(key(text).key, fits=key(text).is_of))

    async def known(self) -> set[str]:
        query = CachedTranslation.by_last_access("all").expired()
        texts = [each.source_text async for each in self.database.query(query)]
        assert len(texts) == await self.database.run(self.cache.size())
        return set(texts)


@pytest.fixture
def entries(database: AsyncDatabase, clock: ManualClock) -> Entries:
    return Entries(database, clock)


def test_keys_name_the_pair_and_half_a_hash() -> None:
    assert re.fullmatch("es:en:[0-9a-f]{16}", str(key("hola")))


def test_composed_and_decomposed_letters_are_one_text_and_outer_spaces_none() -> None:
    assert str(key("ma\u00f1ana")) == str(key("  man\u0303ana\n"))


def test_case_is_kept_apart() -> None:
    assert str(CacheKey("en", "es", "US")) != str(CacheKey("en", "es", "us"))


def test_a_text_that_is_no_text_has_a_key_all_the_same() -> None:
    assert str(key("\ud800"))


async def test_an_item_has_the_names_and_units_of_the_wire_contract(entries: Entries, database: AsyncDatabase) -> None:
    await entries.store("hola", "hello")
    stored = await database.get(key("hola").key)
    assert stored is not None
    now = int(entries.clock() * 1000)
    assert (stored.created_at, stored.last_accessed_at, stored.ttl) == (now, now, now // 1000 + 3_600)
    answer = await database.connection.call(
        "GetItem",
        msgspec.json.encode({"TableName": "CachedTranslations", "Key": {"cacheKey": {"S": str(key("hola"))}}}),
    )
    assert msgspec.json.decode(answer)["Item"].keys() == {
        "cacheKey",
        "sourceLanguage",
        "targetLanguage",
        "sourceText",
        "translatedText",
        "createdAt",
        "lastAccessedAt",
        "accessCount",
        "ttl",
        "engine",
        "confidence",
        "recency",
    }


async def test_what_was_stored_is_found_with_its_engine(entries: Entries) -> None:
    await entries.store("hola", "hello")
    found = await entries.get(" hola ")
    assert found is not None
    assert (found.translated_text, found.engine, float(found.confidence or 0)) == ("hello", "Apertium", 0.75)


async def test_hits_are_counted_without_loss(clock: ManualClock) -> None:
    async with interleaved(clock) as database:
        await database.create_tables(*TABLES)
        entries = Entries(database, clock)
        await entries.store("hola", "hello")
        await asyncio.gather(*(entries.get("hola") for _ in range(20)))
        found = await database.get(key("hola").key)
    assert found is not None
    assert found.access_count == 21


async def test_an_entry_of_another_text_under_the_same_hash_is_a_miss(
    entries: Entries, database: AsyncDatabase
) -> None:
    await entries.store("hola", "hello")
    await database.update(key("hola").key, CachedTranslation.source_text.set("adiós"))
    assert await entries.get("hola") is None


async def test_an_entry_deleted_while_it_is_hit_stays_deleted(clock: ManualClock) -> None:
    connection = AsyncDatabase("memory:", clock=clock).connection
    async with AsyncDatabase(connection, clock=clock) as database:
        await database.create_tables(*TABLES)
        entries = Entries(database, clock)
        await entries.store("hola", "hello")

        class Expiring:
            """Deletes the entry between the look and the count of the hit."""

            async def call(self, operation: str, body: bytes) -> bytes:
                answer = await connection.call(operation, body)
                if operation == "GetItem":
                    await database.delete(key("hola").key)
                return answer

            async def close(self) -> None:
                return

        found = await AsyncDatabase(Expiring(), clock=clock).run(entries.cache.get(key("hola").key))
        assert found is not None
        assert found.translated_text == "hello"
        assert await database.get(key("hola").key, expired=True) is None
        assert await entries.get("hola") is None


async def test_the_least_recently_used_entry_goes_however_often_it_was_used(
    entries: Entries, clock: ManualClock
) -> None:
    for text in "abcde":
        await entries.store(text, text.upper())
    for text in ("a", "b", "b", "b", "a"):
        assert await entries.get(text) is not None
    assert await entries.store("f", "F")
    assert await entries.known() == set("abdef")
    for text in "ghi":
        assert await entries.store(text, text)
    assert await entries.known() == set("afghi")


async def test_storing_again_replaces_and_counts_once(entries: Entries, clock: ManualClock) -> None:
    for translated in ("hello", "hi"):
        await entries.store("hola", translated)
    clock.forward(4_000)
    await entries.store("hola", "hey")
    assert await entries.known() == {"hola"}
    found = await entries.get("hola")
    assert found is not None
    assert found.translated_text == "hey"


@pytest.mark.parametrize("seed", range(3))
async def test_the_bound_holds_when_many_store_at_once(clock: ManualClock, seed: int) -> None:
    async with interleaved(clock, seed) as database:
        await database.create_tables(*TABLES)
        entries = Entries(database, clock)
        assert all(await asyncio.gather(*(entries.store(str(number)) for number in range(30))))
        assert len(await entries.known()) == 5


async def test_ten_thousand_entries_are_kept_and_no_more(database: AsyncDatabase, clock: ManualClock) -> None:
    entries = Entries(database, clock, 10_000)
    await entries.store("0")
    now = int(clock() * 1000)
    others = [key(str(number)).entry("x", "", None, now + number, 3_600) for number in range(1, 9_999)]
    await database.batch_write(put=others)
    assert await database.run(entries.cache.recount()) == 9_999
    clock.forward(100)
    for number, size in ((9_999, 10_000), (10_000, 10_000)):
        await entries.store(str(number))
        assert await database.run(entries.cache.size()) == size
        assert await database.run(entries.cache.recount()) == size
    assert await entries.get("0") is None
    assert await entries.get("1") is not None


async def test_entries_that_expiry_has_deleted_make_room_again(
    entries: Entries, database: AsyncDatabase, clock: ManualClock
) -> None:
    for text in "abcde":
        await entries.store(text)
    # As the service's expiry does it: without a word to the counter.
    await database.batch_write(delete=[key(text).key for text in "abc"])
    clock.forward(120)
    await entries.store("f")
    assert await entries.known() == {"d", "e", "f"}
