import asyncio

import pytest
from live_translation.metrics import catalog
from live_translation.metrics.recorder import Recorder
from live_translation.tables import TABLES
from live_translation.translation import Translation, TranslationFailed
from live_translation.translation.cached_translations import CacheKey
from live_translation.translation.translating import Translations

from dynalayer import AsyncDatabase, RetryPolicy, Throttled
from dynalayer.testing import AsyncFaults
from tests.live_translation.doubles import EchoTranslator, ManualClock, eventually

pytestmark = pytest.mark.anyio


@pytest.fixture
def translator() -> EchoTranslator:
    return EchoTranslator()


@pytest.fixture
def translations(database: AsyncDatabase, clock: ManualClock, translator: EchoTranslator) -> Translations:
    return Translations(database, translator, clock, timeout=2.0)


async def test_the_second_time_the_cache_answers(translations: Translations, translator: EchoTranslator) -> None:
    first = await translations.translate("Hola.", "es", "ca")
    second = await translations.translate("Hola.", "es", "ca")
    assert first is not None
    assert second is not None
    assert (first.text, first.engine, first.confidence) == (second.text, second.engine, second.confidence)
    assert (first.by_engine, first.from_cache) == (True, False)
    assert (second.by_engine, second.from_cache) == (False, True)
    assert translator.asked == [("ca", "Hola.")]


async def test_the_language_spoken_needs_no_translation(translations: Translations, translator: EchoTranslator) -> None:
    same = await translations.translate("Hola.", "es", "es")
    assert same is not None
    assert (same.text, same.engine, same.confidence) == ("Hola.", "none", None)
    assert translator.asked == []


async def test_those_who_ask_together_ask_the_engine_once(
    translations: Translations, translator: EchoTranslator
) -> None:
    translator.gate.clear()
    asking = [asyncio.create_task(translations.translate("Hola.", "es", "ca")) for _ in range(10)]
    await asyncio.sleep(0)
    translator.gate.set()
    answers = await asyncio.gather(*asking)
    assert {answer.text for answer in answers if answer} == {"[ca] Hola."}
    assert len(translator.asked) == 1
    assert sum(answer.by_engine for answer in answers if answer) == 1


async def test_who_is_cancelled_does_not_take_the_translation_from_the_others(
    translations: Translations, translator: EchoTranslator
) -> None:
    translator.gate.clear()
    first = asyncio.create_task(translations.translate("Hola.", "es", "ca"))
    await asyncio.sleep(0)
    second = asyncio.create_task(translations.translate("Hola.", "es", "ca"))
    await asyncio.sleep(0)
    first.cancel()
    translator.gate.set()
    answer = await second
    assert answer is not None
    assert len(translator.asked) == 1


async def test_a_failure_is_not_kept(translations: Translations, translator: EchoTranslator) -> None:
    translator.failing = {"ca"}
    assert await translations.translate("Hola.", "es", "ca") is None
    translator.failing = set()
    assert await translations.translate("Hola.", "es", "ca") is not None


async def test_an_engine_that_hangs_is_left_after_its_limit(
    database: AsyncDatabase, clock: ManualClock, translator: EchoTranslator
) -> None:
    translations = Translations(database, translator, clock, timeout=0.01)
    translator.gate.clear()
    assert await translations.translate("Hola.", "es", "ca") is None
    translator.gate.set()
    assert await translations.translate("Hola.", "es", "ca") is not None


async def test_an_engine_that_breaks_its_promise_fails_one_text(database: AsyncDatabase, clock: ManualClock) -> None:
    class Broken(EchoTranslator):
        async def translate(self, text: str, source: str, target: str) -> Translation:
            raise RuntimeError(text)

    translations = Translations(database, Broken(), clock, timeout=1)
    assert await translations.translate("Hola.", "es", "ca") is None


@pytest.mark.parametrize("operation", ["GetItem", "TransactWriteItems"])
async def test_a_cache_that_does_not_answer_only_costs_time(
    clock: ManualClock, translator: EchoTranslator, operation: str
) -> None:
    faults = AsyncFaults(AsyncDatabase("memory:", clock=clock).connection)
    async with AsyncDatabase(faults, clock=clock, retry=RetryPolicy(attempts=1)) as database:
        await database.create_tables(*TABLES)
        translations = Translations(database, translator, clock, timeout=2.0)
        faults.fail(Throttled("x"), operation=operation)
        assert await translations.translate("Hola.", "es", "ca") is not None


