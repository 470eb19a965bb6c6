from hypothesis import given
from hypothesis import strategies as st
from live_translation.recognition.backlog import LONGEST_WAITING, Backlog


@given(st.lists(st.integers(1, LONGEST_WAITING), max_size=12))
def test_what_waits_is_the_newest_end_of_what_came_and_never_too_much(sizes: list[int]) -> None:
    backlog, chunks = Backlog(), [bytes([n]) * size for n, size in enumerate(sizes)]
    dropped = sum(backlog.put(chunk) for chunk in chunks)
    kept = []
    while backlog:
        kept.append(backlog.take())
    assert sum(map(len, kept)) <= LONGEST_WAITING
    assert kept == chunks[len(chunks) - len(kept) :]
    assert dropped == sum(sizes) - sum(map(len, kept))
