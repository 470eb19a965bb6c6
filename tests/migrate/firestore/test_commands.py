"""The commands over documents: what they print and end with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dynalayer.cli.commands import cli
from dynalayer.migrate.firestore import Document
from tests.migrate.firestore.blog import CONTRACT, blog


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    Path("contract.json").write_text(json.dumps(CONTRACT))
    blog(tmp_path / "e1", 6, 2, Document("users/u1/drafts/d", {"x": 1}), Document("users/u2/posts/odd", {"body": "b"}))
    return "firestore-export:e1"


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["migrate", *words])


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_an_inventory_needs_no_contract(source: str) -> None:
    result = run("inventory", source)
    assert result.exit_code == 0
    assert "users/*/posts: 13 documents, not mapped" in result.stdout
    (found,) = lines(run("inventory", source, "--json"))
    assert found["collections"]["users/*/posts"]["fields"]["createdAt"] == {"map": 6, "timestamp": 6}


def test_every_step_tells_of_what_is_left_behind_and_ends_with_1(source: str) -> None:
    validated = run("validate", "contract.json", source)
    assert (validated.exit_code, "users/*/drafts: 1 documents" in validated.stdout) == (0, True)
    planned = run("plan", "contract.json", source)
    assert planned.exit_code == 1
    assert "users/*/posts: 13 documents, mapped" in planned.stdout
    assert "  n: double 12 (not declared)" in planned.stdout
    assert "users/*/drafts: 1 rows: no entity is made of these documents" in planned.stdout
    assert "row users/u2/posts/odd: 'title': it is required" in planned.stdout
    assert run("create", "contract.json", "embedded:t.db").exit_code == 0
    filled = run("backfill", "contract.json", source, "embedded:t.db", "--json")
    assert filled.exit_code == 1
    assert lines(filled)[-1]["rejects"] == 2
    verified = run("verify", "contract.json", source, "embedded:t.db")
    assert verified.exit_code == 1
    assert "rejected Blog/Post row users/u2/posts/odd: title" in verified.stdout


def test_what_is_settled_ends_with_0(source: str) -> None:
    Path("contract.json").write_text(json.dumps(CONTRACT | {"ignore": ["users/*/drafts"]}))
    blog(Path("e2"), 6, 2)
    for words in (
        ("plan", "contract.json", "firestore-export:e2"),
        ("create", "contract.json", "embedded:t.db"),
        ("backfill", "contract.json", "firestore-export:e2", "embedded:t.db"),
        ("backfill", "contract.json", "firestore-export:e2", "embedded:t.db", "--only-newer", "--state", "second"),
        ("verify", "contract.json", "firestore-export:e2", "embedded:t.db"),
        ("export", "contract.json", "firestore-export:e2", "files"),
        ("show", "contract.json"),
    ):
        result = run(*words)
        assert result.exit_code == 0, (words, result.output)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("inventory", "firestore-export:nothing"), "output-0"),
        (("inventory", "sqlite:a.db"), "no source of documents"),
        (("plan", "contract.json", "firestore-json:nothing.json"), "is no file"),
        (("entities", "contract.json", "firestore-export:e1"), "for SQL databases"),
        (("status", "contract.json", "firestore-export:e1", "embedded:t.db"), "no SQL database"),
    ],
)
def test_what_cannot_be_used_ends_with_2_and_one_line(source: str, words: tuple[str, ...], reason: str) -> None:
    result = run(*words)
    assert result.exit_code == 2, result.output
    assert reason in result.output
    assert "Traceback" not in result.output
