"""Data keys are kept within bounds."""

import threading
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalayer.sealing import DataKey, InvalidKeys
from dynalayer.sealing.datakeys import DataKeys
from dynalayer.sealing.keys import Context
from tests.sealing.conftest import ring

PLACE = {"entity": "Token"}


class Counted:
    """A key ring that counts what is asked of it."""

    def __init__(self) -> None:
        self._ring = ring("a", "b")
        self.current = "a"
        self.made = 0
        self.opened = 0

    def generate(self, context: Context) -> DataKey:
        self.made += 1
        return ring(self.current).generate(context)

    def unwrap(self, key: str, wrapped: bytes, context: Context) -> bytes:
        self.opened += 1
        return self._ring.unwrap(key, wrapped, context)


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def kept(keys: Counted, time: Time, uses: int = 10, age: float = 60.0, capacity: int = 3) -> DataKeys:
    return DataKeys(keys, max_uses=uses, max_age=age, capacity=capacity, clock=time)


@settings(deadline=None)
@given(st.integers(1, 5), st.lists(st.floats(0, 40), max_size=30))
def test_no_data_key_seals_more_often_or_longer_than_it_may(uses: int, pauses: list[float]) -> None:
    time = Time()
    data_keys = kept(Counted(), time, uses)
    used: Counter[bytes] = Counter()
    first: dict[bytes, float] = {}
    for pause in pauses:
        time.now += pause
        wrapped = data_keys.to_seal(PLACE).wrapped
        used[wrapped] += 1
        assert time.now - first.setdefault(wrapped, time.now) < 60
    assert all(count <= uses for count in used.values())


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.floats(0, 40)), max_size=40))
def test_what_opens_is_kept_as_long_as_allowed_and_no_more_of_it(asked: list[tuple[int, float]]) -> None:
    keys, time = Counted(), Time()
    data_keys = kept(keys, time)
    wrapped = [ring("a").generate(PLACE).wrapped for _ in range(6)]
    model: list[tuple[int, float]] = []
    expected = 0
    for number, pause in asked:
        time.now += pause
        found = next((each for each in model if each[0] == number), None)
        if found is None or time.now >= found[1]:
            expected += 1
            model = [*(each for each in model if each[0] != number), (number, time.now + 60)][-3:]
        else:
            model.remove(found)
            model.append(found)
        data_keys.to_open("a", wrapped[number], PLACE)
        assert keys.opened == expected


def test_each_context_has_a_data_key_of_its_own() -> None:
    data_keys = kept(Counted(), Time())
    assert data_keys.to_seal(PLACE).wrapped != data_keys.to_seal({"entity": "Note"}).wrapped


def test_a_new_current_key_is_used_at_once() -> None:
    keys = Counted()
    data_keys = kept(keys, Time())
    assert data_keys.to_seal(PLACE).key == "a"
    keys.current = "b"
    assert data_keys.to_seal(PLACE).key == "b"


def test_what_is_forgotten_is_asked_for_again() -> None:
    keys = Counted()
    data_keys = kept(keys, Time())
    for _ in range(2):
        use = data_keys.to_seal(PLACE)
        data_keys.to_open(use.key, use.wrapped, PLACE)
        data_keys.forget()
    assert (keys.made, keys.opened) == (2, 2)


def test_nothing_is_kept_where_it_may_have_no_age() -> None:
    keys = Counted()
    data_keys = kept(keys, Time(), age=0)
    data_keys.to_seal(PLACE)
    data_keys.to_seal(PLACE)
    assert keys.made == 2


def test_threads_share_the_uses_of_a_data_key() -> None:
    data_keys = kept(Counted(), Time(), uses=50)
    found: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: found.extend(data_keys.to_seal(PLACE).wrapped for _ in range(100)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 400
    assert max(Counter(found).values()) <= 50


@pytest.mark.parametrize(
    ("uses", "age", "capacity"), [(0, 1, 1), (2**32 + 1, 1, 1), (1, -1, 1), (1, float("nan"), 1), (1, 1, -1)]
)
def test_bounds_that_are_none_are_refused(uses: int, age: float, capacity: int) -> None:
    with pytest.raises(InvalidKeys):
        kept(Counted(), Time(), uses, age, capacity)
