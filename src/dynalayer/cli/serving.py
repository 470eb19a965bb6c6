"""Serving a database over HTTP from the command line."""

from __future__ import annotations

import errno
import ipaddress
import logging

import click

from dynalayer.protocol import DynalayerError


@click.command()
@click.argument("url", default="memory:")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes a free one.")
@click.option("--access-key", envvar="DYNALAYER_ACCESS_KEY_ID", help="Take only requests signed with this key ...")
@click.option(
    "--secret-key",
    envvar="DYNALAYER_SECRET_ACCESS_KEY",
    help="... and this secret; better set both as"
    " DYNALAYER_ACCESS_KEY_ID and DYNALAYER_SECRET_ACCESS_KEY, which others on the machine cannot see.",
)
def serve(url: str, host: str, port: int, access_key: str | None, secret_key: str | None) -> None:
    """Serve memory: or embedded:<file> to any DynamoDB client, until Ctrl-C."""
    if (access_key is None) != (secret_key is None):
        raise click.UsageError("an access key and its secret key belong together: give both or none")
    if access_key is None and not _is_loopback(host):
        click.echo(f"warning: anybody who reaches {host}:{port} can read and write all data; give keys", err=True)
    logging.basicConfig(format="%(asctime)s %(name)s %(levelname)s %(message)s")
    credentials = None if access_key is None or secret_key is None else (access_key, secret_key)
    try:
        _run(url, host, port, credentials)
    except DynalayerError as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(_listening_failed(host, port, error)) from None


def _run(url: str, host: str, port: int, credentials: tuple[str, str] | None) -> None:
    from dynalayer.database import parse_url
    from dynalayer.engines.embedded import AsyncEmbeddedConnection
    from dynalayer.server import Server, serve

    address = parse_url(url)
    if address.kind not in ("memory", "embedded"):
        raise click.ClickException(f"{url} is served already; this command serves memory: or embedded:<file>")
    engine = AsyncEmbeddedConnection(address.place or "memory:", durability=address.durability)
    server = Server(engine, host=host, port=port, label=url, credentials=credentials)
    serve(server, lambda endpoint: click.echo(f"{endpoint} serves {url}"))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listening_failed(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {host} is taken: choose another with --port, or 0 for a free one"
    if error.errno == errno.EACCES:
        return f"port {port} of {host} may not be used by this account: choose one above 1023 with --port"
    return f"cannot listen on {host} port {port}: {error.strerror or error}"
