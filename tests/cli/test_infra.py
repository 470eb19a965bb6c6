import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dynalayer.cli.commands import cli

TABLES = """
from dynalayer import AccessPattern, Attr, Entity, Get, Table, any_, attr, primary

shop = Table("Shop", pk="PK", ttl="expires")
aside = Table("Shop", pk="PK")

class Order(Entity, table=shop):
    id: Attr[str] = attr()
    key = primary(id, pk="ORDER#{id}")

class Tally(Entity, table=aside):
    id: Attr[str] = attr()
    key = primary(id, pk="TALLY#{id}")

patterns = [AccessPattern("an order", Get(Order.key(any_(str))))]
"""
STACKS = """
from dynalayer import Table
from dynalayer.infra import Alarm, Infrastructure, Metric, Setting

first = Infrastructure("first", tables=[Table("First", pk="id")])
second = Infrastructure("second", alarms=[
    Alarm("many-{env}", Metric("Shop", "Sessions", "Maximum", unit="Count"), ">", Setting("maxSessions", 10),
          periods=1, missing="missing", description="many"),
])
"""
MODULES = {
    "shop_tables.py": TABLES,
    "shop_stacks.py": STACKS,
    "shop_nothing.py": "x = 1",
    "shop_wrong.py": "from dynalayer import Table\nTable('x', pk='id')",
    "shop_broken.py": "import not_there",
    "shop_twice.py": "from dynalayer import Table\na = Table('Same', pk='id')\nb = Table('Same', pk='other')",
    "shop_namesakes.py": "from dynalayer.infra import Infrastructure\na = Infrastructure('a')\nb = Infrastructure('a')",
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name, text in MODULES.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("shop_")]:
        del sys.modules[name]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["infra", *arguments])


def told(*arguments: str) -> Any:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def test_a_module_of_tables_and_patterns_is_a_stack_as_it_is() -> None:
    made = told("shop_tables")
    assert list(made["Resources"]) == ["ShopTable", "AccessPolicy"]
    assert made["Resources"]["ShopTable"]["Properties"]["TableName"] == "Shop-dev"
    assert "TimeToLiveSpecification" in made["Resources"]["ShopTable"]["Properties"]
    assert list(made["Outputs"]) == ["ShopTableName", "ShopTableArn"]


def test_the_environment_and_the_format_are_chosen() -> None:
    made = told("shop_tables", "--env", "prod", "--format", "terraform")
    assert made["resource"]["aws_dynamodb_table"]["shop_table"]["name"] == "Shop-prod"


def test_several_stacks_go_to_files(folder: Path) -> None:
    result = run("shop_stacks")
    assert result.exit_code == 2
    assert (
        "2 files (first-dev.template.json, second-dev.template.json): name a folder for them with --out"
        in result.output
    )
    result = run("shop_stacks", "--out", "made")
    assert result.output.split() == [os.path.join("made", f"{name}-dev.template.json") for name in ("first", "second")]
    assert json.loads((folder / "made" / "first-dev.template.json").read_text())["Resources"]


def test_one_stack_of_several_can_be_chosen() -> None:
    assert list(told("shop_stacks", "--stack", "first")["Resources"]) == ["FirstTable"]
    result = run("shop_stacks", "--stack", "third")
    assert (result.exit_code, result.output) == (
        2,
        "Error: shop_stacks declares no stack 'third'; it has first, second\n",
    )


def test_the_file_of_the_environment_is_read(folder: Path) -> None:
    (folder / "config").mkdir()
    (folder / "config" / "staging.json").write_text('{"maxSessions": 50}')
    made = told("shop_stacks", "--stack", "second", "--env", "staging")
    assert made["Resources"]["ManyAlarm"]["Properties"]["Threshold"] == 50


def test_an_app_of_the_cdk_is_a_few_files(folder: Path) -> None:
    assert run("shop_stacks", "--format", "cdk", "--out", "cdk").exit_code == 0
    assert sorted(path.name for path in (folder / "cdk").iterdir()) == [
        "app.py",
        "cdk.json",
        "package.json",
        "requirements.txt",
    ]
    compile((folder / "cdk" / "app.py").read_text(), "app.py", "exec")
    assert json.loads((folder / "cdk" / "package.json").read_text())["devDependencies"]["aws-cdk"].startswith("2.")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["shop_absent"], "shop_absent cannot be imported: ModuleNotFoundError"),
        (["shop_broken"], "shop_broken cannot be imported: shop_broken.py:1: ModuleNotFoundError"),
        (["shop_nothing"], "shop_nothing declares no Infrastructure, no Table and no Entity: there is nothing to make"),
        (["shop_wrong"], "the table name 'x' must have 3 to 255"),
        (["shop_twice"], "shop_twice declares the table 'Same' twice"),
        (["shop_namesakes"], "shop_namesakes declares two stacks of the name 'a'"),
        (["shop_tables", "--env", "production"], "there is no environment 'production': dev and prod are known"),
        (["shop_tables", "--env", "bad"], "environment 'bad': the key 'maxSesions' means nothing"),
        (["shop_stacks", "--env", "bad"], "the key 'maxSesions' means nothing: did you mean 'maxSessions'?"),
    ],
)
def test_what_cannot_be_made_is_told_in_words(folder: Path, arguments: list[str], words: str) -> None:
    (folder / "config").mkdir()
    (folder / "config" / "bad.json").write_text('{"maxSesions": 1}')
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in result.output
    assert "Traceback" not in result.output


def test_a_folder_that_cannot_be_written_to_is_told(folder: Path) -> None:
    (folder / "taken").write_text("")
    result = run("shop_tables", "--out", "taken/made")
    assert result.exit_code == 1
    assert "cannot write taken/made" in result.output


def test_debugging_shows_where_an_error_comes_from() -> None:
    assert type(run("shop_nothing", "--debug").exception).__name__ == "DefinitionError"
