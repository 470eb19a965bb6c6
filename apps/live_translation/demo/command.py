"""`live-translation demo`: a finite run of the whole thing, with a table at the end that must add up."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import shutil
import signal
import sys
from pathlib import Path

import click

from live_translation.demo import files
from live_translation.demo.report import Report
from live_translation.demo.room import DemoFailed
from live_translation.demo.run import Options, run
from live_translation.tables import BY_LAST_ACCESS

_INTERRUPTED = 130


@click.command()
@click.option("--listeners", default=60, show_default=True, type=click.IntRange(1, 500), help="How many listen.")
@click.option("--database", default="embedded:demo.db", show_default=True, help="The file to make anew.")
@click.option("--seed", default=7, show_default=True, help="Decides who comes and goes when.")
@click.option("--talk-limit", type=click.IntRange(1), help="Read only the first sentences of the talk.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON; progress goes to standard error.")
def demo(listeners: int, database: str, seed: int, talk_limit: int | None, as_json: bool) -> None:
    """Run the service, a speaker and listeners who come and go, and count every caption.

    Exits with 0 only if none was lost or doubled and the counts agree; with 1 if not, 2 for a file that is not the
    demo's, 130 after Ctrl-C.
    """
    try:
        path = files.path_of(database)
        options = Options(database, path, listeners, seed, talk_limit)
        with files.fresh(path):
            report = asyncio.run(_interruptible(options, as_json))
    except (ValueError, files.NotOurFile) as refusal:
        raise click.UsageError(str(refusal)) from refusal
    except DemoFailed as failure:
        _give_up(str(failure), as_json)
    except (KeyboardInterrupt, asyncio.CancelledError):
        click.echo("Stopped.", err=True)
        sys.exit(_INTERRUPTED)
    else:
        _tell(report, database, as_json)


async def _interruptible(options: Options, as_json: bool) -> Report:
    """Run; a request to terminate is taken like a Ctrl-C, so that nothing is left behind."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await run(options, sys.stderr if as_json else sys.stdout)


def _tell(report: Report, database: str, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(report.to_json(), indent=2, ensure_ascii=False))
    else:
        click.echo(f"\n{report.to_table()}\n\n{_what_next(database, report.session_id)}")
    if not report.is_good:
        sys.exit(1)


def _give_up(why: str, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"ok": False, "failures": [why]}, ensure_ascii=False))
    click.echo(f"FAILED: {why}", err=True)
    sys.exit(1)


def _what_next(database: str, session_id: str) -> str:
    dynalayer, url = _command("dynalayer"), shlex.quote(database)
    return "\n".join(
        (
            "Look into the data:",
            f"  {dynalayer} tables {url}",
            f"  {dynalayer} query {url} Sessions {session_id}",
            f"  {dynalayer} query {url} CachedTranslations all --index {BY_LAST_ACCESS} --descending --limit 5",
            "Open the pages:",
            "  make live",
        )
    )


def _command(name: str) -> str:
    """How to call a command from here: it may be in a virtual environment that is not active."""
    beside = Path(sys.executable).with_name(name)
    if shutil.which(name) is not None or not beside.exists():
        return name
    return shlex.quote(os.path.relpath(beside))
