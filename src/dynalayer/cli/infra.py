"""Infrastructure from the declarations of a module, from the command line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from dynalayer.protocol import DynalayerError

from .failures import CannotUse

if TYPE_CHECKING:
    from dynalayer.infra import Format, Infrastructure

FORMATS = ("cloudformation", "cdk", "terraform")


@click.command()
@click.argument("module", metavar="PACKAGE.MODULE")
@click.option("--format", "to", type=click.Choice(FORMATS), default="cloudformation", show_default=True)
@click.option(
    "--env", default="dev", show_default=True, help="dev, prod, or the name of a file of the folder --config."
)
@click.option("--config", default="config", show_default=True, help="The folder of the environments' files.")
@click.option("--stack", help="Only this stack of those that the module declares.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="The folder to write files to.")
@click.option("--debug", is_flag=True, help="Show the traceback of what cannot be made.")
def infra(module: str, to: str, env: str, config: str, stack: str | None, out: Path | None, debug: bool) -> None:
    """Write the tables, alarms, outputs and policies that a module declares as CloudFormation, CDK or Terraform.

    One file goes to standard output unless --out is given. Ends with 2 if the module or the environment cannot be used.
    """
    # A program is loaded from its own directory, as `python -m` would run it.
    sys.path.insert(0, "")
    try:
        files = _files(module, cast("Format", to), env, config, stack)
    except DynalayerError as error:
        if debug:
            raise
        raise CannotUse(str(error)) from None
    if out is not None:
        _write(files, out)
        return
    if len(files) > 1:
        raise CannotUse(f"these are {len(files)} files ({', '.join(files)}): name a folder for them with --out")
    click.echo(next(iter(files.values())), nl=False)


def _files(module: str, to: Format, env: str, config: str, stack: str | None) -> dict[str, str]:
    from dynalayer.infra import declared_by, known_keys, load_environment, render

    stacks = declared_by(module)
    place = load_environment(env, config, *known_keys(stacks))
    return render(_chosen(stacks, stack, module), place, to, module)


def _chosen(stacks: list[Infrastructure], name: str | None, module: str) -> list[Infrastructure]:
    chosen = [each for each in stacks if name in (None, each.name)]
    if not chosen:
        raise CannotUse(f"{module} declares no stack {name!r}; it has {', '.join(each.name for each in stacks)}")
    return chosen


def _write(files: dict[str, str], folder: Path) -> None:
    for name, content in files.items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        except OSError as error:
            raise click.ClickException(f"cannot write {path}: {error.strerror or error}") from None
        click.echo(str(path))
