import pytest
from hypothesis import given
from hypothesis import strategies as st
from live_translation.broadcasting.audio_buffer import MAX_BYTES, Added, ListenerBuffer


def test_ten_seconds_are_320_000_bytes() -> None:
    assert MAX_BYTES == 320_000


@pytest.mark.parametrize(("size", "added"), [(320_000, Added.kept), (320_001, Added.rejected)])
def test_what_is_longer_than_all_that_may_wait_is_refused(size: int, added: Added) -> None:
    buffer = ListenerBuffer()
    assert buffer.add("x", size) is added
    assert buffer.bytes == (size if added is Added.kept else 0)
    assert buffer.dropped == (added is Added.rejected)


def test_the_oldest_whole_chunks_go_until_the_new_one_fits() -> None:
    buffer = ListenerBuffer(100)
    for name in "abc":
        assert buffer.add(name, 33) is Added.kept
    assert buffer.add("d", 34) is Added.overflowed
    assert (buffer.bytes, buffer.dropped) == (100, 1)
    assert buffer.add("e", 50) is Added.overflowed
    assert [buffer.take(), buffer.take(), buffer.take()] == ["d", "e", None]
    assert (buffer.bytes, buffer.dropped) == (0, 3)


def test_how_full_it_is_can_be_told_in_percent_and_in_seconds() -> None:
    buffer = ListenerBuffer()
    buffer.add("x", 80_000)
    assert (buffer.utilisation, buffer.seconds, len(buffer)) == (25.0, 2.5, 1)
    buffer.clear()
    assert (buffer.utilisation, buffer.take(), len(buffer)) == (0.0, None, 0)


@given(
    steps=st.lists(st.integers(1, 120) | st.none(), max_size=60),
    most=st.integers(1, 100),
)
def test_what_is_kept_is_the_newest_suffix_and_never_over_the_bound(steps: list[int | None], most: int) -> None:
    buffer = ListenerBuffer(most)
    kept: list[tuple[str, int]] = []
    for number, step in enumerate(steps):
        if step is None:
            assert buffer.take() == (kept.pop(0)[0] if kept else None)
            continue
        added = buffer.add(str(number), step)
        if step <= most:
            # The longest suffix that fits, found from the other end.
            fitting = (index for index in range(len(kept) + 1) if sum(each for _, each in kept[index:]) + step <= most)
            first = next(fitting)
            assert added is (Added.overflowed if first else Added.kept)
            kept = [*kept[first:], (str(number), step)]
        assert (added is Added.rejected) == (step > most)
        assert buffer.bytes == sum(each for _, each in kept) <= most
        assert len(buffer) == len(kept)
