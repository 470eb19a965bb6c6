"""A shop of music, asked for by typed entities; what is expected is asked of MariaDB."""

from __future__ import annotations

from decimal import Decimal

import pytest

from dynalayer import AccessPattern, any_
from dynalayer.access import check
from tests.migrate.datasets.conftest import Moved

pytestmark = pytest.mark.xdist_group("mariadb")


def test_every_row_became_an_item_that_agrees(chinook: Moved) -> None:
    assert chinook.report.is_clean
    assert chinook.summary.rejects == 0
    tables = ("artist", "album", "track", "playlist", "playlisttrack", "customer", "invoice", "employee")
    rows = [chinook.one(f"SELECT COUNT(*) FROM {table}") for table in tables]
    assert [each.items for each in chinook.summary.entities.values()] == rows
    assert chinook.report.stored == sum(rows) > 13_000


def test_an_artist_with_the_albums(chinook: Moved) -> None:
    artist, album = chinook.entities.Artist, chinook.entities.Album
    for number, name, count in chinook.sql(
        "SELECT a.id, a.name, COUNT(b.id) FROM artist a LEFT JOIN album b ON b.artist = a.id"
        " WHERE a.id <= 60 GROUP BY a.id"
    ):
        found = chinook.db.get(artist.key(number))
        assert (found.name, found.albums) == (name, count)
        titles = [(each.id, each.title, each.artist_name) for each in chinook.db.query(album.key.partition(number))]
        wanted = chinook.sql(
            "SELECT id, title, %s FROM album WHERE artist = %s ORDER BY CAST(id AS CHAR)", name, number
        )
        assert titles == wanted


def test_sums_and_means_of_the_tracks_of_an_album(chinook: Moved) -> None:
    album = chinook.entities.Album
    wanted = chinook.sql(
        "SELECT b.artist, b.id, COUNT(*), SUM(t.unit_price), MAX(t.milliseconds), AVG(t.bytes)"
        " FROM album b JOIN track t ON t.album = b.id GROUP BY b.id"
    )
    assert len(wanted) > 300
    for artist, number, *figures in wanted[::10]:
        found = chinook.db.get(album.key(artist, number))
        assert [found.tracks, found.price, found.longest, found.mean_bytes] == figures


def test_the_tracks_of_an_album_with_what_is_shown_beside_them(chinook: Moved) -> None:
    track = chinook.entities.Track
    found = [
        (each.id, each.name, each.genre, each.media, each.album_of, each.length, each.unit_price)
        for each in chinook.db.query(track.key.partition(141))
    ]
    wanted = chinook.sql(
        "SELECT t.id, t.name, COALESCE(g.name, 'none'), m.name, CONCAT(b.title, ' by ', a.name),"
        " IF(t.milliseconds >= 600000, 'long', IF(t.milliseconds < 120000, 'short', 'middle')), t.unit_price"
        " FROM track t JOIN album b ON b.id = t.album JOIN artist a ON a.id = b.artist"
        " LEFT JOIN genre g ON g.id = t.genre JOIN mediatype m ON m.id = t.mediatype"
        " WHERE b.id = 141 ORDER BY CAST(t.id AS CHAR)"
    )
    assert found == wanted
    assert len(found) > 50


def test_the_longest_tracks_of_a_genre_by_an_index_of_numbers(chinook: Moved) -> None:
    track = chinook.entities.Track
    query = track.by_genre(1).descending().limit(5).select(track.milliseconds, track.name)
    wanted = "SELECT milliseconds, name FROM track WHERE genre = 1 ORDER BY milliseconds DESC LIMIT 5"
    assert list(chinook.db.query(query)) == chinook.sql(wanted)


def test_only_tracks_with_a_composer_are_in_the_index_of_composers(chinook: Moved) -> None:
    track = chinook.entities.Track
    name, count = chinook.sql(
        "SELECT composer, COUNT(*) FROM track WHERE composer IS NOT NULL GROUP BY composer ORDER BY 2 DESC LIMIT 1"
    )[0]
    assert sum(1 for _ in chinook.db.query(track.by_composer(name).select(track.composer))) == count
    assert chinook.one("SELECT COUNT(*) FROM track WHERE composer IS NULL") > 900


