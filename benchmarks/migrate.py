"""Rows a second, CPU time of each process a row, and memory of a migration from MariaDB, beside boto3 fed by PyMySQL.

    make bench-migrate                         # or: python benchmarks/migrate.py --users 4000 --rows 1000000

Each measurement is a process of its own; the CPU time of the tool, of the DynamoDB endpoint (`dynalayer serve`) and of
MariaDB are told apart. CPU times hold on a busy machine, rows a second do not: the load is told beside them.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import click  # noqa: E402

from benchmarks.moving.by_hand import write  # noqa: E402
from benchmarks.moving.sources import PLAIN, joined, make_long, make_shop  # noqa: E402
from dynalayer.migrate import Migration, create_tables  # noqa: E402
from tests.services.private import mariadb_server  # noqa: E402

TICK = os.sysconf("SC_CLK_TCK")
PARTS = ("compare", "memory", "resumed")
SERVE = [sys.executable, "-c", "from dynalayer.cli import main; main()", "serve"]


def step(name: str, contract: str, source: str, target: str, state: str) -> dict[str, float]:
    """Do one thing in this process, and tell what it took."""
    cpu, begun = time.process_time(), time.perf_counter()
    clean = True
    if name.startswith("boto3"):
        rows = write(source, target, name.partition(" ")[2])
    else:
        migration = Migration.open(contract, source)
        if name == "verify":
            report = migration.verify(target, Path(state))
            rows, clean = sum(each.rows for each in report.counts.values()), report.is_clean
        else:
            summary = migration.backfill(target, Path(state), told=_told)
            rows = sum(each.rows for each in summary.entities.values())
    return {
        "rows": rows,
        "cpu": time.process_time() - cpu,
        "seconds": time.perf_counter() - begun,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "clean": clean,
    }


def _told(what: str, done: int, total: int | None) -> None:
    """Told to whoever wants to kill this process at a certain row."""
    if "TELL" in os.environ:
        print(done, flush=True)


class Run:
    """Starts measurements, with the CPU time of the servers beside them."""

    def __init__(self, folder: Path, mariadb: int) -> None:
        self.folder = folder
        self._mariadb = mariadb
        self.number = 0

    def contract(self, document: dict[str, Any]) -> str:
        self.number += 1
        path = self.folder / f"contract{self.number}.json"
        path.write_text(json.dumps(document))
        return str(path)

    def state(self) -> str:
        self.number += 1
        return str(self.folder / f"state{self.number}")

    def file(self) -> str:
        self.number += 1
        return f"embedded:{self.folder}/target{self.number}.db"

    def measured(self, server: int | None, *given: str) -> dict[str, float]:
        before = _cpu(self._mariadb), _cpu(server)
        found: dict[str, float] = json.loads(subprocess.run(_command(given), check=True, capture_output=True).stdout)
        found["mariadb"], found["server"] = _cpu(self._mariadb) - before[0], _cpu(server) - before[1]
        return found


def _command(given: tuple[str, ...]) -> list[str]:
    return [sys.executable, str(Path(__file__).resolve()), "--step", json.dumps(given)]


def _cpu(pid: int | None) -> float:
    if pid is None:
        return 0.0
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / TICK


@contextmanager
def served() -> Iterator[tuple[str, int]]:
    """A DynamoDB endpoint in memory, in a process of its own: its URL and process id."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen([*SERVE, "memory:", "--port", str(port)], stdout=subprocess.DEVNULL)
    try:
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait()


def line(name: str, found: dict[str, float], beside: dict[str, float] | None = None) -> None:
    rows = found["rows"]
    tool = found["cpu"] / rows * 1e6
    ratio = f"{beside['cpu'] / beside['rows'] / (found['cpu'] / rows):.1f}x" if beside else ""
    others = " | ".join(f"{found.get(each, 0.0) / rows * 1e6:,.0f}" for each in ("server", "mariadb"))
    note = "" if found["clean"] else " DIFFERENT"
    click.echo(
        f"| {name}{note} | {rows:,.0f} | {rows / found['seconds']:,.0f} | {tool:,.0f} | {others} | {ratio} | "
        f"{found['peak']:,.0f} |"
    )


