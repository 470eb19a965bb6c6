"""Bringing what is written in DynamoDB alone back to SQL."""

from __future__ import annotations

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
    from dynalayer.migrate import Migration, Progress, Reversal, Source


@click.command()
@contract_argument
@source_argument
@target_argument
@prefix_option
@click.option("--explain", is_flag=True, help="Tell what is brought back and what is not, and do nothing.")
@click.option("--once", is_flag=True, help="End when all that has happened is brought back.")
@click.option("--every", type=click.FloatRange(min=0.1), default=1.0, show_default=True, help="Seconds between looks.")
@click.option("--without", multiple=True, metavar="ENTITY", help="Leave an entity out, such as Library/BOOK.")
@click.option(
    "--given",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON with values for columns of new rows that no item tells, by entity and column.",
)
@click.option("--forget", is_flag=True, help="First forget the items that are left over: they are mended by hand.")
@policy_options
@as_json
def sync(
    contract: Path,
    source: str,
    target: str,
    prefix: str,
    explain: bool,
    once: bool,
    every: float,
    without: tuple[str, ...],
    given: Path | None,
    forget: bool,
    json: bool,
    **policies: Any,
) -> None:
    """Bring what is written in phase 5 back to SQL, from the tables' streams, so that there is a way back.

    Runs from phase 4 on until it is interrupted or told to terminate; started again it goes on where it was. While
    SQL is written as well it only follows. Ends with 1 if items are left over; `status` lists them.
    """
    with plainly():
        migration = open_migration(contract, source, **policies)
        place = migration.source
        reversals = _reversals(migration, given, without)
        if explain:
            _explain(reversals, json=json)
        _follow(migration, place, reversals, target, prefix, every=every, once=once, forget=forget, json=json)


def _reversals(migration: Migration, given: Path | None, without: tuple[str, ...]) -> list[Reversal]:
    from dynalayer.migrate import reversals

    values: dict[str, dict[str, Any]] = {}
    try:
        if given is not None:
            values = msgspec.json.decode(given.read_bytes(), type=dict[str, dict[str, Any]])
        found = reversals(migration.plans, values)
    except msgspec.MsgspecError as error:
        raise CannotUse(f"{given}: {error}") from None
    except KeyError as error:
        raise CannotUse(f"{given}: {error.args[0]}") from None
    unknown = set(without) - {each.name for each in found}
    if unknown:
        names = ", ".join(each.name for each in found)
        raise CannotUse(f"{', '.join(sorted(unknown))} is no entity of the contract; those are {names}")
    return [each for each in found if each.name not in without]


def _explain(reversals: list[Reversal], *, json: bool) -> None:
    for each in reversals:
        click.echo(msgspec.json.encode(each.account) if json else str(each))
    raise SystemExit(1 if any(each.problems for each in reversals) else 0)


def _follow(
    migration: Migration,
    place: Source,
    reversals: list[Reversal],
    target: str,
    prefix: str,
    *,
    every: float,
    once: bool,
    forget: bool,
    json: bool,
) -> None:
    from signal import SIGTERM, signal

    from dynalayer import Database
    from dynalayer.migrate import State, Sync, declared

    tables = declared(migration.contract, prefix=prefix)
    with Database(target) as database:
        state = State(database, prefix=prefix)
        state.create()
        names = {each.name for each in reversals}
        without = [plan for plan in migration.plans if plan.name not in names]
        sync = Sync(
            database, place, tables, reversals, state, prefix=prefix, policies=migration.policies, without=without
        )
        try:
            if forget:
                sync.forget()
            if not once:
                signal(SIGTERM, lambda *_: sync.stop())
                sync.run(_Told(json=json), every)
            done = sync.once()
        finally:
            sync.close()
    click.echo(msgspec.json.encode(done) if json else _shown(done))
    raise SystemExit(1 if done.left else 0)


class _Told:
    """Tells of a round if anything but the time has changed."""

    def __init__(self, *, json: bool) -> None:
        self._json = json
        self._last: tuple[int, int, int] | None = None

    def __call__(self, progress: Progress) -> None:
        now = progress.restored, progress.skipped, progress.left
        if now != self._last:
            self._last = now
            click.echo(msgspec.json.encode(progress) if self._json else _shown(progress), err=True)


def _shown(progress: Progress) -> str:
    return (
        f"{progress.restored:,} changes brought back, {progress.skipped:,} passed over, {progress.left:,} items left "
        f"over, {progress.behind:,.0f} s behind"
    )
