"""The steps of copying a source: inventory, validate, plan, entities, create, backfill, export, verify, repair."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import msgspec

from .options import (
    as_json,
    contract_argument,
    open_migration,
    plainly,
    policy_options,
    prefix_option,
    progress,
    source_argument,
    state_option,
    target_argument,
)


@click.command()
@contract_argument
@source_argument
@as_json
def validate(contract: Path, source: str, json: bool) -> None:
    """Check a contract against what its source holds; nothing is written."""
    with plainly():
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


@click.command()
@contract_argument
def show(contract: Path) -> None:
    """Print a contract of either dialect in its one form: every key an attribute."""
    with plainly():
        from dynalayer.migrate import load_contract, normalised

        found, _ = load_contract(contract)
    click.echo(msgspec.json.format(msgspec.json.encode(normalised(found)), indent=2).decode())


@click.command()
@source_argument
@as_json
def inventory(source: str, json: bool) -> None:
    """Tell what a source of Firestore's documents holds, to write a contract by: collections, types of each field."""
    with plainly():
        from dynalayer.migrate import inventory as take

        with progress(json) as told:
            found = take(source, told=told)
    click.echo(msgspec.json.encode(found) if json else str(found))


@click.command()
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
    with plainly():
        migration = open_migration(contract, source, **policies)
        with progress(json) as told:
            outlook = migration.plan(sample=sample, units_per_second=units_per_second, told=told)
            found = None if sample is not None else migration.inventory(told=told)
    if found is not None:
        click.echo(msgspec.json.encode(found) if json else str(found))
    click.echo(msgspec.json.encode(outlook) if json else str(outlook))
    raise SystemExit(0 if outlook.is_clean else 1)


@click.command()
@contract_argument
@target_argument
@prefix_option
@click.option("--protected", is_flag=True, help="With recovery, deletion protection and a stream of both images.")
def create(contract: Path, target: str, prefix: str, protected: bool) -> None:
    """Make the target's tables, or check that those that exist are as declared."""
    with plainly():
        from dynalayer.migrate import create_tables

        for name in create_tables(contract, target, prefix=prefix, protected=protected):
            click.echo(name)


@click.command()
@contract_argument
@source_argument
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="The file to write, if not standard out."
)
@prefix_option
@policy_options
def entities(contract: Path, source: str, output: Path | None, prefix: str, **policies: Any) -> None:
    """Write the tables and typed entities of a contract as a Python module; give it the policies of the backfill."""
    with plainly():
        text = open_migration(contract, source, **policies).entities(prefix=prefix)
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")


@click.command()
@contract_argument
@source_argument
@target_argument
@state_option
@prefix_option
@click.option("--only-new", is_flag=True, help="Leave items alone that are there: for tables that are written live.")
@click.option("--only-newer", is_flag=True, help="Leave items alone that are not older, by the contract's newer_by.")
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
    only_newer: bool,
    units_per_second: float | None,
    workers: int,
    max_rejects: int,
    json: bool,
    **policies: Any,
) -> None:
    """Copy every row; the same command again goes on where it was stopped."""
    with plainly():
        from dynalayer.migrate import BackfillOptions, Policies

        options = BackfillOptions(
            prefix,
            only_new,
            units_per_second,
            max_rejects,
            workers,
            policies=Policies(**policies),
            only_newer=only_newer,
        )
        migration = open_migration(contract, source, **policies)
        with progress(json) as told:
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


@click.command()
@contract_argument
@source_argument
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@prefix_option
@policy_options
@as_json
def export(contract: Path, source: str, folder: Path, prefix: str, json: bool, **policies: Any) -> None:
    """Write all items to files that DynamoDB imports from S3 into new tables: for very large first loads."""
    with plainly():
        migration = open_migration(contract, source, **policies)
        with progress(json) as told:
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


@click.command()
@_verifying
def verify(contract: Path, source: str, target: str, state: Path, prefix: str, json: bool, **policies: Any) -> None:
    """Compare all rows with all items, both ways; differences go to the state's folder, without values."""
    with plainly():
        migration = open_migration(contract, source, **policies)
        with progress(json) as told:
            report = migration.verify(target, state, prefix=prefix, told=told)
    _tell(report, state, json=json)
    raise SystemExit(0 if report.is_clean else 1)


@click.command()
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
    with plainly():
        migration = open_migration(contract, source, **policies)
        with progress(json) as told:
            mended, report = migration.repair(target, state, prefix=prefix, orphans=delete_orphans, told=told)
    if json:
        click.echo(msgspec.json.encode({"mended": mended, "after": report}))
    else:
        click.echo(", ".join(f"{count:,} {kind}" for kind, count in mended.items()) + " mended")
        _tell(report, state, json=False)
    raise SystemExit(0 if report.is_clean else 1)


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
