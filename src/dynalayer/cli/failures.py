"""What a command cannot work with."""

from __future__ import annotations

import click


class CannotUse(click.ClickException):
    """Told in one line, with the exit code of wrong usage."""

    exit_code = 2
