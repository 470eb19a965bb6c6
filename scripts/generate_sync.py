"""Makes the synchronous modules from the awaited ones: `generate_sync.py` writes them, `--check` fails on drift."""

from __future__ import annotations

import io
import subprocess
import sys
import tokenize
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

PAIRS = {
    "src/dynalayer/recipes/_async_cached.py": "src/dynalayer/recipes/_sync_cached.py",
    "src/dynalayer/recipes/_async_calls.py": "src/dynalayer/recipes/_sync_calls.py",
    "src/dynalayer/database/_async.py": "src/dynalayer/database/_sync.py",
    "src/dynalayer/database/_async_streams.py": "src/dynalayer/database/_sync_streams.py",
    "src/dynalayer/migrate/dual/_async_state.py": "src/dynalayer/migrate/dual/_sync_state.py",
    "src/dynalayer/migrate/dual/_async_queue.py": "src/dynalayer/migrate/dual/_sync_queue.py",
    "src/dynalayer/migrate/dual/_async_counting.py": "src/dynalayer/migrate/dual/_sync_counting.py",
    "src/dynalayer/migrate/dual/_async_bringing.py": "src/dynalayer/migrate/dual/_sync_bringing.py",
    "src/dynalayer/migrate/dual/_async_writes.py": "src/dynalayer/migrate/dual/_sync_writes.py",
    "src/dynalayer/migrate/dual/_async_reads.py": "src/dynalayer/migrate/dual/_sync_reads.py",
    "apps/coagent/datalayer/_async_repository.py": "apps/coagent/datalayer/_sync_repository.py",
    "apps/coagent/datalayer/_async_retrying.py": "apps/coagent/datalayer/_sync_retrying.py",
    "src/dynalayer/testing/_async.py": "src/dynalayer/testing/_sync.py",
    "tests/migrate/dual/async_moved.py": "tests/migrate/dual/moved.py",
    "tests/migrate/dual/test_async_reads.py": "tests/migrate/dual/test_reads.py",
    "tests/migrate/dual/test_async_state.py": "tests/migrate/dual/test_state.py",
    "tests/migrate/dual/test_async_writes.py": "tests/migrate/dual/test_writes.py",
    "tests/database/test_async_faults.py": "tests/database/test_faults.py",
    "tests/database/test_async_collections.py": "tests/database/test_collections.py",
    "tests/database/test_async_batches.py": "tests/database/test_batches.py",
    "tests/database/test_async_reading.py": "tests/database/test_reading.py",
    "tests/database/test_async_inside.py": "tests/database/test_inside.py",
    "tests/database/test_async_life.py": "tests/database/test_life.py",
    "tests/database/test_async_streams.py": "tests/database/test_streams.py",
    "tests/database/test_async_values.py": "tests/database/test_values.py",
    "tests/database/test_async_tables.py": "tests/database/test_tables.py",
    "tests/database/test_async_database.py": "tests/database/test_database.py",
    "tests/database/test_async_observing.py": "tests/database/test_observing.py",
    "tests/database/test_async_deadlines.py": "tests/database/test_deadlines.py",
    "tests/database/test_async_calm.py": "tests/database/test_calm.py",
    "tests/database/test_async_unanswered.py": "tests/database/test_unanswered.py",
}

NAMES = {
    "AsyncBringer": "Bringer",
    "AsyncCached": "Cached",
    "AsyncConnection": "Connection",
    "AsyncDatabase": "Database",
    "AsyncIterator": "Iterator",
    "AsyncCounts": "Counts",
    "AsyncDualReader": "DualReader",
    "AsyncDualWriter": "DualWriter",
    "AsyncFaults": "Faults",
    "AsyncFlights": "Flights",
    "AsyncLater": "Later",
    "AsyncMeanwhile": "Meanwhile",
    "AsyncQueue": "Queue",
    "AsyncRepository": "Repository",
    "AsyncReaders": "Readers",
    "AsyncSqlQueue": "SqlQueue",
    "AsyncState": "State",
    "AsyncStoredQueue": "StoredQueue",
    "AsyncStreams": "Streams",
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "aclose": "close",
    "adb": "db",
    "aiosqlite": "sqlite3",
    "anext": "next",
    "async_agency": "sync_agency",
    "async_complete": "complete",
    "async_database": "database",
    "async_empty": "empty",
    "async_hedged": "hedged",
    "async_houses": "sync_houses",
    "async_indexed": "indexed",
    "async_ours": "ours",
    "async_merged": "merged",
    "async_people": "sync_people",
    "async_sleep": "sleep",
    "fresh_async_database": "fresh_database",
    "AsyncWorld": "World",
    "TaskGroup": "Executor",
    "_async_bringing": "_sync_bringing",
    "_async_counting": "_sync_counting",
    "_async_queue": "_sync_queue",
    "_async_state": "_sync_state",
    "_async_streams": "_sync_streams",
    "async_answered": "answered",
    "async_aside": "aside",
    "async_beside": "beside",
    "async_beside_steps": "beside_steps",
    "async_bringers": "bringers",
    "async_finished": "finished",
    "async_moved": "moved",
    "async_opened": "opened",
    "async_shared": "shared",
    "_task_group": "_executor",
    "task_group": "executor",
    "async_together": "together",
    "async_wait": "wait",
    "async_with_batch_retry": "with_batch_retry",
    "async_with_retry": "with_retry",
    "open_async_connection": "open_connection",
}

