"""The `dynalayer` command."""

from __future__ import annotations


def main() -> None:
    """Run the command line; says how to install what it needs when that is missing."""
    try:
        import click as click
    except ModuleNotFoundError:
        raise SystemExit("the dynalayer command needs click: pip install 'dynalayer[cli]'") from None
    from .commands import cli

    cli()
