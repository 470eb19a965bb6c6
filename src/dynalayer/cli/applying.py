"""Declared tables held against a database, and the database brought up to them, from the command line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click
import msgspec

from dynalayer.protocol import DynalayerError

from .failures import CannotUse

if TYPE_CHECKING:
    from dynalayer import Database, IndexProgress
    from dynalayer.infra import Change
    from dynalayer.schema import Table

module_argument = click.argument("module", metavar="PACKAGE.MODULE")
database_argument = click.argument("database", metavar="URL")
env_option = click.option(
    "--env", help="The environment whose names and settings are meant; without it tables are taken as declared."
)
config_option = click.option(
    "--config", default="config", show_default=True, help="The folder of the environments' files."
)
json_option = click.option("--json", "json", is_flag=True, help="One JSON object a line.")


@click.command()
@module_argument
@database_argument
@env_option
@config_option
@json_option
def diff(module: str, database: str, env: str | None, config: str, json: bool) -> None:
    """Hold the tables that a module declares against those of a database, and tell what would have to be changed.

    Ends with 0 if they agree, 1 if not, 2 if the module or the database cannot be used.
    """
    with_database(database, lambda found: _diff(found, tables_of(module, env, config), json=json))


@click.command()
@module_argument
@database_argument
@env_option
@config_option
@click.option("--yes", is_flag=True, help="Do not ask, unless items would be lost.")
@click.option("--allow-destroy", is_flag=True, help="Allow changes that lose a table's items; each is asked for.")
@click.option("--keep", is_flag=True, help="Take nothing away: no index, no stream, no protection.")
def apply(module: str, database: str, env: str | None, config: str, yes: bool, allow_destroy: bool, keep: bool) -> None:
    """Make the tables of a database the declared ones: what is missing is made, indexes come and go one at a time.

    It shows the plan and asks; interrupted, the same command goes on. Ends with 0 when all is as declared, 1 if
    something was left undone, 2 if the module or the database cannot be used.
    """
    with_database(
        database, lambda found: _apply(found, tables_of(module, env, config), yes=yes, destroy=allow_destroy, keep=keep)
    )


def tables_of(module: str, env: str | None, config: str) -> list[Table]:
    """The tables that a module declares, as the environment wants them."""
    from dynalayer.infra import declared_by, deployed_tables, known_keys, load_environment

    # A program is loaded from its own directory, as `python -m` would run it.
    sys.path.insert(0, "")
    stacks = declared_by(module)
    if env is None:
        return [table for stack in stacks for table in stack.tables]
    return deployed_tables(stacks, load_environment(env, config, *known_keys(stacks)))


def with_database(url: str, run: Callable[[Database], int]) -> None:
    """Run with a database, errors as plain messages, the result as the exit code."""
    from dynalayer import Database

    try:
        with Database(url) as database:
            code = run(database)
    except DynalayerError as error:
        raise CannotUse(str(error)) from None
    except KeyboardInterrupt:
        click.echo("Interrupted; the same command goes on.", err=True)
        code = 130
    raise SystemExit(code)


def _diff(database: Database, tables: list[Table], *, json: bool) -> int:
    from dynalayer.infra import plan_changes

    found = plan_changes(database, tables)
    if json:
        for change in found:
            click.echo(msgspec.json.encode(_as_json(change)))
        return 1 if found else 0
    _show(found, len(tables))
    return 1 if found else 0


def _apply(database: Database, tables: list[Table], *, yes: bool, destroy: bool, keep: bool) -> int:
    from dynalayer.infra import plan_changes

    found = plan_changes(database, tables)
    left = [change for change in found if (change.destroys and not destroy) or (keep and _is_loss(change, found))]
    todo = [change for change in found if change not in left]
    _show(found, len(tables))
    for change in left:
        why = "it takes something away" if not change.destroys or destroy else "it needs --allow-destroy"
        click.echo(f"left undone: {change}: {why}")
    if not todo:
        return 1 if left else 0
    if not yes and not click.confirm(f"Make {len(todo)} changes?"):
        return 1
    return 0 if _make_all(database, todo) and not left else 1


def _is_loss(change: Change, found: list[Change]) -> bool:
    """True for what takes something away, and for the index that could only come back after that."""
    same = [each for each in found if each.kind == "remove index" and each.table is change.table]
    return change.takes_away or (change.kind == "add index" and any(each.subject == change.subject for each in same))


def _make_all(database: Database, todo: list[Change]) -> bool:
    from dynalayer.infra import make_change

    for number, change in enumerate(todo, 1):
        if change.destroys and click.prompt(f"Type the name of {change.table.name!r} to lose its items") != (
            change.table.name
        ):
            click.echo(f"left undone: {change}")
            return False
        click.echo(f"[{number}/{len(todo)}] {change}")
        make_change(database, change, _index_progress)
    return True


def _index_progress(progress: IndexProgress) -> None:
    if progress.status != "ACTIVE":
        filling = ", filling" if progress.backfilling else ""
        click.echo(f"  {progress.index}: {progress.status.lower()}{filling}, {progress.waited:.0f} s", err=True)


def _show(found: list[Change], tables: int) -> None:
    if not found:
        click.echo(f"{tables} tables are as declared.")
    for change in found:
        click.echo(str(change))
        for reason in change.reasons:
            click.echo(f"    {reason}")


def _as_json(change: Change) -> dict[str, Any]:
    return {
        "table": change.table.name,
        "change": change.kind,
        "subject": change.subject or None,
        "reasons": change.reasons,
        "destroys": change.destroys,
        "takesAway": change.takes_away,
    }
