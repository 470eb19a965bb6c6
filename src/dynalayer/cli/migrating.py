"""Migrating a SQL database by contract from the command line."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from dynalayer.protocol import DynalayerError

if TYPE_CHECKING:
    from dynalayer.migrate import Migration, Move, Transition

contract_argument = click.argument("contract", type=click.Path(exists=True, dir_okay=False, path_type=Path))
source_argument = click.argument("source", metavar="SOURCE_URL")
target_argument = click.argument("target", metavar="TARGET_URL")
as_json = click.option("--json", "json", is_flag=True, help="JSON, one object a line.")
state_option = click.option(
    "--state",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("migration"),
    show_default=True,
    help="The folder that remembers how far it is.",
)
prefix_option = click.option("--prefix", default="", help="Stands before the names of the target's tables.")


def policy_options(command: Callable[..., None]) -> Callable[..., None]:
    """What becomes of values that DynamoDB has no equal for."""
    choices = {
        "zero_dates": ("error", "omit", "text"),
        "long_numbers": ("error", "text"),
        "not_a_number": ("error", "omit"),
        "nested_nulls": ("omit", "null"),
    }
    told = {
        "zero_dates": "Dates such as 0000-00-00.",
        "long_numbers": "Numbers of over 38 digits.",
        "not_a_number": "NaN and infinity.",
        "nested_nulls": "Nulls within maps.",
    }
    for name in reversed(choices):
        option = click.option(
            f"--{name.replace('_', '-')}",
            type=click.Choice(choices[name]),
            default=choices[name][0],
            show_default=True,
            help=told[name],
        )
        command = option(command)
    return command


@click.group()
def migrate() -> None:
    """Bring a SQL database into DynamoDB by a contract.

    The order is validate, plan, create, backfill, verify. SOURCE_URL is mysql://, mariadb://, postgresql:// or
    sqlite:file; TARGET_URL is embedded:file, http://host:port or aws://region.

    Ends with 0 if all is well, 1 if something was found, 2 if a file, a URL or a server cannot be used.
    """


class _CannotUse(click.ClickException):
    exit_code = 2


@contextmanager
def _plainly() -> Generator[None]:
    """Errors as plain messages."""
    try:
        yield
    except DynalayerError as error:
        raise _CannotUse(str(error)) from None
    except ModuleNotFoundError as error:
        raise _CannotUse(f"this needs {error.name}: pip install 'dynalayer[migrate]'") from None
    except KeyboardInterrupt:
        click.echo("Interrupted; what is done is kept, the same command goes on.", err=True)
        raise SystemExit(130) from None


def _open(contract: Path, source: str, **policies: Any) -> Migration:
    from dynalayer.migrate import Migration, Policies

    return Migration.open(contract, source, Policies(**policies))


@migrate.command()
@contract_argument
@source_argument
@as_json
def validate(contract: Path, source: str, json: bool) -> None:
    """Check a contract against the live schema of its source; nothing is written."""
    with _plainly():
        from dynalayer.migrate import ContractInvalid, check_contract

        try:
            findings = check_contract(contract, source)
        except ContractInvalid as error:
            findings = error.findings
    for finding in findings:
        click.echo(msgspec.json.encode(finding) if json else str(finding))
    errors = sum(finding.severity == "error" for finding in findings)
    if not json:
        click.echo(f"{errors} errors, {len(findings) - errors} warnings")
    raise SystemExit(1 if errors else 0)


@migrate.command()
@contract_argument
def show(contract: Path) -> None:
    """Print a contract of either dialect in its one form: every key an attribute."""
    with _plainly():
        from dynalayer.migrate import load_contract, normalised

        found, _ = load_contract(contract)
    click.echo(msgspec.json.format(msgspec.json.encode(normalised(found)), indent=2).decode())


@migrate.command()
@contract_argument
@source_argument
@click.option("--sample", type=click.IntRange(min=1), help="Read only so many rows of each table.")
@click.option("--units-per-second", type=click.FloatRange(min=1), help="The rate to reckon the time with.")
@policy_options
@as_json
def plan(
    contract: Path, source: str, sample: int | None, units_per_second: float | None, json: bool, **policies: Any
) -> None:
    """Read all rows once and tell what they would become: items, sizes, units, time, money, what would be refused."""
    with _plainly():
        migration = _open(contract, source, **policies)
        with _progress(json) as told:
            outlook = migration.plan(sample=sample, units_per_second=units_per_second, told=told)
    click.echo(msgspec.json.encode(outlook) if json else str(outlook))
    raise SystemExit(0 if outlook.is_clean else 1)


@migrate.command()
@contract_argument
@target_argument
@prefix_option
@click.option("--protected", is_flag=True, help="With recovery, deletion protection and a stream of both images.")
def create(contract: Path, target: str, prefix: str, protected: bool) -> None:
    """Make the target's tables, or check that those that exist are as declared."""
    with _plainly():
        from dynalayer.migrate import create_tables

        for name in create_tables(contract, target, prefix=prefix, protected=protected):
            click.echo(name)


