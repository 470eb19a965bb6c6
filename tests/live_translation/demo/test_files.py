from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from live_translation.demo.files import NotOurFile, fresh, path_of, size


@pytest.mark.parametrize("url", ["memory:", "aws://eu-west-1", "demo.db", "embedded:", "http://localhost:8000"])
def test_only_a_file_will_do(url: str) -> None:
    with pytest.raises(ValueError, match="embedded:"):
        path_of(url)


def test_options_are_not_part_of_the_path() -> None:
    assert path_of("embedded:x/demo.db?durability=relaxed") == Path("x/demo.db")


def test_a_second_run_replaces_what_the_first_made(tmp_path: Path) -> None:
    path = tmp_path / "demo.db"
    for _ in range(2):
        with fresh(path):
            assert path.read_bytes() == b""
            path.write_bytes(b"data")
            path.with_name("demo.db-wal").write_bytes(b"log")
            assert size(path) == 7


@pytest.mark.parametrize("name", ["demo.db", "demo.db-wal", "demo.db-shm"])
def test_a_file_of_somebody_else_is_refused_and_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"precious")
    with pytest.raises(NotOurFile, match="not made by this demo"), fresh(tmp_path / "demo.db"):
        pass
    assert [each.name for each in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_bytes() == b"precious"


def test_a_file_put_in_the_place_of_ours_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "demo.db"
    with fresh(path):
        pass
    shutil.copy(path, tmp_path / "other")
    (tmp_path / "other").rename(path)
    with pytest.raises(NotOurFile), fresh(path):
        pass
    assert path.exists()


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "demo.db"
    (tmp_path / "precious").write_bytes(b"precious")
    path.symlink_to(tmp_path / "precious")
    with pytest.raises(NotOurFile), fresh(path):
        pass
    assert path.is_symlink()


def test_two_runs_at_once_on_one_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "demo.db"
    with fresh(path), pytest.raises(NotOurFile, match="another demo"), fresh(path):
        pass
    assert path.exists()


def test_a_mark_that_is_none_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "demo.db.demo").write_bytes(b"precious")
    with pytest.raises(NotOurFile), fresh(tmp_path / "demo.db"):
        pass
    assert (tmp_path / "demo.db.demo").read_bytes() == b"precious"


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotOurFile, match="no directory"), fresh(tmp_path / "absent" / "demo.db"):
        pass
