"""What a module declares, in the format that a user asks for, as files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Literal, get_args

import msgspec

from dynalayer.infra.environment import Environment
from dynalayer.infra.infrastructure import Infrastructure
from dynalayer.infra.resources.building import build
from dynalayer.infra.resources.stack import Stack
from dynalayer.protocol import DefinitionError

from . import cloudformation, terraform
from .cdkapp import app_files

Format = Literal["cloudformation", "cdk", "terraform"]

_TEXTS: Final[dict[str, tuple[str, Callable[[Stack], dict[str, Any]]]]] = {
    "cloudformation": ("{stack}.template.json", cloudformation.template),
    # Each stack has a state of its own, and Terraform one for each folder.
    "terraform": ("{stack}/main.tf.json", terraform.configuration),
}


def cloudformation_template(declared: Infrastructure, environment: Environment) -> dict[str, Any]:
    """The CloudFormation template of a stack, as plain values; raises `DefinitionError` for what cannot be said."""
    return cloudformation.template(build(declared, environment))


def terraform_configuration(declared: Infrastructure, environment: Environment) -> dict[str, Any]:
    """The Terraform configuration of a stack, as plain values; raises `DefinitionError` for what cannot be said."""
    return terraform.configuration(build(declared, environment))


def render(stacks: Sequence[Infrastructure], environment: Environment, to: Format, module: str) -> dict[str, str]:
    """The stacks of a module in a format: names of files and what is in them.

    Raises `DefinitionError` for what the format cannot say.
    """
    if to == "cdk":
        # What cannot be built is told now, not when the app runs.
        for declared in stacks:
            build(declared, environment)
        return app_files(module, environment.name)
    if to not in _TEXTS:
        raise DefinitionError(f"a format is one of {', '.join(get_args(Format))}, not {to!r}")
    name, make = _TEXTS[to]
    built = [build(declared, environment) for declared in stacks]
    return {name.format(stack=stack.name): _text(make(stack)) for stack in built}


def _text(value: dict[str, Any]) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"
