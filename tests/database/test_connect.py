import subprocess
import sys
from pathlib import Path

import pytest

from dynalayer import Database, DynalayerError, InvalidValue
from dynalayer.database import parse_url
from dynalayer.database.urls import Address


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("memory:", Address("memory", "")),
        ("embedded:shop.db", Address("embedded", "shop.db")),
        ("embedded:/var/a b.db?durability=relaxed", Address("embedded", "/var/a b.db", "relaxed")),
        ("http://localhost:8000/", Address("http", "http://localhost:8000")),
        ("https://db.example", Address("http", "https://db.example")),
        ("aws://eu-west-1", Address("aws", "eu-west-1", region="eu-west-1")),
        ("aws://", Address("aws", "")),
        (
            "aws://eu-west-1?fips=true&dualstack=false&account=123456789012&profile=a",
            Address(
                "aws", "eu-west-1", "full", "eu-west-1", "a", None, fips=True, dualstack=False, account="123456789012"
            ),
        ),
        (
            "http://db:8000/?region=eu-west-1&environment=test",
            Address("http", "http://db:8000", region="eu-west-1", environment="test"),
        ),
    ],
)
def test_a_url_names_an_engine_and_a_place(url: str, address: Address) -> None:
    assert parse_url(url) == address


@pytest.mark.parametrize(
    "url", ["", "shop.db", "memory", "embedded:", "sqlite:x", "http:", "aws:", "aws:///x", "memory:x"]
)
def test_a_url_that_names_nothing_is_refused_with_the_forms_there_are(url: str) -> None:
    with pytest.raises(InvalidValue, match="use memory:, embedded:<file>"):
        Database(url)


@pytest.mark.parametrize("option", ["durability=fast", "speed=1", "durability="])
def test_an_unknown_option_of_a_file_is_refused(option: str) -> None:
    with pytest.raises(InvalidValue, match="durability=full or relaxed"):
        parse_url(f"embedded:x.db?{option}")


def test_a_file_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database at all, but a text of some length\n" * 50)
    before = path.read_bytes()
    with pytest.raises(DynalayerError, match=r"notes\.txt"), Database(f"embedded:{path}") as db:
        list(db.table_names())
    assert path.read_bytes() == before


def test_a_file_in_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DynalayerError, match="missing"), Database(f"embedded:{tmp_path / 'missing' / 'x.db'}") as db:
        list(db.table_names())


def test_importing_the_library_loads_only_msgspec_besides_the_standard_library() -> None:
    code = "import sys, dynalayer; print(*sorted({n.partition('.')[0] for n in sys.modules}))"
    loaded = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    foreign = {name for name in loaded if name not in sys.stdlib_module_names and not name.startswith("_")}
    # msgspec takes typing_extensions along where it happens to be installed; Debian's interpreter has a sitecustomize.
    assert foreign <= {"dynalayer", "msgspec", "typing_extensions", "sitecustomize"}
    assert not {"asyncio", "sqlite3", "http", "ssl"} & set(loaded)
