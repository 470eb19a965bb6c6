"""`python -m coagent.datalayer`: looks whether the repository works where the environment says, or at a URL."""

from __future__ import annotations

import sys

import click

from dynalayer import Database, DynalayerError

from ._sync_repository import Repository
from .client import get_config, open_database
from .envelope import bound
from .errors import DynamoDBError
from .retry import policy_of
from .validation import validate


@click.command()
@click.argument("database", required=False)
@click.option("--table", help="The name of the table, by default that of the environment.")
@click.option("--create", is_flag=True, help="Make the table if it is not there.")
def main(database: str | None, table: str | None, create: bool) -> None:
    """Try every operation of the repository in a partition of its own, which is emptied again.

    DATABASE is a URL such as memory: or http://localhost:8000; without one it is what the environment means.
    """
    try:
        name = table or get_config().table_name
        with Database(database, retry=policy_of()) if database else open_database(get_config()) as opened:
            if create or database == "memory:":
                opened.create_tables(bound(name).table)
            findings = validate(Repository(opened, name))
    except DynamoDBError as error:
        raise click.ClickException(error.message) from None
    except DynalayerError as error:
        raise click.ClickException(str(error)) from None
    for about, wrong in findings:
        click.echo(f"{'wrong' if wrong else 'right'}  {about}{': ' if wrong else ''}{wrong}")
    sys.exit(1 if any(finding.wrong for finding in findings) else 0)


if __name__ == "__main__":
    main(prog_name="python -m coagent.datalayer")
