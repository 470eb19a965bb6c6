"""From the options of the command to a service that runs: in one process, or in several on one port."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.applications import Starlette

from dynalayer import AsyncDatabase, DynalayerError
from live_translation.gateway.neighbours import NoMeetingPlace, meeting_place
from live_translation.gateway.server import create_app, serve
from live_translation.gateway.service import EVERY_TABLE
from live_translation.gateway.supervisor import READY, StartFailed, Supervisor, reserve, shared_socket
from live_translation.identity.opening import open_identity
from live_translation.logs import write_to
from live_translation.recognition import RecognitionError
from live_translation.sessions.failures import RETRY
from live_translation.settings import BadSetting, Settings
from live_translation.speech import Synthesiser, SynthesisError, open_synthesiser
from live_translation.translation import TranslationError, Translator, open_translator

MEMORY: Final = "memory:"


class CannotStart(Exception):
    """Something that the operator has given makes no sense; the message says what."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the operator has asked for."""

    url: str
    host: str
    port: int
    engine: str | None = None


async def serve_alone(plan: Plan) -> None:
    """Serve in this process until Ctrl-C."""
    app, engines = _open(plan)
    await serve(app, plan.host, plan.port, on_ready=lambda port: _announce(plan, port, engines))


async def serve_part(plan: Plan) -> None:
    """Serve as one of several, until the standard input or this process is ended."""
    app, _ = _open(plan)
    listening = shared_socket(plan.host, plan.port)

    def ready(port: int) -> None:
        os.write(sys.stdout.fileno(), READY)

    await serve(app, plan.host, plan.port, on_ready=ready, listening=listening, until=_end_of_input())


async def serve_together(plan: Plan, processes: int) -> None:
    """Run several processes that serve one database on one port, until Ctrl-C."""
    if plan.url == MEMORY:
        raise CannotStart(
            "several processes need a database that they can share, such as embedded:live.db: memory: belongs to one"
        )
    engines = await _prepare(plan)
    try:
        reserved = reserve(plan.host, plan.port)
    except OSError as error:
        raise CannotStart(f"port {plan.port} of {plan.host} cannot be had: {error.strerror}") from None
    with reserved:
        port: int = reserved.getsockname()[1]
        supervisor = Supervisor(processes, _command(plan, port))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, supervisor.stop)
        try:
            await supervisor.run(lambda: _announce(plan, port, engines, processes))
        except StartFailed as error:
            raise CannotStart(str(error)) from None


async def _prepare(plan: Plan) -> list[str]:
    """Say what cannot work before any process is started, and make the tables once for all of them."""
    _, translator, synthesiser, database = _parts(plan)
    async with database:
        await database.create_tables(*EVERY_TABLE)
    await translator.close()
    await synthesiser.close()
    return _described(translator, synthesiser)


def _open(plan: Plan) -> tuple[Starlette, list[str]]:
    settings, translator, synthesiser, database = _parts(plan)
    write_to(sys.stderr, settings.log_level)
    place = _meeting_place(plan)
    try:
        identity = open_identity(settings, beside_keys(plan.url, place), time.time)
    except BadSetting as error:
        raise CannotStart(str(error)) from None
    try:
        app = create_app(
            database, translator, settings, meeting_place=place, identity=identity, synthesiser=synthesiser
        )
        return app, _described(translator, synthesiser)
    except (RecognitionError, ValueError) as error:
        raise CannotStart(f"RECOGNITION_ENGINE: {error}") from None


def _parts(plan: Plan) -> tuple[Settings, Translator, Synthesiser, AsyncDatabase]:
    try:
        settings = Settings.from_environment()
        translator = open_translator(plan.engine or settings.translation_engine, region=settings.region)
        synthesiser = open_synthesiser(settings.speech_engine, region=settings.region)
        return settings, translator, synthesiser, AsyncDatabase(plan.url, retry=RETRY)
    except (ValueError, TranslationError, SynthesisError, DynalayerError) as error:
        raise CannotStart(str(error)) from None


def beside_keys(url: str, place: Path | None) -> str:
    """The database that the issuer's key is kept beside: of one over a network, a file where the processes meet.

    All of them must sign with one key, since a client that comes back may come to another.
    """
    return url if place is None or url.startswith("embedded:") else f"embedded:{place / 'speakers'}"


def _meeting_place(plan: Plan) -> Path | None:
    if plan.url == MEMORY:
        return None
    try:
        return meeting_place(plan.url)
    except (NoMeetingPlace, OSError) as error:
        raise CannotStart(str(error)) from None


def _command(plan: Plan, port: int) -> list[str]:
    command = [sys.executable, "-c", "from live_translation.cli import main; main()", "serve-part"]
    command += ["--database", plan.url, "--host", plan.host, "--port", str(port)]
    return command if plan.engine is None else [*command, "--engine", plan.engine]


def _described(translator: Translator, synthesiser: Synthesiser) -> list[str]:
    return [f"Engine:   {translator.description}", f"Voice:    {synthesiser.description}"]


def _announce(plan: Plan, port: int, engines: list[str], processes: int = 1) -> None:
    address = f"http://{f'[{plan.host}]' if ':' in plan.host else plan.host}:{port}"
    lines = [
        f"Speaker:  {address}/speaker",
        f"Listener: {address}/listener",
        f"Database: {plan.url}",
        *engines,
        *([f"Processes: {processes}"] if processes > 1 else []),
        "Ctrl-C stops the service.",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _end_of_input() -> Awaitable[None]:
    loop = asyncio.get_running_loop()
    ended = loop.create_future()

    def look() -> None:
        if not os.read(sys.stdin.fileno(), 1024):
            loop.remove_reader(sys.stdin.fileno())
            if not ended.done():
                ended.set_result(None)

    loop.add_reader(sys.stdin.fileno(), look)
    return ended
