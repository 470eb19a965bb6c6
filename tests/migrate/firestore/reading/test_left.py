from __future__ import annotations

import pytest

from dynalayer.migrate.contract.patterns import parse_pattern
from dynalayer.migrate.firestore.reading.left import Leaving


@pytest.mark.parametrize(
    ("ignored", "shape", "is_ignored"),
    [
        ("users/*/drafts", "users/*/drafts", True),
        ("/users/*/drafts", "users/*/drafts", True),
        ("users/*/d*", "users/*/drafts", True),
        ("users/*/drafts", "users/*/drafts/*/notes", False),
        ("users/*/drafts/**", "users/*/drafts/*/notes", True),
        ("users/*/drafts/**", "users/*/drafts", True),
        ("users", "users/*/drafts", False),
        ("users/**", "users2", False),
        ("*", "users/*/drafts", False),
    ],
)
def test_a_collection_is_ignored_by_its_path_or_with_all_below(ignored: str, shape: str, is_ignored: bool) -> None:
    assert Leaving((), (ignored,)).is_ignored(shape) is is_ignored


def test_a_collection_of_which_documents_are_named_is_not_taken_whole() -> None:
    leaving = Leaving([parse_pattern("config/site")])
    assert not leaving.is_taken_whole("config")
    assert leaving.is_named("config")
    assert leaving.is_mapped("config/site")
    assert not leaving.is_mapped("config/other")
    assert Leaving([parse_pattern("config/{name}")]).is_taken_whole("config")


def test_what_is_left_behind_is_told_with_what_to_do() -> None:
    assert "'ignore'" in Leaving().left("users/*/drafts", 3).reason
