from hypothesis import given
from hypothesis import strategies as st
from live_translation.hearing.reorder import LONGEST_WAIT, MOST_WAITING, Reorder


def chunk(number: int) -> bytes:
    return number.to_bytes(8, "big")


@given(st.permutations(range(5, 15)), st.integers(0, 4))
def test_what_comes_in_time_goes_on_in_order_whatever_the_order(numbers: list[int], first: int) -> None:
    reorder, out = Reorder(), list[bytes]()
    for number in [4, *numbers, *numbers[:first]]:
        out += reorder.put(number, chunk(number), 0.0)
    assert out == [chunk(number) for number in range(4, 15)]


def test_a_gap_is_waited_for_two_seconds_at_most() -> None:
    reorder = Reorder()
    assert reorder.put(5, b"5", 0.0) == [b"5"]
    assert reorder.put(7, b"7", 1.0) == []
    assert reorder.put(8, b"8", 1.0 + LONGEST_WAIT - 0.01) == []
    assert reorder.put(9, b"9", 1.0 + LONGEST_WAIT) == [b"7", b"8", b"9"]
    assert reorder.put(6, b"6", 4.0) == []


def test_no_more_than_so_many_wait() -> None:
    reorder = Reorder()
    reorder.put(5, b"5", 0.0)
    out = [reorder.put(number, b"x", 0.0) for number in range(7, 8 + MOST_WAITING)]
    assert [len(each) for each in out] == [0] * MOST_WAITING + [MOST_WAITING + 1]


def test_chunks_without_a_number_have_their_turn_at_once() -> None:
    reorder = Reorder()
    assert [reorder.put(None, each, 0.0) for each in (b"a", b"b")] == [[b"a"], [b"b"]]


def test_a_client_that_begins_anew_is_heard_after_what_waited() -> None:
    reorder = Reorder()
    reorder.put(50, b"50", 0.0)
    reorder.put(52, b"52", 0.0)
    assert reorder.put(1, b"1", 0.1) == [b"52", b"1"]
    assert reorder.put(2, b"2", 0.2) == [b"2"]


def test_what_waits_can_be_had_when_nothing_comes_before_it_any_more() -> None:
    reorder = Reorder()
    reorder.put(5, b"5", 0.0)
    reorder.put(7, b"7", 0.0)
    assert reorder.flush() == [b"7"]
    assert reorder.put(3, b"3", 0.0) == [b"3"]