class SlowToLoad(EchoTranslator):
    """Loads its pairs when it is told to, and translates nothing before."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.loaded = asyncio.Event()

    def is_ready(self, source: str, target: str) -> bool:
        return self.loaded.is_set()

    async def prepare(self, source: str, target: str) -> None:
        self.loads.append(target)
        await self.loaded.wait()

    async def translate(self, text: str, source: str, target: str) -> Translation:
        assert self.loaded.is_set()
        return await super().translate(text, source, target)


async def test_an_engine_loads_a_language_when_its_first_listener_comes_and_texts_wait_for_it(
    database: AsyncDatabase, clock: ManualClock
) -> None:
    engine = SlowToLoad()
    translations = Translations(database, engine, clock, timeout=0.5)
    for _ in range(3):
        translations.expect("es", "ca")
    translations.expect("es", "es")
    asked = asyncio.create_task(translations.translate("Hola.", "es", "ca"))
    await eventually(lambda: engine.loads == ["ca"])
    assert not asked.done()
    engine.loaded.set()
    found = await asked
    assert found is not None
    assert found.text == "[ca] Hola."
    assert engine.loads == ["ca"]


async def test_an_engine_that_cannot_load_is_asked_all_the_same(database: AsyncDatabase, clock: ManualClock) -> None:
    class Broken(SlowToLoad):
        async def prepare(self, source: str, target: str) -> None:
            self.loaded.set()
            raise TranslationFailed("no dictionaries")

    found = await Translations(database, Broken(), clock, timeout=0.5).translate("Hola.", "es", "ca")
    assert found is not None


async def test_texts_that_share_a_hash_do_not_share_a_translation(
    translations: Translations, translator: EchoTranslator, database: AsyncDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CacheKey, "__str__", lambda key: f"{key.source_language}:{key.target_language}:{'f' * 16}")
    together = await asyncio.gather(*(translations.translate(each, "es", "ca") for each in ("Hola.", "Adiós.")))
    assert [found.text for found in together if found] == ["[ca] Hola.", "[ca] Adiós."]
    again = await translations.translate("Hola.", "es", "ca")
    assert again is not None
    assert again.text == "[ca] Hola."


@pytest.mark.parametrize(("age", "is_hit"), [(3_599, True), (3_600, False), (3_601, False)])
async def test_a_translation_is_given_out_for_an_hour(
    translations: Translations, clock: ManualClock, age: int, is_hit: bool
) -> None:
    await translations.translate("Hola.", "es", "ca")
    clock.forward(age)
    found = await translations.translate("Hola.", "es", "ca")
    assert found is not None
    assert found.from_cache is is_hit


async def test_case_and_composition_are_kept_apart_and_together(
    translations: Translations, translator: EchoTranslator
) -> None:
    for text in ("Polish", "polish", "ma\u00f1ana", "man\u0303ana "):
        await translations.translate(text, "en", "ca") if text.isascii() else None
        await translations.translate(text, "es", "ca")
    assert [text for _, text in translator.asked if not text.isascii()] == ["ma\u00f1ana"]
    assert len(translator.asked) == 5


async def test_without_a_cache_nothing_that_was_said_is_written(clock: ManualClock, translator: EchoTranslator) -> None:
    calls = AsyncFaults(AsyncDatabase("memory:", clock=clock).connection)
    async with AsyncDatabase(calls, clock=clock) as database:
        translations = Translations(database, translator, clock, timeout=2.0, maximum=0)
        for _ in range(2):
            assert await translations.translate("Hola.", "es", "ca") is not None
        assert calls.calls == []
    assert len(translator.asked) == 2


async def test_a_miss_costs_a_read_and_one_transaction_and_a_hit_a_read_and_a_write(
    clock: ManualClock, translator: EchoTranslator
) -> None:
    calls = AsyncFaults(AsyncDatabase("memory:", clock=clock).connection)
    async with AsyncDatabase(calls, clock=clock) as database:
        await database.create_tables(*TABLES)
        translations = Translations(database, translator, clock, timeout=2.0)
        # The first one of a minute also reads the size of the cache.
        await translations.translate("Buenas.", "es", "ca")
        calls.calls.clear()
        await translations.translate("Hola.", "es", "ca")
        await translations.translate("Hola.", "es", "ca")
    assert calls.calls.operations == ["GetItem", "TransactWriteItems", "GetItem", "UpdateItem"]


async def test_the_size_of_the_cache_is_told_but_not_with_every_miss(
    database: AsyncDatabase, clock: ManualClock, translator: EchoTranslator
) -> None:
    recorder = Recorder(clock)
    translations = Translations(database, translator, clock, timeout=2.0, metrics=recorder)
    told: list[float | None] = []
    for text, seconds in (("Uno.", 1), ("Dos.", 60), ("Tres.", 0)):
        await translations.translate(text, "es", "ca")
        told.append(recorder.roll()[1].gauges.get(catalog.CACHE_SIZE.id))
        clock.forward(seconds)
    assert told == [1, None, 3]
