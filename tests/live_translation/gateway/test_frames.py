import pytest
from live_translation.gateway.frames import text_frame
from websockets.frames import Frame, Opcode


@pytest.mark.parametrize("length", [0, 1, 125, 126, 65_535, 65_536])
def test_a_message_is_framed_as_the_websocket_library_does_it(length: int) -> None:
    text = "é" * (length // 2) + "e" * (length % 2)
    assert text_frame(text) == Frame(Opcode.TEXT, text.encode()).serialize(mask=False)
