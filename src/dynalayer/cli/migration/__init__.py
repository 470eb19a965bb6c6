"""Migrating a SQL database or Firestore by contract from the command line."""

from __future__ import annotations

import click

from .back import sync
from .moving import cutover, rollback, settle, status
from .steps import backfill, create, entities, export, inventory, plan, repair, show, validate, verify


@click.group()
def migrate() -> None:
    """Bring a SQL database or Firestore into DynamoDB by a contract.

    The order is validate, plan, create, backfill, verify. SOURCE_URL is mysql://, mariadb://, postgresql:// or
    sqlite:file, or firestore-export:folder, firestore-json:file or firestore://project; TARGET_URL is embedded:file,
    http://host:port or aws://region.

    Ends with 0 if all is well, 1 if something was found, 2 if a file, a URL or a server cannot be used.
    """


for command in (
    inventory,
    validate,
    show,
    plan,
    entities,
    create,
    backfill,
    export,
    verify,
    repair,
    status,
    cutover,
    rollback,
    settle,
    sync,
):
    migrate.add_command(command)
