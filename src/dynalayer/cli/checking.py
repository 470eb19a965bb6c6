"""Checking the access patterns of modules from the command line."""

from __future__ import annotations

import sys
from decimal import Decimal, InvalidOperation

import click
import msgspec

from .failures import CannotUse


@click.command()
@click.argument("modules", nargs=-1, required=True, metavar="PACKAGE.MODULE...")
@click.option("--json", "json", is_flag=True, help="One JSON object.")
@click.option("--max-waste", type=click.FloatRange(0, 1), help="The share of the items read that filters may drop.")
@click.option("--prices", metavar="READS,WRITES", help="Prices of a million read and write units, such as 0.15,0.75.")
@click.option("--currency", default="USD", show_default=True, help="The currency of --prices.")
@click.option("--debug", is_flag=True, help="Show the traceback of a module that cannot be imported.")
def check(
    modules: tuple[str, ...], json: bool, max_waste: float | None, prices: str | None, currency: str, debug: bool
) -> None:
    """Check the access patterns that modules declare, and show what each costs.

    Ends with 0 if nothing is wrong, 1 if something is (hints do not count), 2 if a module cannot be used.
    """
    from dynalayer.access import MAX_WASTE, ON_DEMAND, CannotCheck, Prices
    from dynalayer.access import check as check_modules

    # A program is checked from its own directory, as `python -m` would run it.
    sys.path.insert(0, "")
    table = ON_DEMAND
    if prices is not None:
        reads, writes = _prices(prices)
        table = Prices("", reads, writes, currency=currency)
    try:
        report = check_modules(*modules, prices=table, max_waste=MAX_WASTE if max_waste is None else max_waste)
    except CannotCheck as error:
        if debug:
            raise
        raise CannotUse(str(error)) from None
    click.echo(msgspec.json.encode(report.as_json()) if json else str(report))
    raise SystemExit(0 if report.ok else 1)


def _prices(text: str) -> tuple[Decimal, Decimal]:
    try:
        reads, writes = map(Decimal, text.split(","))
    except (ValueError, InvalidOperation):
        raise click.UsageError("--prices takes two numbers, such as 0.15,0.75") from None
    return reads, writes
