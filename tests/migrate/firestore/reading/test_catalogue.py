from __future__ import annotations

import pytest

from dynalayer.migrate.firestore.reading.catalogue import Catalogue, Entry, TwiceThere


def catalogue(*paths: str) -> Catalogue:
    made = Catalogue(("output-0",))
    made.note((Entry(path, 0, number), path.encode()) for number, path in enumerate(paths))
    return made


def test_documents_are_counted_by_collection_whatever_their_parents() -> None:
    found = catalogue("users/a", "users/a/posts/1", "users/b/posts/1", "posts/9")
    assert found.shapes() == {"posts": 1, "users": 1, "users/*/posts": 2}


def test_documents_come_in_the_order_of_the_files_from_any_place_on() -> None:
    found = catalogue("u/b", "u/a", "x/y", "u/c")
    first = list(found.entries("u", 0, 2))
    assert [each.entry.path for each in first] == ["u/b", "u/a"]
    assert [each.entry.path for each in found.entries("u", first[-1].number)] == ["u/c"]


def test_parents_that_are_not_there_are_known() -> None:
    found = catalogue("u/a/p/1/c/2", "u/b", "u/b/p/3")
    assert list(found.missing_parents()) == ["u/a", "u/a/p/1"]


def test_a_document_that_is_there_twice_is_refused() -> None:
    with pytest.raises(TwiceThere, match="'u/a' is in output-0 and again in output-0"):
        catalogue("u/a", "u/a")
    found = catalogue("u/a")
    with pytest.raises(TwiceThere):
        found.note([(Entry("u/a", 0, 9), b"")])


def test_other_contents_have_another_fingerprint() -> None:
    assert catalogue("u/a").fingerprint == catalogue("u/a").fingerprint
    assert len({catalogue(*each).fingerprint for each in (["u/a"], ["u/b"], ["u/a", "u/b"], [])}) == 4
