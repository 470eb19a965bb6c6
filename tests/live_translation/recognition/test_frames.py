import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from live_translation.recognition.engine import Recognised
from live_translation.recognition.frames import Answer, BadFrame, Finish, Frames, Heard, Order, Ready, Sound, to_frame

ORDERS = st.lists(st.builds(Sound, st.binary(max_size=300)) | st.just(Finish()), max_size=8)


@given(ORDERS, st.lists(st.integers(1, 50), max_size=40))
def test_frames_come_whole_however_the_pipe_cuts_them(orders: list[Order], cuts: list[int]) -> None:
    data = b"".join(to_frame(order) for order in orders)
    frames, bodies = Frames(), list[bytes]()
    for size in [*cuts, len(data) + 1]:
        bodies += frames.feed(data[:size])
        data = data[size:]
    assert [msgspec.msgpack.decode(body, type=Sound | Finish) for body in bodies] == orders


def test_answers_carry_results() -> None:
    answers: list[Answer] = [Ready(), Heard(6_400, (Recognised("1", "the main", True, (0.9, 0.5), 0.1, 0.7),))]
    bodies = Frames().feed(b"".join(map(to_frame, answers)))
    assert [msgspec.msgpack.decode(body, type=Ready | Heard) for body in bodies] == answers


def test_what_is_no_frame_is_noticed_before_it_is_waited_for() -> None:
    with pytest.raises(BadFrame):
        Frames().feed(b"\xff\xff\xff\xff")
