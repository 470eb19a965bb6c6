"""The `live-translation` command."""

from __future__ import annotations

import asyncio
import signal
import sys
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


@cli.command()
@click.option("--database", "url", default="embedded:live.db", show_default=True, help="Where the tables are.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option(
    "--engine", type=click.Choice(["apertium", "phrasebook"]), help="The translation engine; the best one by default."
)
def serve(url: str, host: str, port: int, engine: str | None) -> None:
    """Serve the pages and the WebSocket until Ctrl-C."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        asyncio.run(_serve(url, host, port, engine))
    except KeyboardInterrupt:
        click.echo("Stopped.")


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


async def _serve(url: str, host: str, port: int, engine: str | None) -> None:
    # Imported here: `live-translation --help` should not wait for a web server to load.
    from dynalayer import AsyncDatabase, DynalayerError
    from live_translation.gateway.server import create_app
    from live_translation.gateway.server import serve as run
    from live_translation.settings import BadSetting, Settings
    from live_translation.translation import TranslationError, open_translator

    try:
        settings = Settings.from_environment()
        translator = open_translator(engine)
        database = AsyncDatabase(url)
    except (BadSetting, TranslationError, DynalayerError) as error:
        raise click.ClickException(str(error)) from None

    def ready(bound_port: int) -> None:
        address = f"http://{f'[{host}]' if ':' in host else host}:{bound_port}"
        click.echo(f"Speaker:  {address}/speaker")
        click.echo(f"Listener: {address}/listener")
        click.echo(f"Database: {url}")
        click.echo(f"Engine:   {translator.description}")
        click.echo("Ctrl-C stops the service.")
        sys.stdout.flush()

    await run(create_app(database, translator, settings), host, port, on_ready=ready)


def main() -> None:
    """The entry point."""
    cli(prog_name="live-translation")
