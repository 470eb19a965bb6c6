import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dynalayer.cli.commands import cli

SHOP = """
from dynalayer import AccessPattern, Attr, Entity, Table, Update, any_, attr, primary

shop = Table("{name}", pk="PK")

class Stock(Entity, table=shop):
    item: Attr[str] = attr(max_bytes=40)
    count: Attr[int] = attr(default=0)
    key = primary(item, pk="STOCK#{{item}}")

patterns = [AccessPattern("take stock", Update(Stock.key({given}), (Stock.count.add(-1),)), per_second={rate})]
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory that modules are imported from, as the current one would be."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    return tmp_path


def write(program: Path, name: str, given: str = "any_(str)", rate: int = 10) -> str:
    (program / f"{name}.py").write_text(SHOP.format(name=name, given=given, rate=rate))
    return name


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["check", *arguments])


def test_a_module_that_is_right_ends_with_0_and_its_table(program: Path) -> None:
    result = run(write(program, "shop_right"))
    assert result.exit_code == 0, result.output
    assert "take stock  UpdateItem  shop_right  item = ?" in result.output
    assert "1 pattern: 0 errors, 0 warnings, 0 hints" in result.output


def test_findings_end_with_1_and_say_the_way_out(program: Path) -> None:
    result = run(write(program, "shop_hot", "'popular'", 3000))
    assert result.exit_code == 1
    assert "warning [hot-partition] shop_hot: one partition takes 3,000 write units a second" in result.output
    assert "spread its key over 3 shards or more" in result.output


def test_several_modules_are_checked_together_and_priced_as_given(program: Path) -> None:
    names = write(program, "shop_one"), write(program, "shop_two")
    result = run(*names, "--json", "--prices", "1,10", "--currency", "EUR")
    report = json.loads(result.output)
    assert [row["on"] for row in report["patterns"]] == ["shop_one", "shop_two"]
    assert report["ok"] is True
    assert report["prices"] == {"reads_per_million": 1, "writes_per_million": 10, "currency": "EUR", "of": "as given"}
    assert report["month"] == pytest.approx(2 * 10 * 730 * 3600 * 10 / 1e6)


def test_a_declaration_that_the_library_refuses_is_a_finding(program: Path) -> None:
    name = write(program, "shop_twice")
    path = program / f"{name}.py"
    path.write_text(path.read_text() + "class Other(Stock, table=shop):\n    pass\n")
    result = run(name)
    assert result.exit_code == 1
    assert "error [definition] shop_twice: shop_twice.py:12: Other" in result.output


def test_a_consistent_read_of_a_global_index_is_a_finding_where_it_stands(program: Path) -> None:
    (program / "eager.py").write_text(
        """
from dynalayer import *

class Note(Entity, table=Table("eager", pk="id", indexes=[Index("by-day", pk="day")])):
    id: Attr[str] = attr(max_bytes=40)
    day: Attr[str] = attr(max_bytes=10)
    key = primary(id)
    by_day = index("by-day", day)

patterns = [AccessPattern("a day", Note.by_day(any_(str)).consistent(), items=5)]
"""
    )
    result = run("eager")
    assert result.exit_code == 1
    assert "error [definition] eager: eager.py:10: global index 'by-day' cannot be read consistently" in result.output


def test_how_much_filters_may_drop_is_an_option(program: Path) -> None:
    name = write(program, "shop_filtered")
    path = program / f"{name}.py"
    pattern = 'AccessPattern("low", Stock.key.partition(any_(str)).where(Stock.count < 5), items=1, keeps=0.2)'
    path.write_text(f"{path.read_text()}patterns.append({pattern})\n")
    assert "error [waste] low" in run(name).output
    assert run(name, "--max-waste", "0.9").exit_code == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import nothing_of_this_name", "wrong.py:1: ModuleNotFoundError: No module named 'nothing_of_this_name'"),
        ("x = (", "wrong.py:1: SyntaxError: '(' was never closed"),
        ("1 / 0", "wrong.py:1: ZeroDivisionError: division by zero"),
    ],
)
def test_a_module_that_cannot_be_imported_ends_with_2_and_one_line(program: Path, text: str, words: str) -> None:
    (program / "wrong.py").write_text(text)
    result = run("wrong")
    assert (result.exit_code, result.output) == (2, f"Error: wrong cannot be imported: {words}\n")
    sys.modules.pop("wrong", None)


def test_a_module_that_is_not_there_or_has_no_patterns_ends_with_2(program: Path) -> None:
    assert (
        run("not_there").output
        == "Error: not_there cannot be imported: ModuleNotFoundError: No module named 'not_there'\n"
    )
    result = run("json")
    assert result.exit_code == 2
    assert "json: no AccessPattern" in result.output


def test_prices_that_are_none_end_with_2(program: Path) -> None:
    result = run(write(program, "shop_priced"), "--prices", "cheap")
    assert result.exit_code == 2
    assert "--prices takes two numbers" in result.output


def test_debug_shows_where_an_import_failed(program: Path) -> None:
    (program / "broken.py").write_text("1 / 0")
    command = [sys.executable, "-c", "from dynalayer.cli import main; main()", "check", "broken", "--debug"]
    shown = subprocess.run(command, capture_output=True, text=True, cwd=program)
    assert "Traceback" in shown.stderr
    assert "ZeroDivisionError" in shown.stderr


def test_checking_opens_no_engine(program: Path) -> None:
    name = write(program, "shop_light")
    code = (
        f"import sys; from dynalayer.access import check; assert check({name!r}).ok;"
        "print([n for n in sys.modules if n.startswith(('sqlite3', 'asyncio', 'dynalayer.engines'))])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=program, check=True)
    assert shown.stdout == "[]\n"
