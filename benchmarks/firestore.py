"""What a managed export of Firestore takes: documents a second, CPU a document, memory, and what going on costs.

    python benchmarks/firestore.py [--documents 100000] [--all]

The export holds users and their contents of about 600 bytes with every common kind of value. Each step runs in a
process of its own, so that CPU and memory are that step's. `--all` also copies into an embedded table and compares.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from dynalayer import migrate  # noqa: E402
from dynalayer.migrate.firestore import Document, FirestoreOrigin, GeoPoint, Reference, Timestamp, parse_firestore  # noqa: E402
from dynalayer.migrate.items import Policies  # noqa: E402
from tests.migrate.firestore.writing import export  # noqa: E402

CONTRACT: dict[str, Any] = {
    "tables": [
        {
            "table": "Contents",
            "type": "multi-entity",
            "pk": "PK",
            "sk": "SK",
            "inside": "Data",
            "gsis": [{"index_name": "GSI1", "pk": "GSI1PK", "sk": "GSI1SK"}],
            "entities": [
                {
                    "entity_type": "User",
                    "source": "users/{userId}",
                    "PK_template": "USER#{userId}",
                    "SK_template": "PROFILE",
                    "id": "id",
                },
                {
                    "entity_type": "Content",
                    "source": "users/{userId}/contents/{contentId}",
                    "PK_template": "USER#{userId}",
                    "SK_template": "CONTENT#{contentId}",
                    "GSI1PK_template": "USER#{userId}",
                    "GSI1SK_template": "CONTENT#{createdAt}#{contentId}",
                    "id": "id",
                    "attributes": {
                        "EntityType": {"type": "S", "value": "Content"},
                        "CreatedAt": {"type": "N", "from": ["createdAt", "$snapshotTime"], "as": "millis"},
                    },
                    "fields": {
                        "type": {"type": "S", "required": True},
                        "content": {"type": "S", "required": True},
                        "createdAt": {"type": "S", "as": "iso"},
                        "tags": {"type": "L", "as": "list"},
                        "projectId": {"null": "absent"},
                    },
                },
            ],
            "satisfies": ["contents of a user"],
            "estimated_item_size_bytes": 700,
        }
    ]
}


def documents(count: int) -> Iterator[Document]:
    chance = random.Random(1)
    for number in range(count):
        user = f"user{number // 10:08d}"
        if number % 10 == 0:
            yield Document(f"users/{user}", {"email": f"{user}@example.org", "displayName": f"User {number}"})
            continue
        yield Document(
            f"users/{user}/contents/{1_700_000_000_000 + number}",
            {
                "type": "listing",
                "content": "".join(chance.choices("abcdefghij klmnop", k=300)),
                "createdAt": Timestamp(1_700_000_000 + number, 123_456_000),
                "tags": ["new", "house", "garden"],
                "projectId": None if number % 3 else f"p{number % 7}",
                "words": number % 900,
                "score": number / 7,
                "public": bool(number % 2),
                "place": GeoPoint(47.5, 8.25),
                "owner": Reference(f"users/{user}"),
                "metadata": {"model": "m1", "seed": number, "parts": [{"n": 1}, {"n": 2}]},
            },
        )


def opened(folder: Path) -> migrate.Migration:
    return migrate.Migration.open(folder / "contract.json", f"firestore-export:{folder / 'export'}")


def catalogue(folder: Path) -> int:
    with closing(FirestoreOrigin(parse_firestore(f"firestore-export:{folder / 'export'}"))) as origin:
        return sum(each or 0 for each in origin.reader(None).shapes().values())


def read(folder: Path) -> int:
    with closing(FirestoreOrigin(parse_firestore(f"firestore-export:{folder / 'export'}"))) as origin:
        return sum(1 for _ in origin.reader(None).documents())


def make(folder: Path) -> int:
    with closing(opened(folder)) as migration:
        reader = migration.origin.reader(migration.contract)
        return sum(
            1
            for plan in migration.plans
            for maker in [reader.maker(plan, Policies())]
            for page in reader.pages(plan)
            for row in page.rows
            if maker.make(row)
        )


def survey(folder: Path) -> int:
    with closing(opened(folder)) as migration:
        return sum(each.items for each in migration.plan().entities.values())


def inventory(folder: Path) -> int:
    found = migrate.inventory(f"firestore-export:{folder / 'export'}")
    return sum(each.documents for each in found.collections.values())


def backfill(folder: Path) -> int:
    target = f"embedded:{folder / 'target.db'}"
    migrate.create_tables(folder / "contract.json", target)
    with closing(opened(folder)) as migration:
        return sum(each.items for each in migration.backfill(target, folder / "state").entities.values())


def verify(folder: Path) -> int:
    with closing(opened(folder)) as migration:
        report = migration.verify(f"embedded:{folder / 'target.db'}", folder / "state")
    assert report.is_clean
    return report.stored


STEPS: dict[str, Callable[[Path], int]] = {
    "catalogue": catalogue,
    "read": read,
    "make": make,
    "survey": survey,
    "inventory": inventory,
    "backfill": backfill,
    "verify": verify,
}
TOLD = {
    "catalogue": "note every document and its place",
    "read": "and read them all",
    "make": "and make their items (2 passes)",
    "survey": "plan: sizes, units, keys that meet",
    "inventory": "inventory: types of every field",
    "backfill": "backfill into an embedded table",
    "verify": "verify, both ways",
}


def measured(step: str, folder: Path) -> None:
    """In the step's own process: what it did and took, as a line of JSON."""
    before, started = _cpu(), time.perf_counter()
    count = STEPS[step](folder)
    print(json.dumps([count, time.perf_counter() - started, _cpu() - before, _peak()]))


def _peak() -> float:
    """The most memory that this program had, in MB; the usage that the kernel counts would be that of its parent."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def run(step: str, folder: Path) -> None:
    command = [sys.executable, __file__, "--step", step, "--folder", str(folder)]
    count, seconds, cpu, memory = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    rate, each = count / seconds, cpu / count * 1e6
    print(f"{TOLD[step]:<38} {count:>9,} {seconds:>8.2f} s {rate:>9,.0f}/s {each:>7.1f} us CPU {memory:>6.0f} MB")


def stopped(folder: Path) -> None:
    """A backfill that is killed halfway, and one that goes on: what both take beside one that is not stopped."""
    half = folder / "half"
    half.mkdir()
    for name in ("export", "contract.json"):
        (half / name).symlink_to(folder / name)
    command = [sys.executable, __file__, "--step", "backfill", "--folder", str(half)]
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while _done(half) < 0.4 * _done(folder):
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    killed = time.perf_counter() - started
    again = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    print(f"killed after {killed:.2f} s, gone on with for {time.perf_counter() - again:.2f} s")


def _done(folder: Path) -> int:
    """How large the target is."""
    return sum(path.stat().st_size for path in folder.glob("target.db*"))


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--documents", type=int, default=100_000)
    arguments.add_argument("--all", action="store_true")
    arguments.add_argument("--step", choices=STEPS)
    arguments.add_argument("--folder", type=Path)
    given = arguments.parse_args()
    if given.step:
        measured(given.step, given.folder)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "contract.json").write_text(json.dumps(CONTRACT))
        export(folder / "export", list(documents(given.documents)), files=4)
        size = sum(path.stat().st_size for path in (folder / "export").rglob("output-*"))
        print(f"{given.documents:,} documents in {size / 1e6:,.0f} MB of export")
        for step in STEPS if given.all else ("catalogue", "read", "make", "inventory"):
            run(step, folder)
        if given.all:
            stopped(folder)


if __name__ == "__main__":
    main()
