"""What the commands of a migration have in common: their options, their errors, and how they tell how far they are."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from dynalayer.cli.failures import CannotUse
from dynalayer.protocol import DynalayerError

if TYPE_CHECKING:
    from dynalayer.migrate import Migration

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
        "not_a_number": ("error", "omit", "text"),
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


@contextmanager
def plainly() -> Generator[None]:
    """Errors as plain messages."""
    try:
        yield
    except DynalayerError as error:
        raise CannotUse(str(error)) from None
    except ModuleNotFoundError as error:
        raise CannotUse(f"this needs {error.name}: pip install 'dynalayer[migrate]'") from None
    except KeyboardInterrupt:
        click.echo("Interrupted; what is done is kept, the same command goes on.", err=True)
        raise SystemExit(130) from None


def open_migration(contract: Path, source: str, **policies: Any) -> Migration:
    """A migration whose contract fits its source."""
    from dynalayer.migrate import Migration, Policies

    found = Migration.open(contract, source, Policies(**policies))
    click.get_current_context().call_on_close(found.close)
    return found


@contextmanager
def progress(json: bool) -> Generator[Callable[[str, int, int | None], None]]:
    """Tells how far it is: one line that is written over for a person, JSON lines or nothing much for a pipe."""
    is_person = sys.stderr.isatty() and not json
    last = ""

    def told(what: str, done: int, total: int | None) -> None:
        nonlocal last
        if json:
            click.echo(msgspec.json.encode({"at": what, "rows": done, "of": total}), err=True)
        elif is_person:
            share = f" of {total:,} ({done / total:.0%})" if total else ""
            last = f"{what}: {done:,}{share}"
            click.echo(f"\r\033[K{last}", nl=False, err=True)

    yield told
    if is_person and last:
        click.echo("\r\033[K", nl=False, err=True)