@migrate.command()
@contract_argument
@source_argument
@target_argument
@state_option
@prefix_option
@click.option("--only-new", is_flag=True, help="Leave items alone that are there: for tables that are written live.")
@click.option("--units-per-second", type=click.FloatRange(min=1), help="At most so many write units a second.")
@click.option("--workers", type=click.IntRange(1, 64), default=4, show_default=True, help="Batches on the way at once.")
@click.option("--max-rejects", type=click.IntRange(min=0), default=100, show_default=True, help="Stop after so many.")
@policy_options
@as_json
def backfill(
    contract: Path,
    source: str,
    target: str,
    state: Path,
    prefix: str,
    only_new: bool,
    units_per_second: float | None,
    workers: int,
    max_rejects: int,
    json: bool,
    **policies: Any,
) -> None:
    """Copy every row; the same command again goes on where it was stopped."""
    with _plainly():
        from dynalayer.migrate import BackfillOptions, Policies

        options = BackfillOptions(
            prefix, only_new, units_per_second, max_rejects, workers, policies=Policies(**policies)
        )
        migration = _open(contract, source, **policies)
        with _progress(json) as told:
            summary = migration.backfill(target, state, options, told=told)
    if json:
        click.echo(msgspec.json.encode(summary))
    else:
        for name, done in summary.entities.items():
            kept = f", {done.kept:,} were there already" if done.kept else ""
            click.echo(f"{name}: {done.rows:,} rows, {done.items:,} items written{kept}, {done.units:,} write units")
        for entity, attribute, policy, times in summary.changed:
            click.echo(f"{entity} {attribute}: {times:,} values changed by {policy}")
        click.echo(
            f"{summary.rejects:,} rows rejected" + (f"; see {state / 'rejects.jsonl'}" if summary.rejects else "")
        )
    raise SystemExit(1 if summary.rejects else 0)


@migrate.command()
@contract_argument
@source_argument
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@prefix_option
@policy_options
@as_json
def export(contract: Path, source: str, folder: Path, prefix: str, json: bool, **policies: Any) -> None:
    """Write all items to files that DynamoDB imports from S3 into new tables: for very large first loads."""
    with _plainly():
        migration = _open(contract, source, **policies)
        with _progress(json) as told:
            done = migration.export(folder, prefix=prefix, told=told)
    if json:
        click.echo(msgspec.json.encode(done))
    else:
        for name, each in done.items():
            click.echo(f"{name}: {each.rows:,} rows, {each.items:,} items")
            for reject in each.rejects[:20]:
                click.echo(f"  {reject}")
    raise SystemExit(1 if any(each.rejects for each in done.values()) else 0)


def _verifying(command: Callable[..., None]) -> Callable[..., None]:
    command = policy_options(as_json(command))
    return contract_argument(source_argument(target_argument(state_option(prefix_option(command)))))


@migrate.command()
@_verifying
def verify(contract: Path, source: str, target: str, state: Path, prefix: str, json: bool, **policies: Any) -> None:
    """Compare all rows with all items, both ways; differences go to the state's folder, without values."""
    with _plainly():
        migration = _open(contract, source, **policies)
        with _progress(json) as told:
            report = migration.verify(target, state, prefix=prefix, told=told)
    _tell(report, state, json=json)
    raise SystemExit(0 if report.is_clean else 1)


