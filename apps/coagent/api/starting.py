"""From the options of the command to a service that runs."""

from __future__ import annotations

import logging
import sys
import time
from dataclasses import dataclass

from hosting.server import Server, serve

from coagent.api.app import create_app
from coagent.api.keys import Keys, open_keys
from coagent.samples.storing import store
from coagent.settings import BadSetting, Settings
from coagent.tables import TABLES
from dynalayer import AsyncDatabase, DynalayerError


class CannotStart(Exception):
    """Something that the operator has given makes no sense; the message says what."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the operator has asked for."""

    url: str
    host: str
    port: int


def open_database(url: str, keys: Keys | None = None) -> AsyncDatabase:
    """The database by its URL, with cursors that only this installation can make; raises `CannotStart`."""
    try:
        return AsyncDatabase(url, cursor_key=None if keys is None else keys.cursors)
    except (ValueError, DynalayerError) as error:
        raise CannotStart(str(error)) from None


async def run(plan: Plan) -> None:
    """Serve until Ctrl-C; raises `CannotStart` for what makes no sense."""
    settings, keys = _settings(plan.url)
    logging.basicConfig(stream=sys.stderr, level=settings.log_level, format="%(levelname)s %(name)s: %(message)s")
    database = open_database(plan.url, keys)
    try:
        await database.create_tables(*TABLES)
    except DynalayerError as error:
        await database.close()
        raise CannotStart(f"the table cannot be made: {error}") from None
    app = create_app(database, settings, keys, time.time)
    server = Server(app, plan.host, plan.port, handles_signals=True, proxies=settings.trusted_proxies)
    await serve(server, on_ready=lambda port: _announce(plan, port))


def _settings(url: str) -> tuple[Settings, Keys]:
    try:
        settings = Settings.from_environment()
        return settings, open_keys(settings, url)
    except BadSetting as error:
        raise CannotStart(str(error)) from None


async def fill(url: str, seed: int) -> list[tuple[str, int]]:
    """Store the made-up users; gives of each the name and how many items were written."""
    _, keys = _settings(url)
    async with open_database(url) as database:
        try:
            return await store(database, seed, keys.sealer)
        except DynalayerError as error:
            raise CannotStart(f"the samples cannot be written: {error}") from None


def _announce(plan: Plan, port: int) -> None:
    host = f"[{plan.host}]" if ":" in plan.host else plan.host
    sys.stdout.write(f"Co-agent: http://{host}:{port}/\nDatabase: {plan.url}\nCtrl-C stops the service.\n")
    sys.stdout.flush()
