"""The `coagent` command."""

from __future__ import annotations

import asyncio
import signal
from types import FrameType

import click

_database = click.option(
    "--database", "url", default="embedded:coagent.db", show_default=True, help="Where the table is."
)


@click.group()
@click.version_option(package_name="dynalayer-apps", prog_name="coagent")
def cli() -> None:
    """What a real-estate agent keeps of their business, in one table."""


@cli.command()
@_database
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8090, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
def serve(url: str, host: str, port: int) -> None:
    """Serve the pages and the HTTP API until Ctrl-C."""
    from coagent.api import starting

    signal.signal(signal.SIGTERM, _interrupt)
    try:
        asyncio.run(starting.run(starting.Plan(url, host, port)))
    except starting.CannotStart as error:
        raise click.ClickException(str(error)) from None
    except KeyboardInterrupt:
        pass
    click.echo("Stopped.")


@cli.command()
@_database
@click.option("--seed", default=1, show_default=True, help="Another number gives other data.")
def seed(url: str, seed: int) -> None:
    """Make three sample users with a year of work; what is there already stays as it is."""
    from coagent.api import starting

    try:
        for name, written in asyncio.run(starting.fill(url, seed)):
            click.echo(f"{name}: {written} items written")
    except starting.CannotStart as error:
        raise click.ClickException(str(error)) from None


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> None:
    """The entry point."""
    cli(prog_name="coagent")
