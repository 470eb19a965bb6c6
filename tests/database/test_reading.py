"""Generated from `test_async_reading.py` by `scripts/generate_sync.py`; change that file."""

from __future__ import annotations

from decimal import Decimal

import pytest

from dynalayer import AccessDenied, Database, InvalidValue, Throttled, scan
from dynalayer.statements import Raw
from dynalayer.testing import Faults

from .conftest import NOW, Clock
from .library import Book, Loan, Reader, Visit, library

KEY = b"k" * 32

PAST, FUTURE = int(NOW) - 10, int(NOW) + 1000


def fill(db: Database) -> None:
    """Two readers with a profile, ten loans (every third expired) and a visit each, and an item of no entity."""
    for reader in ("ada", "bob"):
        loans = [
            Loan(
                reader=reader,
                id=f"{n:02d}",
                lines=n,
                total=Decimal(n),
                state="new",
                day="mon",
                expires=PAST if n % 3 == 0 else FUTURE,
            )
            for n in range(10)
        ]
        profile = Reader(id=reader, name=reader.title(), day="mon")
        db.batch_write(put=[profile, *loans, Visit(reader=reader, at="1")])
    other = {"PK": {"S": "OTHER"}, "SK": {"S": "1"}, "expires": {"S": "never"}}
    db.run(Raw("PutItem", {"TableName": library.name, "Item": other}))


def test_a_scan_gives_one_entity_of_a_shared_table_without_expired_items(db: Database) -> None:
    fill(db)
    found = list(db.scan(scan(Loan)))
    assert {type(loan) for loan in found} == {Loan}
    assert sorted(loan.id for loan in found if loan.reader == "ada") == ["01", "02", "04", "05", "07", "08"]
    assert len(list(db.scan(scan(Loan).expired()))) == 20
    assert {reader.name for reader in db.scan(scan(Reader).consistent())} == {"Ada", "Bob"}


def test_a_scan_of_several_entities_or_a_table_gives_each_as_what_it_is(db: Database) -> None:
    fill(db)
    pair = [type(each) for each in db.scan(scan(Reader, Visit))]
    assert sorted(each.__name__ for each in pair) == ["Reader", "Reader", "Visit", "Visit"]
    everything = [type(each) for each in db.scan(scan(library))]
    assert (everything.count(Loan), everything.count(Reader), everything.count(Visit)) == (12, 2, 2)


def test_a_scan_filters_and_its_limit_counts_what_is_given_back(db: Database) -> None:
    fill(db)
    found = [loan.lines for loan in db.scan(scan(Loan).where(Loan.lines > 4).where(Loan.lines < 9))]
    assert sorted(found) == [5, 5, 7, 7, 8, 8]
    assert len(list(db.scan(scan(Loan).limit(7)))) == 7
    assert len(list(db.scan(scan(Loan).limit(7), parallel=4))) == 7


def test_a_scan_of_an_index_gives_the_items_that_are_in_it(db: Database) -> None:
    fill(db)
    db.put(Reader(id="eve"))
    assert {each.id for each in db.scan(scan(Reader.by_day))} == {"ada", "bob"}
    assert len(list(db.scan(scan(library, index="by-day")))) == 14


def test_a_parallel_scan_gives_each_item_once(db: Database) -> None:
    db.batch_write(put=[Book(shelf=f"{n % 40}", place=n) for n in range(300)])
    for parallel in (1, 3, 8):
        found = [book.place for book in db.scan(scan(Book), parallel=parallel)]
        assert sorted(found) == list(range(300))


def test_a_parallel_scan_ends_when_nobody_reads_on(db: Database) -> None:
    db.batch_write(put=[Book(shelf=f"{n}", place=n) for n in range(60)])
    books = db.scan(scan(Book), parallel=4)
    assert (next(books)).place in range(60)
    books.close()  # type: ignore[attr-defined]
    assert db.count(scan(Book)) == 60


def test_an_error_of_one_segment_reaches_the_reader(db: Database) -> None:
    db.batch_write(put=[Book(shelf=f"{n}", place=n) for n in range(60)])
    faults = Faults(db.connection)
    broken = Database(faults)
    faults.fail(AccessDenied("not yours"), operation="Scan")
    with pytest.raises(AccessDenied, match="not yours"):
        assert list(broken.scan(scan(Book), parallel=4))
    faults.fail(Throttled("slow down"), operation="Scan")
    assert len(list(broken.scan(scan(Book), parallel=4))) == 60


def test_a_number_of_segments_below_one_is_refused(db: Database) -> None:
    with pytest.raises(InvalidValue, match="1 to 1,000,000 segments"):
        assert list(db.scan(scan(Book), parallel=0))


def test_a_query_gives_rows_of_the_attributes_that_are_selected(db: Database) -> None:
    fill(db)
    query = Loan.key.partition("ada").where(Loan.lines < 6)
    rows = list(db.query(query.select(Loan.id, Loan.total, Loan.note)))
    assert rows == [(f"{n:02d}", Decimal(n), None) for n in (1, 2, 4, 5)]
    before = Loan.key.partition("ada").before("05").expired()
    assert list(db.query(before.select(Loan.lines))) == [(0,), (1,), (2,), (3,), (4,)]
    assert len((db.page(query.select(Loan.id), size=3)).items) == 2


