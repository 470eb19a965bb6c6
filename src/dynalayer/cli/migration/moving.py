"""Moving an application from SQL to DynamoDB, phase by phase."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from dynalayer.cli.failures import CannotUse

from .options import (
    as_json,
    contract_argument,
    open_migration,
    plainly,
    policy_options,
    prefix_option,
    source_argument,
    target_argument,
)

if TYPE_CHECKING:
    from dynalayer.migrate import Move, Transition


def _moving(command: Callable[..., None]) -> Callable[..., None]:
    limits = click.option(
        "--limits",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="JSON with figures for the gates.",
    )
    return contract_argument(source_argument(target_argument(prefix_option(limits(as_json(command))))))


@contextmanager
def _move(contract: Path, source: str, target: str, prefix: str, limits: Path | None) -> Generator[Move]:
    from dynalayer import Database
    from dynalayer.migrate import Limits, Migration, Move

    try:
        given = Limits() if limits is None else msgspec.json.decode(limits.read_bytes(), type=Limits)
    except msgspec.MsgspecError as error:
        raise CannotUse(f"{limits}: {error}") from None
    migration = Migration.open(contract, source)
    with Database(target) as database:
        yield Move(
            migration.contract,
            migration.source,
            database,
            prefix=prefix,
            limits=given,
            plans=migration.plans,
            told=lambda text: click.echo(text, err=True),
        )


@click.command()
@_moving
def status(json: bool, **places: Any) -> None:
    """Tell the phase of an application that moves over, what was counted in it, and what the next one lacks."""
    with plainly(), _move(**places) as move:
        found = move.status()
    click.echo(msgspec.json.encode(found) if json else str(found))


@click.command()
@click.option("--to", type=click.IntRange(1, 5), help="The phase; the next one if none is given.")
@click.option("--force", "reason", metavar="REASON", default="", help="Enter it although the gate is shut.")
@_moving
def cutover(json: bool, to: int | None, reason: str, **places: Any) -> None:
    """Enter the next phase, if what was counted allows it; ends with 1 and what is missing if not."""
    _transit(lambda move, by: move.cutover(to, by=by, reason=reason), places, json=json)


@click.command()
@click.option("--to", type=click.IntRange(1, 5), help="The phase; the one before if none is given.")
@click.option("--force", "reason", metavar="REASON", default="", help="Leave phase 5 although SQL may lack something.")
@_moving
def rollback(json: bool, to: int | None, reason: str, **places: Any) -> None:
    """Go back one phase, or with --to 1 to SQL only; from phase 5 when all that was written in it is in SQL."""
    _transit(lambda move, by: move.rollback(to, by=by, reason=reason), places, json=json)


@click.command()
@contract_argument
@source_argument
@target_argument
@prefix_option
@policy_options
@as_json
def settle(contract: Path, source: str, target: str, prefix: str, json: bool, **policies: Any) -> None:
    """Bring up the rows whose writes did not reach DynamoDB, and delete again what a backfill brought back.

    For after a backfill of tables that are written live, and at any time that none is running.
    """
    with plainly():
        from dynalayer import Database
        from dynalayer.migrate import Move

        migration = open_migration(contract, source, **policies)
        with Database(target) as database:
            move = Move(migration.contract, migration.source, database, prefix=prefix)
            found = move.settle(migration.plans, migration.policies)
    click.echo(msgspec.json.encode(found) if json else f"{found.done:,} entries done, {found.left:,} wait on")
    raise SystemExit(1 if found.left else 0)


def _transit(change: Callable[[Move, str], Transition], places: dict[str, Any], *, json: bool) -> None:
    from getpass import getuser

    with plainly(), _move(**places) as move:
        from dynalayer.migrate import GateShut, IllegalTransition, phase

        try:
            line = change(move, getuser())
        except (GateShut, IllegalTransition) as error:
            lacking = getattr(error, "lacking", ())
            click.echo(msgspec.json.encode({"refused": str(error), "lacking": lacking}) if json else str(error))
            raise SystemExit(1) from None
    if json:
        click.echo(msgspec.json.encode(line))
        return
    click.echo(f"phase {phase(line.after)}; instances follow as soon as they look again, within 5 s by default")
    for each in line.lacking:
        click.echo(f"  forced although {each}")
