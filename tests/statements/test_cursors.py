"""Cursors: nothing but what was written is taken, and only by the query that it was written for."""

import base64
import hashlib
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalayer import InvalidValue, collection, scan
from dynalayer.statements import Cursors, PageOf, cursors, first_page

from .shop import Note, Order, shop

KEYED = cursors(b"k" * 32)
PARTITION = Order.key.partition("ada")
ITEM = {"PK": {"S": "CUSTOMER#ada"}, "SK": {"S": "ORDER#5"}}
IDENTITY = bytes(range(16))


def cursor_of(source: Any, key: dict[str, Any] = ITEM, how: Cursors = KEYED) -> str:
    page: PageOf[Any] = first_page(source, cursors=how)
    written = msgspec.structs.replace(page, after=key)
    text = written.cursor()
    assert text is not None
    return text


@settings(deadline=None)
@given(st.sampled_from([KEYED, Cursors()]), st.integers(min_value=0), st.integers(0, 1_000_000), st.data())
def test_no_single_bit_of_a_cursor_can_change(how: Cursors, at: int, count: int, data: st.DataObject) -> None:
    at %= 2**39
    cursor = how.write(IDENTITY, ITEM, count, at)
    assert how.read(IDENTITY, cursor, at) == (count, ITEM)
    place = data.draw(st.integers(0, len(cursor) - 1))
    changed = cursor[:place] + chr(ord(cursor[place]) ^ 1 << data.draw(st.integers(0, 6))) + cursor[place + 1 :]
    with pytest.raises(InvalidValue, match="the cursor is"):
        how.read(IDENTITY, changed, at)