def test_a_scan_gives_rows_of_the_attributes_that_are_selected(db: Database) -> None:
    fill(db)
    rows = list(db.scan(scan(Loan).where(Loan.lines > 7).select(Loan.reader, Loan.lines)))
    assert sorted(rows) == [("ada", 8), ("bob", 8)]
    db.put(Book(shelf="a", place=1, title="x"))
    assert list(db.scan(scan(Book).select(Book.title), parallel=2)) == [("x",)]


def test_an_item_is_read_in_part(db: Database, clock: Clock) -> None:
    db.put(Loan(reader="ada", id="1", lines=3, expires=FUTURE))
    key = Loan.key("ada", "1")
    assert db.get(key.select(Loan.lines, Loan.note)) == (3, None)
    assert db.get(key.select(Loan.note), consistent=True) == (None,)
    assert db.get(Loan.key("ada", "2").select(Loan.lines)) is None
    clock.now = FUTURE
    assert db.get(key.select(Loan.lines)) is None
    assert db.get(key.select(Loan.lines), expired=True) == (3,)


def test_an_index_that_projects_little_gives_what_it_has_and_what_its_keys_tell(db: Database) -> None:
    fill(db)
    rows = list(db.query(Loan.by_state("new").select(Loan.reader, Loan.id, Loan.total)))
    assert sorted(rows)[:2] == [("ada", "01", Decimal(1)), ("ada", "02", Decimal(2))]
    assert len(rows) == 12
    assert len(list(db.scan(scan(Loan.by_state).select(Loan.state)))) == 12
    assert db.count(Loan.by_state("new")) == 12


def test_a_count_is_the_number_of_items_that_a_query_gives(db: Database) -> None:
    fill(db)
    loans = Loan.key.partition("ada")
    queries = [
        loans,
        loans.expired(),
        loans.where(Loan.lines > 4),
        loans.before("05"),
        loans.after("05"),
        loans.between("02", "07").descending(),
        loans.limit(3),
        loans.before("08").where(Loan.lines > 1).limit(2),
        Loan.by_day("mon"),
    ]
    for query in queries:
        assert db.count(query) == len(list(db.query(query))), query
    assert db.count(scan(Loan)) == 12
    assert db.count(scan(Loan).where(Loan.lines > 4).limit(5)) == 5
    assert db.count(scan(library)) == 16
    db.batch_write(put=[Book(shelf="a", place=n, expires=PAST if n < 3 else None) for n in range(9)])
    assert db.count(scan(Book)) == 6
    assert db.count(Book.key.partition("a").before(5)) == 2


def test_a_scan_goes_on_from_a_cursor(db: Database) -> None:
    fill(db)
    found, cursor = [], None
    while True:
        page = db.page(scan(Loan), size=4, after=cursor)
        found += [(loan.reader, loan.id) for loan in page.items]
        if (cursor := page.cursor) is None:
            break
    assert len(found) == len(set(found)) == 12
    with pytest.raises(InvalidValue, match="of another query"):
        db.page(scan(Reader), after=(db.page(scan(Loan), size=4)).cursor)


def test_the_limit_of_a_query_holds_over_all_its_pages(db: Database) -> None:
    db.batch_write(put=[Book(shelf="a", place=n) for n in range(9)])
    query = Book.key.partition("a").limit(5)
    first = db.page(query, size=3)
    second = db.page(query, size=3, after=first.cursor)
    assert [len(first.items), len(second.items), second.cursor] == [3, 2, None]


def test_a_cursor_that_is_not_signed_is_refused_where_there_is_a_key(db: Database, clock: Clock) -> None:
    fill(db)
    unsigned = Database(db.connection, clock=clock)
    query = Loan.key.partition("ada")
    cursor = (unsigned.page(query, size=2)).cursor
    assert (unsigned.page(query, after=cursor)).items[0].id == "02"
    with pytest.raises(InvalidValue, match="takes signed ones only"):
        db.page(query, after=cursor)
    with pytest.raises(InvalidValue, match="has no key to verify it"):
        unsigned.page(query, after=(db.page(query, size=2)).cursor)


def test_a_key_is_replaced_by_putting_the_new_one_in_front(
    db: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(db)
    query = Loan.key.partition("ada")
    old = (db.page(query, size=2)).cursor
    rotated = Database(db.connection, clock=clock, cursor_key=[b"n" * 32, KEY])
    new = (rotated.page(query, size=2)).cursor
    assert (rotated.page(query, after=old)).items == (rotated.page(query, after=new)).items
    with pytest.raises(InvalidValue, match="signed with a key that is not given"):
        db.page(query, after=new)
    monkeypatch.setenv("DYNALAYER_CURSOR_KEY", f"{'n' * 32},other-key-of-16-bytes")
    assert (Database(db.connection, clock=clock).page(query, after=new)).items
    with pytest.raises(InvalidValue, match="at least 16 bytes"):
        Database(db.connection, cursor_key=b"short")


def test_a_cursor_may_grow_too_old(db: Database, clock: Clock) -> None:
    fill(db)
    query = Loan.key.partition("ada")
    hasty = Database(db.connection, clock=clock, cursor_key=KEY, cursor_age=60)
    cursor = (hasty.page(query, size=2)).cursor
    clock.now += 60
    assert (hasty.page(query, after=cursor)).items
    clock.now += 1
    with pytest.raises(InvalidValue, match="older than 60 seconds"):
        hasty.page(query, after=cursor)
