"""The pytest plugin, as a project of its own uses it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from dynalayer import AsyncDatabase, Database
from dynalayer.testing import FaultPlan, FrozenClock

from .shop import Order

MODEL = """
from dynalayer import Attr, Entity, Table, attr, primary
shop = Table("shop", pk="PK")
class Order(Entity, table=shop):
    id: Attr[str] = attr()
    lines: Attr[int] = attr(default=0)
    key = primary(id, pk="ORDER#{id}")
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project with a model and nothing else."""
    monkeypatch.delenv("DYNALAYER_TEST_URL", raising=False)
    monkeypatch.delenv("DYNALAYER_REQUIRE_SERVICES", raising=False)
    pytester.makepyfile(model=MODEL)
    return pytester


def run(project: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    # A pytest-asyncio that is installed complains of every project that does not configure it.
    others = ["-p", "no:cacheprovider", *(["-p", "no:asyncio"] if "asyncio" not in arguments else [])]
    return project.runpytest_subprocess("-p", "dynalayer.testing.plugin", *others, *arguments)


def configure(project: pytest.Pytester, *lines: str) -> None:
    project.makeini("\n".join(["[pytest]", "pythonpath = .", "filterwarnings = error", *lines]))


USES = """
from model import Order
def test_first(dynalayer_db):
    dynalayer_db.create(Order(id="1"))
def test_second(dynalayer_db):
    dynalayer_db.create(Order(id="1"))
"""


def test_each_test_has_a_fresh_database_with_the_tables_of_the_configuration(project: pytest.Pytester) -> None:
    configure(project, "dynalayer_tables = model:shop")
    project.makepyfile(test_it=USES)
    run(project).assert_outcomes(passed=2)


def test_the_tables_may_come_from_a_fixture(project: pytest.Pytester) -> None:
    configure(project)
    project.makeconftest("import pytest, model\n@pytest.fixture\ndef dynalayer_tables():\n    return [model.shop]\n")
    project.makepyfile(test_it=USES)
    run(project).assert_outcomes(passed=2)


def test_it_works_under_xdist(project: pytest.Pytester) -> None:
    configure(project, "dynalayer_tables = model:shop", "dynalayer_engines = memory file served")
    project.makepyfile(test_it=USES)
    run(project, "-n", "2").assert_outcomes(passed=6)


def test_a_marker_names_the_engines_and_the_missing_one_is_skipped(project: pytest.Pytester) -> None:
    configure(project, "dynalayer_tables = model:shop")
    project.makepyfile(
        test_it="""
        import pytest
        from model import Order
        @pytest.mark.dynalayer_engines("memory", "file", "served", "url")
        def test_it(dynalayer_db):
            dynalayer_db.create(Order(id="1"))
            assert [o.id for o in [dynalayer_db.get(Order.key("1"))]] == ["1"]
        """
    )
    result = run(project, "-rs", "-v")
    result.assert_outcomes(passed=3, skipped=1)
    result.stdout.fnmatch_lines(["*test_it?file? PASSED*", "*DYNALAYER_TEST_URL names no database*"])


def test_a_missing_engine_fails_where_all_must_be_there(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DYNALAYER_REQUIRE_SERVICES", "1")
    configure(project, "dynalayer_engines = url http://127.0.0.1:9")
    project.makepyfile(test_it="def test_it(dynalayer_db): pass")
    result = run(project)
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*no database answers at http://127.0.0.1:9*"])


@pytest.mark.parametrize("mark", ["@pytest.mark.anyio\n", "@pytest.mark.asyncio\n"])
def test_the_awaited_database_works_under_either_plugin(project: pytest.Pytester, mark: str) -> None:
    options = []
    if "asyncio" in mark:
        pytest.importorskip("pytest_asyncio")
        options = ["asyncio_default_fixture_loop_scope = function"]
    configure(project, "dynalayer_tables = model:shop", "dynalayer_engines = memory file served", *options)
    project.makepyfile(
        test_it="import pytest\nfrom model import Order\n"
        "@pytest.fixture\ndef anyio_backend():\n    return 'asyncio'\n"
        f"{mark}async def test_it(dynalayer_async_db, frozen_clock):\n"
        "    await dynalayer_async_db.create(Order(id='1'))\n"
        "    assert (await dynalayer_async_db.get(Order.key('1'))).id == '1'\n"
    )
    run(project, *(["-p", "asyncio"] if options else [])).assert_outcomes(passed=3)


def test_a_failed_assertion_about_cost_shows_the_calls(project: pytest.Pytester) -> None:
    configure(project, "dynalayer_tables = model:shop")
    project.makepyfile(
        test_it="""
        from model import Order
        def test_it(dynalayer_db, dynalayer_calls):
            dynalayer_db.get(Order.key("1"), consistent=True)
            dynalayer_db.get(Order.key("2"))
            assert dynalayer_calls.total_rcu <= 1
        """
    )
    result = run(project)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*1.5 <= 1 capacity units", "*operation*table*RCU*WCU*", "*1  GetItem    shop*", "*total*1.5*"]
    )


def test_an_engine_that_does_not_exist_is_named(project: pytest.Pytester) -> None:
    configure(project, "dynalayer_engines = mongo")
    project.makepyfile(test_it="def test_it(dynalayer_db): pass")
    run(project).stdout.fnmatch_lines(["*'mongo' is no engine; there are memory, file, served, url, and URLs*"])


def test_a_table_that_does_not_exist_is_named(project: pytest.Pytester) -> None:
    configure(project, "dynalayer_tables = model:nope")
    project.makepyfile(test_it="def test_it(dynalayer_db): pass")
    run(project).stdout.fnmatch_lines(["*'model:nope' is no table; write module:name*"])


def test_a_project_that_does_not_use_it_loads_no_engine() -> None:
    script = """
import sys, pytest
before = set(sys.modules)
import dynalayer.testing.plugin
print(*sorted(set(sys.modules) - before))
"""
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    heavy = {"asyncio", "sqlite3", "http", "httptools", "uvloop", "ssl", "botocore"}
    assert not heavy & {name.partition(".")[0] for name in loaded}
    assert not [name for name in loaded if name.startswith(("dynalayer.engines", "dynalayer.server"))]


@pytest.mark.dynalayer_engines("memory", "file", "served")
def test_faults_meet_the_database_of_the_test(
    dynalayer_db: Database, dynalayer_faults: FaultPlan, frozen_clock: FrozenClock
) -> None:
    dynalayer_faults.throttle(times=3)
    dynalayer_db.create(Order(customer="ada", id="1"))
    assert dynalayer_faults.calls.operations == ["PutItem"] * 4
    assert len(frozen_clock.slept) == 3


@pytest.mark.anyio
@pytest.mark.dynalayer_engines("memory", "file", "served")
async def test_faults_meet_the_awaited_database_of_the_test(
    dynalayer_async_db: AsyncDatabase, dynalayer_faults: FaultPlan, frozen_clock: FrozenClock
) -> None:
    dynalayer_faults.throttle(times=3)
    await dynalayer_async_db.create(Order(customer="ada", id="1"))
    assert dynalayer_faults.calls.operations == ["PutItem"] * 4
    assert len(frozen_clock.slept) == 3