@settings(deadline=None)
@given(st.sampled_from([KEYED, Cursors()]), st.data())
def test_no_single_bit_of_the_bytes_within_can_change(how: Cursors, data: st.DataObject) -> None:
    raw = bytearray(base64.urlsafe_b64decode(how.write(IDENTITY, ITEM, 0, 5.0) + "=="))
    bit = data.draw(st.integers(0, 8 * len(raw) - 1))
    raw[bit // 8] ^= 1 << bit % 8
    with pytest.raises(InvalidValue, match="the cursor is"):
        how.read(IDENTITY, base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("="), 5.0)


@given(st.text(max_size=200))
def test_no_other_text_is_a_cursor(text: str) -> None:
    for how in (KEYED, Cursors()):
        with pytest.raises(InvalidValue, match="the cursor is"):
            how.read(IDENTITY, text, 0.0)


@given(st.binary(min_size=16, max_size=64), st.binary(min_size=16, max_size=64))
def test_only_a_key_that_is_given_verifies(ours: bytes, theirs: bytes) -> None:
    cursor = cursors(theirs).write(IDENTITY, ITEM, 0, 0.0)
    if ours == theirs:
        assert cursors([b"n" * 16, ours]).read(IDENTITY, cursor, 0.0) == (0, ITEM)
        return
    with pytest.raises(InvalidValue, match="forged"):
        cursors(ours).read(IDENTITY, cursor, 0.0)
    assert cursors([ours, theirs]).read(IDENTITY, cursor, 0.0) == (0, ITEM)


SOURCES: list[Any] = [
    PARTITION,
    Order.key.partition("bob"),
    PARTITION.descending(),
    PARTITION.where(Order.lines > 3),
    PARTITION.where(Order.lines > 4),
    PARTITION.where(Order.tags.contains("a")),
    PARTITION.at_least("1"),
    PARTITION.before("9"),
    PARTITION.limit(7),
    PARTITION.expired(),
    PARTITION.select(Order.id),
    PARTITION.select(Order.id, Order.lines),
    Order.by_state("new"),
    scan(Order),
    scan(shop),
    scan(Order).where(Order.lines > 3),
    scan(Order).expired(),
    scan(Order).select(Order.id),
    scan(Note),
    collection(PARTITION, PARTITION.equals("1")),
    collection(PARTITION, PARTITION.equals("1")).descending(),
    collection(PARTITION, PARTITION.equals("1")).unknown(),
]


def test_a_cursor_is_taken_by_its_own_query_and_no_other() -> None:
    for how in (KEYED, Cursors()):
        texts = [cursor_of(source, how=how) for source in SOURCES]
        for number, source in enumerate(SOURCES):
            for other, text in enumerate(texts):
                if number == other:
                    continue
                with pytest.raises(InvalidValue, match="is of another query"):
                    first_page(source, cursor=text, cursors=how)
        assert first_page(PARTITION, cursor=texts[0], cursors=how).after == ITEM
        assert first_page(PARTITION.consistent(), cursor=texts[0], cursors=how).after == ITEM


def test_the_elements_of_a_set_in_a_filter_have_no_order() -> None:
    first, second = ({"SS": ["a", "b"]}, {"SS": ["b", "a"]})
    query = PARTITION.where(Order.tags == {"a", "b"})
    page = first_page(query)
    assert page.request(0.0)["ExpressionAttributeValues"][":2"] in (first, second)
    assert cursor_of(query) == cursor_of(PARTITION.where(Order.tags == {"b", "a"}))


@pytest.mark.parametrize(
    "key",
    [
        {"PK": {"S": "CUSTOMER#bob"}, "SK": {"S": "ORDER#5"}},
        {"PK": {"S": "CUSTOMER#ada"}, "SK": {"S": "SECRET#5"}},
        {"PK": {"S": "CUSTOMER#ada"}},
        {"PK": {"S": "CUSTOMER#ada"}, "SK": {"N": "5"}},
        {"PK": {"S": "CUSTOMER#ada"}, "SK": {"S": ""}},
        {"PK": {"S": "CUSTOMER#ada"}, "SK": ["ORDER#5"]},
        {**ITEM, "total": {"N": "1"}},
        {},
    ],
)
def test_a_key_outside_of_the_query_is_refused_even_if_the_cursor_is_sound(key: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue, match="the cursor is not one of"):
        first_page(PARTITION, cursor=cursor_of(PARTITION, key), cursors=KEYED)


def test_a_key_outside_of_the_range_is_refused() -> None:
    query = PARTITION.between("1", "3")
    with pytest.raises(InvalidValue, match="outside of the partition or the range"):
        first_page(query, cursor=cursor_of(query), cursors=KEYED)
    indexed = Order.by_state("new")
    foreign = {**ITEM, "SK": {"S": "LISTED"}, "GSI1PK": {"S": "STATE#new"}, "GSI1SK": {"S": "RANK#1000"}}
    with pytest.raises(InvalidValue, match="outside of the partition or the range"):
        first_page(indexed, cursor=cursor_of(indexed, foreign), cursors=KEYED)


def test_a_cursor_that_was_made_with_care_but_without_the_key_is_refused() -> None:
    body = bytes((1, 0)) + IDENTITY + bytes(5) + b'[0,"x"]'
    tag = hashlib.sha256(b"dynalayer cursor\0" + body).digest()[:16]
    cursor = base64.urlsafe_b64encode(body + tag).decode().rstrip("=")
    with pytest.raises(InvalidValue, match="takes signed ones only"):
        KEYED.read(IDENTITY, cursor, 0.0)
    with pytest.raises(InvalidValue, match="is damaged"):
        Cursors().read(IDENTITY, cursor, 0.0)


def test_a_cursor_of_a_newer_version_is_told_apart() -> None:
    raw = bytearray(base64.urlsafe_b64decode(KEYED.write(IDENTITY, ITEM, 0, 0.0) + "=="))
    raw[0] = 2
    with pytest.raises(InvalidValue, match="of a newer version"):
        KEYED.read(IDENTITY, base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("="), 0.0)


def test_keys_do_not_show() -> None:
    assert "kkkk" not in repr(KEYED)
