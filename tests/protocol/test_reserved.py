"""The reserved words are those of the developer guide."""

from dynalayer.protocol import RESERVED_WORDS


def test_there_are_573_reserved_words() -> None:
    assert len(RESERVED_WORDS) == 573


def test_common_traps_are_among_them() -> None:
    assert {"NAME", "STATUS", "DATE", "USER", "TTL", "SIZE", "VALUE", "DATA", "COUNTER"} <= RESERVED_WORDS
