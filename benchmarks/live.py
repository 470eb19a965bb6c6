"""The live service under load: real sockets, real translation, and an exact account of who heard what.

Run it with `python benchmarks/live.py` (a quarter of an hour) or a part of it: `--minutes 0.2 --listeners 50 a d`.
The service runs in processes of its own as its users start it, with the rate limits lifted because all clients come
from one address; listeners are in other processes and tell how busy they were themselves. Ctrl-C stops all of it.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import tempfile
from pathlib import Path

import uvloop

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.crowd.crowds import CrowdFailed
from benchmarks.crowd.results import Progress, Result, table
from benchmarks.crowd.scenarios import SCENARIOS, Options
from benchmarks.crowd.serving import ServiceFailed
from benchmarks.crowd.talking import SpeakerLost


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("scenarios", nargs="*", help="a b c d e; all by default", default=[])
    parser.add_argument("--minutes", type=float, default=5.0, help="of talk at speaking speed (150 words a minute)")
    parser.add_argument("--speed", type=float, default=20.0, help="how much faster the second time")
    parser.add_argument("--fast", action="store_true", help="only the second time of a and b")
    parser.add_argument("--listeners", type=int, default=500, help="in the one session of a, c, d, e")
    parser.add_argument("--sessions", type=int, default=50, help="of b")
    parser.add_argument("--listeners-each", type=int, default=50, help="of b")
    parser.add_argument("--processes", type=int, default=1, help="of the gateway; e kills one of them, or the only one")
    parser.add_argument("--clients", type=int, default=2, help="processes full of listeners")
    parser.add_argument("--engine", choices=["apertium", "phrasebook"], help="the best one by default")
    parser.add_argument("--json", action="store_true", help="JSON lines instead of a table")
    found = parser.parse_args(given)
    unknown = set(found.scenarios) - set(SCENARIOS)
    if unknown:
        parser.error(f"there is no scenario {', '.join(sorted(unknown))}")
    return found


async def run(options: Options, names: list[str], progress: Progress) -> list[Result]:
    """One scenario after the other; one that breaks is told and does not hold up the others."""
    results: list[Result] = []
    for name in names:
        try:
            results += await SCENARIOS[name](options, progress)
        except (CrowdFailed, ServiceFailed, SpeakerLost, OSError, TimeoutError) as error:
            failed = Result(name, failures=[f"{type(error).__name__}: {error}"])
            progress.done(failed)
            results.append(failed)
    return results


async def interruptible(options: Options, names: list[str], progress: Progress) -> list[Result]:
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    return await run(options, names, progress)


def main(given: list[str] | None = None) -> int:
    asked = arguments(given)
    progress = Progress(asked.json or (not sys.stdout.isatty() and asked.json))
    with tempfile.TemporaryDirectory(prefix="bench-live-") as directory:
        options = Options(
            directory=Path(directory),
            minutes=asked.minutes,
            speed=asked.speed,
            is_slow_too=not asked.fast,
            listeners=asked.listeners,
            sessions=asked.sessions,
            listeners_each=asked.listeners_each,
            processes=asked.processes,
            clients=asked.clients,
            engine=asked.engine,
        )
        try:
            results = uvloop.run(interruptible(options, asked.scenarios or list(SCENARIOS), progress))
        except (asyncio.CancelledError, KeyboardInterrupt):
            print("interrupted", file=sys.stderr)
            return 130
    if not asked.json:
        print(table(results))
    return 0 if all(result.is_good for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
