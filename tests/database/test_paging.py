"""Pages and collections hold against what one query gives, whatever their sizes and ranges."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalayer import Database, Query, collection, scan

from .library import Loan, Reader, Visit, library

LOANS, VISITS, PROFILE = Loan.key.partition("ada"), Visit.key.partition("ada"), Reader.key.partition("ada")


@pytest.fixture(scope="module")
def filled() -> Database:
    """Forty loans, every fourth expired, ten visits and a profile of one reader."""
    db = Database("memory:", clock=lambda: 1_000.0, cursor_key=b"k" * 32)
    db.create_tables(library)
    loans = [
        Loan(reader="ada", id=f"{n:02d}", lines=n, day="mon", expires=500 if n % 4 == 0 else None) for n in range(40)
    ]
    db.batch_write(put=[*loans, *[Visit(reader="ada", at=f"{n:02d}") for n in range(10)], Reader(id="ada")])
    return db


def sort_key(item: Any) -> str:
    return str(item.key.wire["SK"]["S"])


@settings(deadline=None, max_examples=80)
@given(
    sizes=st.lists(st.integers(1, 9), min_size=1, max_size=10),
    least=st.integers(0, 40),
    how=st.sampled_from(["all", "at_least", "before", "index", "collection", "scan", "selected"]),
    descending=st.booleans(),
    limit=st.none() | st.integers(1, 45),
)
def test_pages_in_any_mix_of_sizes_neither_repeat_nor_skip(
    filled: Database, sizes: list[int], least: int, how: str, descending: bool, limit: int | None
) -> None:
    query = (Loan.by_day("mon") if how == "index" else LOANS).where(Loan.lines >= least)
    query = query.at_least("07") if how == "at_least" else query.before("31") if how == "before" else query
    query = query.descending() if descending else query
    source: Any = query if limit is None else query.limit(limit)
    if how == "collection":
        both = collection(LOANS.at_least("20"), VISITS, PROFILE)
        both = both.descending() if descending else both
        source = both if limit is None else both.limit(limit)
    if how == "scan":
        source = scan(Loan).where(Loan.lines >= least)
    if how == "selected":
        source = source.select(Loan.id)
    whole = list(filled.scan(source) if how == "scan" else filled.query(source))
    found: list[Any] = []
    cursor = None
    for turn in range(200):
        page = filled.page(source, size=sizes[turn % len(sizes)], after=cursor)
        found += page.items
        if (cursor := page.cursor) is None:
            break
    assert found == whole
    if how not in ("scan", "selected"):
        assert whole == sorted(whole, key=sort_key, reverse=descending)


def ranged(query: Query[Any, Any], how: str, low: str, high: str) -> Query[Any, Any]:
    match how:
        case "between":
            return query.between(min(low, high), max(low, high))
        case "begins_with":
            return query.begins_with(low[:1])
        case "all":
            return query
        case _:
            made: Query[Any, Any] = getattr(query, how)(low)
            return made


KINDS = st.sampled_from(["all", "equals", "begins_with", "between", "at_least", "at_most", "after", "before"])
TEXTS = st.integers(0, 40).map(lambda n: f"{n:02d}")


@settings(deadline=None, max_examples=150)
@given(KINDS, TEXTS, TEXTS, KINDS, TEXTS, TEXTS, st.booleans(), st.booleans())
def test_a_collection_is_what_its_parts_give_in_order(
    filled: Database, a: str, low: str, high: str, b: str, least: str, most: str, with_profile: bool, expired: bool
) -> None:
    parts = [ranged(LOANS, a, low, high), ranged(VISITS, b, least, most), *([PROFILE] if with_profile else [])]
    both: Any = collection(*parts)  # type: ignore[call-overload]
    both = both.expired() if expired else both
    apart = [item for part in parts for item in filled.query(part.expired() if expired else part)]
    assert list(filled.query(both)) == sorted(apart, key=sort_key)
    assert filled.count(both) == len(apart)
    assert list(filled.query(both.descending())) == sorted(apart, key=sort_key, reverse=True)


@settings(deadline=None, max_examples=100)
@given(KINDS, TEXTS, TEXTS, st.integers(0, 40), st.booleans(), st.none() | st.integers(1, 12))
def test_a_count_is_the_number_of_items_given(
    filled: Database, how: str, low: str, high: str, least: int, expired: bool, limit: int | None
) -> None:
    query = ranged(LOANS, how, low, high).where(Loan.lines >= least)
    query = query.expired() if expired else query
    query = query if limit is None else query.limit(limit)
    assert filled.count(query) == len(list(filled.query(query)))
