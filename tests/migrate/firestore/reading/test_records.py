from __future__ import annotations

import random
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dynalayer.migrate.firestore import BadExport
from dynalayer.migrate.firestore.reading.records import records
from tests.migrate.firestore.writing import BLOCK, crc32c, log

sizes = st.one_of(st.integers(0, 40), st.integers(BLOCK - 30, BLOCK + 10), st.integers(2 * BLOCK - 20, 2 * BLOCK + 20))


def contents(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def test_the_writers_checksum_is_castagnolis() -> None:
    assert crc32c(b"123456789") == 0xE3069283


def test_a_record_of_the_emulator_is_read() -> None:
    # How every overall_export_metadata begins: masked CRC-32C, length, kind, and the version of the format.
    assert list(records(bytes.fromhex("b86d444e01000133"), "metadata")) == [(0, b"3")]


@settings(max_examples=40, deadline=None)
@given(st.lists(sizes, max_size=6), st.integers(0, 5))
@example([BLOCK - 7, 1], 0)
@example([BLOCK - 13, 5], 0)
@example([BLOCK - 14, 0, 3], 0)
@example([0, 0, 0], 0)
def test_records_are_read_as_they_were_written_wherever_blocks_end(lengths: list[int], seed: int) -> None:
    written = [contents(length) for length in lengths]
    data = log(written, random.Random(seed))
    found = list(records(data, "output-0"))
    assert [record for _, record in found] == written
    for offset, record in found:
        assert next(records(data, "output-0", offset)) == (offset, record)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_changed_byte_is_found_and_told_by_file_and_place(data: st.DataObject) -> None:
    written = [contents(300), contents(BLOCK), contents(20)]
    good = log(written)
    at = data.draw(st.integers(0, len(good) - 1))
    bad = bytearray(good)
    bad[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(BadExport, match=r"output-7 at byte [\d,]+: ") as caught:
        list(records(bytes(bad), "output-7"))
    assert caught.value.offset <= at


@settings(max_examples=60, deadline=None)
@given(st.integers(1, BLOCK + 300))
def test_a_file_that_is_cut_off_gives_whole_records_or_an_error_but_never_a_part_of_one(cut: int) -> None:
    written = [contents(300), contents(BLOCK), contents(20)]
    data = log(written)[:-cut]
    found: list[bytes] = []
    with suppress(BadExport):
        found += (record for _, record in records(data, "output-0"))
    assert found == written[: len(found)]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (bytes.fromhex("000000000200096869"), "unknown kind 9"),
        (bytes.fromhex("00000000ffff016869"), "passes the end of its block"),
        (bytes.fromhex("00000000ff00016869"), "cut off"),
        (bytes.fromhex("b86d444e01000134"), "checksum"),
        (log([b"x" * 40_000])[BLOCK:], "never began"),
        (log([b"x" * 40_000])[:BLOCK] + log([b"y"]), "within another"),
        (bytes(7) + b"x", "zeros"),
    ],
    ids=["kind", "block", "short", "checksum", "middle", "nested", "padding"],
)
def test_what_is_wrong_with_a_piece_is_told(data: bytes, reason: str) -> None:
    with pytest.raises(BadExport, match=reason):
        list(records(data, "output-0"))


def test_an_empty_file_has_no_records() -> None:
    assert list(records(b"", "output-0")) == []