DROPPED = {"async", "await"}


def to_sync(source: str, origin: str) -> str:
    """The synchronous text of an awaited module: tokens are swapped or dropped, layout and comments stay."""
    tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    lines = source.splitlines(keepends=True)
    edits: list[tuple[int, int, int, str]] = []
    for token, following in zip(tokens, [*tokens[1:], tokens[-1]], strict=True):
        if token.type != tokenize.NAME:
            continue
        row, start = token.start
        if token.string in DROPPED:
            edits.append((row, start, following.start[1], ""))
        elif token.string in NAMES:
            edits.append((row, start, token.end[1], NAMES[token.string]))
    for row, start, end, text in reversed(edits):
        line = lines[row - 1]
        lines[row - 1] = line[:start] + text + line[end:]
    body = "".join(lines).partition('"""\n')[2]
    for awaited, plain in TEXTS.items():
        body = body.replace(awaited, plain)
    return f'"""Generated from `{origin}` by `scripts/generate_sync.py`; change that file."""\n' + body


TEXTS = {
    "Callable[[], Awaitable[T]]": "Callable[[], T]",
    "Callable[[], Awaitable[T | None]]": "Callable[[], T | None]",
    "Callable[[], Awaitable[object]]": "Callable[[], object]",
    "from asyncio import Executor": "from concurrent.futures import Executor",
    "`task_group`": "`executor`",
    "Callable[[], Awaitable[Any]]": "Callable[[], Any]",
    "Callable[[], Awaitable[None]]": "Callable[[], None]",
    "Callable[[Step], Coroutine[Any, Any, None]]": "Callable[[Step], None]",
    "Callable[[], Awaitable[R]]": "Callable[[], R]",
    "Callable[[], Awaitable[V]]": "Callable[[], V]",
    "Callable[[], Awaitable[V | None]]": "Callable[[], V | None]",
    "`AsyncConnection`": "`Connection`",
    "an `AsyncDatabase`": "a `Database`",
    "`AsyncDatabase`": "`Database`",
    "`open_async_database`": "`open_database`",
    "Callable[[Database], Awaitable[R]]": "Callable[[Database], R]",
    "Callable[[Database], Awaitable[B]]": "Callable[[Database], B]",
    "Callable[[], Awaitable[list[DynamoDBItem]]]": "Callable[[], list[DynamoDBItem]]",
    "Callable[[float], Awaitable[None]]": "Callable[[float], None]",
    "Awaitable, Callable": "Callable",
    "Callable, Coroutine": "Callable",
    "@pytest.mark.anyio\n": "",
    "pytestmark = pytest.mark.anyio\n": "",
}


def formatted(text: str, path: Path) -> str:
    """The text as the formatter and the import sorter leave it."""
    ruff = [sys.executable, "-m", "ruff"]
    name = ["--stdin-filename", str(path)]
    fixes = ["check", "--select", "I,F401,C416,UP028", "--fix", "--unsafe-fixes", "--quiet"]
    for command in ([*fixes, *name], ["format", *name]):
        text = subprocess.run([*ruff, *command, "-"], input=text, capture_output=True, text=True, check=True).stdout
    return text


def main() -> int:
    stale = []
    for source, target in PAIRS.items():
        if not (ROOT / source).exists():
            continue
        path = ROOT / target
        text = formatted(to_sync((ROOT / source).read_text(), Path(source).name), path)
        if path.exists() and path.read_text() == text:
            continue
        stale.append(target)
        if "--check" not in sys.argv:
            path.write_text(text)
    for target in stale:
        print(f"{'stale' if '--check' in sys.argv else 'written'}: {target}")
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
