"""The `live-translation` command."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from importlib import import_module
from types import FrameType

import click


class _Commands(click.Group):
    """Finds `demo` only when it is asked for: it needs more than the service does."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), "demo"})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name != "demo":
            return super().get_command(ctx, cmd_name)
        try:
            found: object = getattr(import_module("live_translation.demo"), "demo", None)
        except ModuleNotFoundError:
            return None
        return found if isinstance(found, click.Command) else None


@click.group(cls=_Commands)
@click.version_option(package_name="dynalayer-apps", prog_name="live-translation")
def cli() -> None:
    """One speaker, many listeners, each in their own language."""


def _serving(command: Callable[..., None]) -> Callable[..., None]:
    """The options of a process that serves."""
    for option in (
        click.option(
            "--engine", type=click.Choice(["apertium", "phrasebook", "amazon"]), help="The best one by default."
        ),
        click.option(
            "--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one."
        ),
        click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on."),
        click.option("--database", "url", default="embedded:live.db", show_default=True, help="Where the tables are."),
    ):
        command = option(command)
    return command


@cli.command()
@_serving
@click.option("--processes", default=1, show_default=True, type=click.IntRange(1, 64), help="How many share the work.")
def serve(url: str, host: str, port: int, engine: str | None, processes: int) -> None:
    """Serve the pages and the WebSocket until Ctrl-C."""
    from live_translation.gateway import starting

    plan = starting.Plan(url=url, host=host, port=port, engine=engine)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        asyncio.run(starting.serve_alone(plan) if processes == 1 else starting.serve_together(plan, processes))
    except starting.CannotStart as error:
        raise click.ClickException(str(error)) from None
    except KeyboardInterrupt:
        pass
    click.echo("Stopped.")


@cli.command(hidden=True)
@_serving
def serve_part(url: str, host: str, port: int, engine: str | None) -> None:
    """Serve as one of several processes, until standard input ends."""
    from live_translation.gateway import starting

    signal.signal(signal.SIGTERM, _interrupt)
    try:
        asyncio.run(starting.serve_part(starting.Plan(url=url, host=host, port=port, engine=engine)))
    except starting.CannotStart as error:
        raise click.ClickException(str(error)) from None
    except KeyboardInterrupt:
        pass


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> None:
    """The entry point."""
    cli(prog_name="live-translation")
