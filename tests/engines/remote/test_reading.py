"""Answers out of bytes, however they come in."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynalayer.engines.remote.transport.reading import Answer, Garbled, Reader

PLAIN = b"HTTP/1.1 200 OK\r\nX-Amz-CRC32: 7\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n"


def read(reader: Reader, data: bytes, cuts: set[int]) -> Answer | None:
    answer = None
    places = [0, *sorted(cuts), len(data)]
    for begin, end in itertools.pairwise(places):
        assert answer is None
        answer = reader.feed(data[begin:end]) if begin < end else None
    return answer


@given(st.lists(st.sampled_from([(PLAIN, 200), (CHUNKED, 400)]), max_size=4), st.data())
def test_answers_are_read_wherever_their_bytes_are_cut(answers: list[tuple[bytes, int]], data: st.DataObject) -> None:
    reader = Reader(1000)
    for sent, status in answers:
        cuts = data.draw(st.sets(st.integers(1, len(sent) - 1)))
        answer = read(reader, sent, cuts)
        assert answer is not None
        assert (answer.status, answer.body) == (status, b"hello")
        assert (answer.header(b"x-amz-crc32") == b"7") == (status == 200)
        assert reader.reusable


@given(st.binary(max_size=200), st.sets(st.integers(1, 199)))
def test_whatever_comes_is_read_or_refused(data: bytes, cuts: set[int]) -> None:
    try:
        answer = read(Reader(1000), data, {cut for cut in cuts if cut < len(data)})
    except Garbled:
        return
    assert answer is None or answer.status >= 200


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        PLAIN + PLAIN,
        PLAIN + b"rest",
    ],
)
def test_what_is_no_answer_is_refused(data: bytes) -> None:
    with pytest.raises(Garbled):
        Reader(1000).feed(data)


def test_an_answer_may_not_be_longer_than_agreed() -> None:
    assert Reader(len(PLAIN)).feed(PLAIN)
    with pytest.raises(Garbled, match="longer than"):
        Reader(len(PLAIN) - 1).feed(PLAIN)
    endless = Reader(1000)
    with pytest.raises(Garbled, match="longer than 1000"):  # noqa: PT012 (the answer begins well)
        endless.feed(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            endless.feed(b"1\r\nx\r\n")


def test_the_bound_is_for_each_answer() -> None:
    reader = Reader(len(PLAIN))
    for _ in range(5):
        assert reader.feed(PLAIN)


def test_an_interim_answer_is_passed_over() -> None:
    interim = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    reader = Reader(1000)
    assert reader.feed(interim) is None
    assert reader.feed(PLAIN) == Answer(200, {b"X-Amz-CRC32": b"7", b"Content-Length": b"5"}, b"hello")
    assert reader.feed(interim + PLAIN)


@pytest.mark.parametrize(
    ("head", "reusable"),
    [
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n", False),
        (b"HTTP/1.0 200 OK\r\n", False),
        (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n", True),
        (b"HTTP/1.1 200 OK\r\nConnection: Keep-Alive\r\n", True),
    ],
)
def test_the_other_side_says_whether_it_takes_another_request(head: bytes, reusable: bool) -> None:
    reader = Reader(1000)
    assert reader.feed(head + b"Content-Length: 0\r\n\r\n") is not None
    assert reader.reusable is reusable


def test_an_answer_without_a_length_never_ends() -> None:
    reader = Reader(1000)
    assert reader.feed(b"HTTP/1.1 200 OK\r\n\r\n{}") is None
    assert reader.begun
