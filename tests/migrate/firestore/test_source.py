from __future__ import annotations

import sys
from contextlib import closing

import pytest

from dynalayer.migrate.firestore import FirestoreOrigin, FirestoreSource, Timestamp, is_firestore, parse_firestore
from dynalayer.migrate.source import SourceUnavailable


@pytest.mark.parametrize(
    ("url", "source"),
    [
        ("firestore-export:backup/e1", FirestoreSource("firestore-export", "backup/e1")),
        ("firestore-json:a%20b.json?path=users", FirestoreSource("firestore-json", "a b.json", path="users")),
        ("firestore://shop", FirestoreSource("firestore", "shop")),
        ("firestore://shop/eu", FirestoreSource("firestore", "shop", "eu")),
        (
            "firestore://shop?since=1970-01-01T00:00:01Z&read_time=1970-01-01T00:00:02",
            FirestoreSource("firestore", "shop", since=Timestamp(1), read_time=Timestamp(2)),
        ),
    ],
)
def test_a_url_says_where_documents_are(url: str, source: FirestoreSource) -> None:
    assert is_firestore(url)
    assert parse_firestore(url) == source


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("firestore-export:", "names no file"),
        ("firestore://", "names no project"),
        ("firestore://shop?since=yesterday", "'since' is no moment"),
        ("firestore-export:e1?since=2026-01-01", "has no option 'since'"),
        ("mongodb://shop", "'mongodb' is no source"),
    ],
)
def test_what_is_wrong_with_a_url_is_told(url: str, reason: str) -> None:
    with pytest.raises(SourceUnavailable, match=reason):
        parse_firestore(url)


def test_a_place_is_shown_as_it_is_written() -> None:
    for url in ("firestore-export:e1", "firestore://shop", "firestore://shop/eu"):
        assert parse_firestore(url).shown == url


@pytest.mark.parametrize(
    ("url", "module", "extra"),
    [
        ("firestore-export:e1", "google.protobuf", "migrate"),
        ("firestore://shop", "google.cloud.firestore", "firestore"),
    ],
)
def test_what_has_to_be_installed_is_told(url: str, module: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("entities", "export", "live", "records", "schema"):
        monkeypatch.delitem(sys.modules, f"dynalayer.migrate.firestore.reading.{name}", raising=False)
    monkeypatch.setitem(sys.modules, module, None)
    wanted = rf"pip install 'dynalayer\[{extra}\]'"
    with closing(FirestoreOrigin(parse_firestore(url))) as origin, pytest.raises(SourceUnavailable, match=wanted):
        origin.reader(None)
