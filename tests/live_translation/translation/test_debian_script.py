import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "scripts" / "debian.sh"


def run_without_programs(*arguments: str, require: str = "") -> subprocess.CompletedProcess[str]:
    environment = {"PATH": "", "DYNALAYER_REQUIRE_SERVICES": require}
    return subprocess.run(["/bin/sh", SCRIPT, *arguments], env=environment, capture_output=True, text=True)


@pytest.mark.parametrize(("group", "consequence"), [("translation", "phrasebook"), ("tests", "skipped")])
def test_without_apt_it_says_in_one_line_what_is_missing_and_what_follows(group: str, consequence: str) -> None:
    done = run_without_programs(group)
    assert done.returncode == 0
    assert done.stderr.count("\n") == 1
    assert "apertium-spa-cat" in done.stderr
    assert consequence in done.stderr


def test_where_services_are_required_a_missing_package_is_an_error() -> None:
    assert run_without_programs("translation", require="1").returncode == 1


def test_an_unknown_group_is_a_usage_error() -> None:
    assert run_without_programs("everything").returncode == 2