def test_a_playlist_with_its_thousands_of_entries(chinook: Moved) -> None:
    entry, playlist = chinook.entities.Entry, chinook.entities.Playlist
    number, count = chinook.sql("SELECT playlist, COUNT(*) FROM playlisttrack GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1")[0]
    assert chinook.db.get(playlist.key(number)).tracks == count
    names = sorted(each.track_name for each in chinook.db.query(entry.key.partition(number)))
    wanted = "SELECT t.name FROM playlisttrack p JOIN track t ON t.id = p.track WHERE p.playlist = %s"
    assert names == sorted(name for (name,) in chinook.sql(wanted, number))
    assert count > 3_000


def test_a_customer_and_the_invoices_with_their_lines(chinook: Moved) -> None:
    customer, invoice = chinook.entities.Customer, chinook.entities.Invoice
    for number in (1, 17, 59):
        name, spent, served = chinook.sql(
            "SELECT CONCAT(c.firstname, ' ', c.lastname), SUM(i.total), CONCAT(e.firstname, ' ', e.lastname)"
            " FROM customer c JOIN invoice i ON i.customer = c.id JOIN employee e ON e.id = c.support_rep"
            " WHERE c.id = %s",
            number,
        )[0]
        found = chinook.db.get(customer.key(number))
        assert (found.name, found.spent, found.served_by) == (name, spent, served)
        bills = list(chinook.db.query(invoice.key.partition(number)))
        assert [each.at for each in bills] == [
            at.isoformat()
            for (at,) in chinook.sql(
                "SELECT invoicedate FROM invoice WHERE customer = %s ORDER BY invoicedate, id", number
            )
        ]
        assert sum((each.total for each in bills), Decimal(0)) == spent
        for bill in bills:
            lines = [(line.track, line.price, line.quantity) for line in bill.lines]
            query = "SELECT track, unit_price, quantity FROM invoiceline WHERE invoice = %s ORDER BY id"
            assert lines == chinook.sql(query, bill.id)
            due = chinook.one("SELECT invoicedate + INTERVAL 30 DAY FROM invoice WHERE id = %s", bill.id)
            assert bill.due == due.isoformat()


def test_the_dearest_invoices_of_a_month(chinook: Moved) -> None:
    invoice = chinook.entities.Invoice
    found = [each.total for each in chinook.db.query(invoice.by_month("2009-03").descending())]
    query = "SELECT total FROM invoice WHERE DATE_FORMAT(invoicedate, '%%Y-%%m') = %s ORDER BY total DESC"
    assert found == [total for (total,) in chinook.sql(query, "2009-03")]
    assert found


def test_employees_with_managers_and_reports(chinook: Moved) -> None:
    employees = chinook.entities.Employees
    for number, manager in chinook.sql(
        "SELECT e.id, COALESCE(m.lastname, 'nobody') FROM employee e LEFT JOIN employee m ON m.id = e.reports_to"
    ):
        found = chinook.db.get(employees.key(number))
        query = "SELECT id, lastname FROM employee WHERE reports_to = %s ORDER BY lastname, id"
        assert found.manager == manager
        assert [(each.id, each.lastname) for each in found.reports] == chinook.sql(query, number)


def test_what_the_contract_satisfies_needs_no_scan(chinook: Moved) -> None:
    entities = chinook.entities
    entities.patterns = [
        AccessPattern("the tracks of an album", entities.Track.key.partition(any_(int)), items=20),
        AccessPattern("the longest of a genre", entities.Track.by_genre(any_(int)).descending(), items=5),
        AccessPattern("the invoices of a month", entities.Invoice.by_month(any_(str)), items=30),
    ]
    assert not [each for each in check(entities).findings if "scan" in str(each)]
