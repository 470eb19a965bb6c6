"""The live service on AWS: `cdk synth --context env=dev`; see README.md."""

from __future__ import annotations

import sys
from pathlib import Path

import aws_cdk as cdk
from live_translation import infrastructure
from stacks.service import add_service

from dynalayer import DefinitionError
from dynalayer.infra import declared_by, known_keys, load_environment

HERE = Path(__file__).resolve().parent


def add_environments(app: cdk.App) -> None:
    """Add the stacks of each environment that the context names: dev unless it says `--context env=prod`."""
    keys = known_keys(declared_by(infrastructure))
    for name in str(app.node.try_get_context("env") or "dev").split(","):
        add_service(app, load_environment(name, HERE / "config", *keys), _code(app))


def _code(app: cdk.App) -> str:
    given = app.node.try_get_context("code")
    folder = HERE / "build" if given is None else Path(str(given))
    if not folder.is_dir():
        raise DefinitionError(
            f"there is no folder {folder}: run `python build.py` first, or look at the templates alone with "
            "--context code=../apps"
        )
    return str(folder)


if __name__ == "__main__":
    app = cdk.App()
    try:
        add_environments(app)
    except DefinitionError as error:
        sys.exit(f"error: {error}")
    app.synth()