def compare(run: Run, source: str) -> None:
    """With and without joins: into a file, to an endpoint, and boto3 to the same kind of endpoint."""
    for kind, document in (("plain", PLAIN), ("joined", joined())):
        contract, target = run.contract(document), run.file()
        create_tables(contract, target)
        line(
            f"{kind}: to a file, engine and all", run.measured(None, "backfill", contract, source, target, run.state())
        )
        line(f"{kind}: verify a file", run.measured(None, "verify", contract, source, target, run.state()))
        with served() as (url, pid):
            create_tables(contract, url)
            ours = run.measured(pid, "backfill", contract, source, url, run.state())
            checked = run.measured(pid, "verify", contract, source, url, run.state())
        with served() as (url, pid):
            create_tables(contract, url)
            theirs = run.measured(pid, f"boto3 {kind}", contract, source, url, "")
            theirs["clean"] = run.measured(pid, "verify", contract, source, url, run.state())["clean"]
        line(f"{kind}: to an endpoint", ours, theirs)
        line(f"{kind}: boto3's batch_writer to an endpoint", theirs)
        line(f"{kind}: verify an endpoint", checked)


def memory(run: Run, server: str, rows: int) -> None:
    """The same table, ten times as long: what the process takes at most."""
    contract = run.contract(PLAIN)
    for count in (rows // 10, rows):
        source, target = make_long(server, count), run.file()
        create_tables(contract, target)
        line(f"{count:,} rows: to a file", run.measured(None, "backfill", contract, source, target, run.state()))
        line(f"{count:,} rows: verify", run.measured(None, "verify", contract, source, target, run.state()))


def resumed(run: Run, source: str, half: int) -> None:
    """Killed at half of the rows and gone on with, beside one run: CPU of whole processes."""
    contract = run.contract(joined())
    spent: dict[str, float] = {}
    click.echo("")
    for name, kills in (("in one run", False), ("killed at half", True)):
        target, state = run.file(), run.state()
        create_tables(contract, target)
        given = ("backfill", contract, source, target, state)
        spent[name] = _until_half(given, half) if kills else 0.0
        spent[name] += _whole(given)
        clean = run.measured(None, "verify", contract, source, target, run.state())["clean"]
        click.echo(f"{name}: {spent[name]:.2f} s of CPU in all, {'equal' if clean else 'DIFFERENT'}")
    over = spent["killed at half"] / spent["in one run"] - 1
    click.echo(f"going on cost {over:+.1%}, of which the start of a second process is most")


def _whole(given: tuple[str, ...]) -> float:
    return _ended(subprocess.Popen(_command(given), stdout=subprocess.DEVNULL))


def _until_half(given: tuple[str, ...], half: int) -> float:
    process = subprocess.Popen(_command(given), stdout=subprocess.PIPE, text=True, env={**os.environ, "TELL": "1"})
    assert process.stdout is not None
    ended = last = 0
    for text in process.stdout:
        # The rows of an entity are counted from its first one.
        ended, last = (ended + last if int(text) < last else ended), int(text)
        if ended + last >= half:
            break
    process.send_signal(signal.SIGKILL)
    return _ended(process)


def _ended(process: subprocess.Popen[Any]) -> float:
    _, _, used = os.wait4(process.pid, 0)
    process.returncode = 0
    return used.ru_utime + used.ru_stime


@click.command()
@click.option("--users", default=4_000, show_default=True, help="Of the shop: about five carts and orders each.")
@click.option("--rows", default=1_000_000, show_default=True, help="Of the long table; 0 to leave it out.")
@click.option("--only", type=click.Choice(PARTS))
@click.option("--step", "given", hidden=True)
def main(users: int, rows: int, only: str | None, given: str | None) -> None:
    """Measure all, and print tables."""
    if given is not None:
        click.echo(json.dumps(step(*json.loads(given))))
        return
    folder = Path(tempfile.mkdtemp(prefix="moving"))
    try:
        with mariadb_server(folder / "mariadb") as server:
            run = Run(folder, int((folder / "mariadb" / "pid").read_text()))
            source = make_shop(server, users)
            click.echo(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors\n")
            click.echo(
                "| what | rows | rows/s | tool us/row | endpoint us/row | MariaDB us/row | boto3's CPU | peak MB |"
            )
            click.echo("|---" * 8 + "|")
            parts: tuple[Callable[[], None], ...] = (
                lambda: compare(run, source),
                lambda: memory(run, server, rows) if rows else None,
                # Of two carts and four orders a user.
                lambda: resumed(run, source, 3 * users),
            )
            for name, part in zip(PARTS, parts, strict=True):
                if only in (None, name):
                    part()
            click.echo(f"\nload {os.getloadavg()[0]:.1f}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
