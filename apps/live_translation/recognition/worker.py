"""The process that listens for one speaker at a time: orders on its standard input, answers on its standard output."""

from __future__ import annotations

import os
import sys
from typing import BinaryIO, cast

import msgspec

from live_translation.recognition.ear import Ear
from live_translation.recognition.frames import Answer, Finish, Frames, Heard, Order, Ready, to_frame


def work(orders: int, answers: BinaryIO, ear: Ear) -> None:
    """Answer every order until the other side closes."""
    decoder: msgspec.msgpack.Decoder[Order] = msgspec.msgpack.Decoder(cast("type[Order]", Order))
    frames = Frames()
    _tell(answers, Ready())
    while data := os.read(orders, 1 << 16):
        for body in frames.feed(data):
            order = decoder.decode(body)
            if isinstance(order, Finish):
                _tell(answers, Heard(0, tuple(ear.finish())))
                _tell(answers, Ready())
            else:
                _tell(answers, Heard(len(order.pcm), tuple(ear.hear(order.pcm))))


def _tell(answers: BinaryIO, answer: Answer) -> None:
    answers.write(to_frame(answer))
    answers.flush()


def main() -> None:
    """Listen until the parent closes, or dies."""
    # What a library prints must not get between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        work(sys.stdin.fileno(), answers, Ear())
    except BrokenPipeError:
        os._exit(0)


if __name__ == "__main__":
    main()