@migrate.command()
@click.option("--delete-orphans", is_flag=True, help="Also delete items that no row stands for.")
@_verifying
def repair(
    contract: Path,
    source: str,
    target: str,
    state: Path,
    prefix: str,
    json: bool,
    delete_orphans: bool,
    **policies: Any,
) -> None:
    """Compare, and write what is missing or different from the rows as they are now."""
    with _plainly():
        migration = _open(contract, source, **policies)
        with _progress(json) as told:
            mended, report = migration.repair(target, state, prefix=prefix, orphans=delete_orphans, told=told)
    if json:
        click.echo(msgspec.json.encode({"mended": mended, "after": report}))
    else:
        click.echo(", ".join(f"{count:,} {kind}" for kind, count in mended.items()) + " mended")
        _tell(report, state, json=False)
    raise SystemExit(0 if report.is_clean else 1)


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
        raise _CannotUse(f"{limits}: {error}") from None
    migration = Migration.open(contract, source)
    with Database(target) as database:
        yield Move(migration.contract, migration.source, database, prefix=prefix, limits=given)


@migrate.command()
@_moving
def status(contract: Path, source: str, target: str, prefix: str, limits: Path | None, json: bool) -> None:
    """Tell the phase of an application that moves over, what was counted in it, and what the next one lacks."""
    with _plainly(), _move(contract, source, target, prefix, limits) as move:
        found = move.status()
    click.echo(msgspec.json.encode(found) if json else str(found))


@migrate.command()
@click.option("--to", type=click.IntRange(1, 5), help="The phase; the next one if none is given.")
@click.option("--force", "reason", metavar="REASON", default="", help="Enter it although the gate is shut.")
@_moving
def cutover(
    contract: Path,
    source: str,
    target: str,
    prefix: str,
    limits: Path | None,
    json: bool,
    to: int | None,
    reason: str,
) -> None:
    """Enter the next phase, if what was counted allows it; ends with 1 and what is missing if not."""
    _transit(lambda move, by: move.cutover(to, by=by, reason=reason), (contract, source, target, prefix, limits), json)


@migrate.command()
@click.option("--to", type=click.IntRange(1, 5), help="The phase; the one before if none is given.")
@click.option("--force", "reason", metavar="REASON", default="", help="Why; needed to leave phase 5.")
@_moving
def rollback(
    contract: Path,
    source: str,
    target: str,
    prefix: str,
    limits: Path | None,
    json: bool,
    to: int | None,
    reason: str,
) -> None:
    """Go back one phase, or with --to 1 to SQL only."""
    _transit(lambda move, by: move.rollback(to, by=by, reason=reason), (contract, source, target, prefix, limits), json)


@migrate.command()
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
    with _plainly():
        from dynalayer import Database
        from dynalayer.migrate import Move

        migration = _open(contract, source, **policies)
        with Database(target) as database:
            move = Move(migration.contract, migration.source, database, prefix=prefix)
            found = move.settle(migration.plans, migration.policies)
    click.echo(msgspec.json.encode(found) if json else f"{found.done:,} entries done, {found.left:,} wait on")
    raise SystemExit(1 if found.left else 0)


def _transit(
    change: Callable[[Move, str], Transition], places: tuple[Path, str, str, str, Path | None], json: bool
) -> None:
    from getpass import getuser

    with _plainly(), _move(*places) as move:
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


def _tell(report: Any, state: Path, *, json: bool) -> None:
    from dynalayer.migrate import shown_difference

    if json:
        click.echo(msgspec.json.encode(report))
        return
    for name, count in report.counts.items():
        wrong = ", ".join(
            f"{number:,} {what}"
            for what, number in (
                ("missing", count.missing),
                ("different", count.different),
                ("rejected", count.rejected),
            )
            if number
        )
        click.echo(f"{name}: {count.rows:,} rows, {count.equal:,} equal" + (f", {wrong}" if wrong else ""))
    click.echo(f"{report.stored:,} items stored, {report.orphans:,} of them of no row")
    for difference in report.differences[:20]:
        click.echo(f"  {shown_difference(difference)}")
    if report.differences:
        click.echo(f"all differences: {state / 'differences.jsonl'}")


@contextmanager
def _progress(json: bool) -> Generator[Callable[[str, int, int | None], None]]:
    """Tells how far it is: one line that is written over for a person, JSON lines or nothing much for a pipe."""
    is_person = sys.stderr.isatty() and not json
    seen: dict[str, int] = {}
    last = ""

    def told(what: str, done: int, total: int | None) -> None:
        nonlocal last
        seen[what] = done
        if json:
            click.echo(msgspec.json.encode({"at": what, "rows": done, "of": total}), err=True)
        elif is_person:
            share = f" of {total:,} ({done / total:.0%})" if total else ""
            last = f"{what}: {done:,}{share}"
            click.echo(f"\r\033[K{last}", nl=False, err=True)

    yield told
    if is_person and last:
        click.echo("\r\033[K", nl=False, err=True)
