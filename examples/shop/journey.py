"""The whole journey of the shop from MariaDB to DynamoDB, while its customers and staff use it all the time.

    make shop                                   # or: python examples/shop/journey.py --users 1000 --seed 1

Starts a MariaDB of its own, fills it, and takes each step of a migration: validate, plan, create, write both, backfill,
settle, verify, compare, read DynamoDB, go back, go on again, and at last back to SQL alone. Interrupted in any way, the
same command goes on. Ends with 0 if no write was lost, no read was stale, and both databases agree in both directions.
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import click  # noqa: E402

from dynalayer import Database  # noqa: E402
from dynalayer.migrate import (  # noqa: E402
    BackfillOptions,
    GateShut,
    Migration,
    Move,
    Report,
    check_contract,
    create_tables,
    shown_difference,
)
from dynalayer.protocol import DynalayerError  # noqa: E402
from examples.shop.alone import Alone, followed  # noqa: E402
from examples.shop.application import Instance  # noqa: E402
from examples.shop.database import ShopDatabase  # noqa: E402
from examples.shop.generate import fill  # noqa: E402
from examples.shop.progress import Memory, Options, Teller  # noqa: E402
from examples.shop.workload import Tally, Workload  # noqa: E402
from tests.services.private import DidNotStart, NotHere, in_database, mariadb_server  # noqa: E402

CONTRACT = Path(__file__).resolve().parent / "contract.json"
NAME = "online_shopping_store"
LAST = 5
_COUNTED = ("writes_ok", "writes_failed", "compared_ok", "compared_failed")


class Journey:
    """One journey, as far as its folder remembers it."""

    def __init__(self, options: Options, teller: Teller) -> None:
        self.options = options
        self.tell = teller
        self.memory = Memory(options)
        self.target = f"embedded:{options.folder / 'target.db'}"
        self._open = ExitStack()
        self._workload: Workload | None = None
        self._before = self.memory.tally

    def run(self) -> bool:
        """Take the steps that are left; True if all is as it must be."""
        steps: tuple[tuple[str, Callable[[], None]], ...] = (
            ("fill the shop", self._fill),
            ("validate", self._validate),
            ("plan", self._plan),
            ("create", self._create),
            ("SQL alone is written", self._use_sql),
            ("both are written", lambda: self._enter(2)),
            ("backfill", self._backfill),
            ("settle", self._settle),
            ("verify while it is used", self._verify_live),
            ("both are read and compared", lambda: self._enter(3)),
            ("DynamoDB is read", lambda: self._enter(4)),
            ("one phase back", lambda: self._back(3)),
            ("DynamoDB is read again", lambda: self._enter(4)),
            ("DynamoDB alone, and what was written there brought back", self._alone),
            ("nobody uses the shop: count", self._count),
            ("back to SQL alone", self._back_to_sql),
        )
        with self._open:
            self._open.callback(self._stop)
            self._serve()
            for name, step in steps:
                if name not in self.memory.done:
                    self.tell.step(name)
                    step()
                    self._remember(name)
        return self._report()

    def _serve(self) -> None:
        folder = self.options.folder
        try:
            if self.options.sqlite:
                raise NotHere("SQLite was asked for")
            url = in_database(self._open.enter_context(mariadb_server(folder / "mariadb")), NAME)
        except NotHere as error:
            self.tell.line(f"{error}; the shop is in SQLite instead")
            url = f"sqlite:{folder / 'shop.db'}"
        self._shop = ShopDatabase(url)

    def _fill(self) -> None:
        if self._shop.is_sqlite:
            Path(self._shop.source.database).unlink(missing_ok=True)
        else:
            with closing(ShopDatabase(self._shop.url.replace(NAME, "mysql")).connect()) as connection:
                self._shop.run(connection, f"DROP DATABASE IF EXISTS {NAME}")
                self._shop.run(connection, f"CREATE DATABASE {NAME}")
        counts = fill(self._shop.url, self.options.users, self.options.seed)
        self.tell.line(", ".join(f"{count:,} {table}" for table, count in counts.items()))

    def _validate(self) -> None:
        findings = check_contract(CONTRACT, self._shop.url)
        for finding in findings:
            self.tell.line(str(finding))
        if any(finding.severity == "error" for finding in findings):
            raise click.ClickException("the contract does not fit")

    def _plan(self) -> None:
        outlook = self._migration().plan(told=self.tell.rows)
        for line in str(outlook).split("\n"):
            self.tell.line(line)

    def _create(self) -> None:
        self.tell.line(", ".join(create_tables(CONTRACT, self.target, protected=True)))
        with Database(self.target) as database:
            self._move(database).state.create()

    def _use_sql(self) -> None:
        """Some time in phase 1, so that the backfill finds rows that were written before it."""
        workload = self._using()
        self.tell.wait_until(lambda: workload.tally.writes >= self.options.least_writes, self._seen)

    def _enter(self, number: int) -> None:
        """The next phase as soon as its gate opens, and until everyone knows of it."""
        workload = self._using()
        shut: list[str] = []

        def entered() -> bool:
            workload.check()
            with Database(self.target) as database:
                move = self._move(database)
                now = move.status()
                if now.phase == number:
                    return True
                if now.figures.settling or now.figures.pending:
                    # What was deleted or moved since: an operator would run `dynalayer migrate settle`.
                    move.settle(self._migration().plans)
                try:
                    line = move.cutover(number, by="journey")
                except GateShut as error:
                    if not shut:
                        self.tell.line(f"the gate is shut: {'; '.join(error.lacking)}")
                    shut[:] = error.lacking
                    self.tell.now("; ".join(error.lacking))
                    return False
            ok, failed, equal, other = (int(line.figures[name]) for name in _COUNTED)
            seen = f" on {ok:,} writes in both databases ({failed:,} failed)" if ok else ""
            seen += f" and {equal:,} comparisons ({other:,} different)" if equal else ""
            self.tell.line(f"phase {number} is entered{seen}")
            return True

        self.tell.wait_until(entered, self._seen, every=0.5)
        self._everyone_knows(workload)

    def _back(self, number: int) -> None:
        workload = self._using()
        with Database(self.target) as database:
            move = self._move(database)
            if move.status().phase > number:
                move.rollback(number, by="journey", reason="to show it")
                self.tell.line(f"phase {number}")
        self._everyone_knows(workload)

    def _everyone_knows(self, workload: Workload) -> None:
        """Every instance has looked at the phase again, and what was begun before has ended."""
        self.tell.pause(self.options.believed)
        turns = workload.turns()
        self.tell.wait_until(lambda: workload.passed(turns), self._seen)

    def _backfill(self) -> None:
        self._using()
        options = BackfillOptions(only_new=True, max_rejects=0, page_rows=200)
        done = self._migration().backfill(self.target, self.options.folder / "state", options, told=self._rows)
        for name, each in done.entities.items():
            self.tell.line(f"{name}: {each.rows:,} rows, {each.items:,} written, {each.kept:,} were there already")

    def _settle(self) -> None:
        self._using()
        with Database(self.target) as database:
            found = self._move(database).settle(self._migration().plans)
        self.tell.line(f"{found.done:,} keys that were deleted or moved meanwhile looked at again")

    def _verify_live(self) -> None:
        """What is under way at the very moment may differ, and is looked at again."""
        self._using()
        report = self._verify()
        for _ in range(5):
            if report.is_clean:
                break
            self.tell.line(f"{len(report.differences)} rows were under way; once more")
            report = self._verify()
        self._tell(report)

    def _alone(self) -> None:
        """Phase 5 and back, with the synchronisation beside: first everything that people know is looked for."""
        migration = self._migration()
        # Its streams tell the time of the gates: how far behind the way back is, is counted in it.
        with (
            Database(self.target, clock=self.memory.clock, deadline=3_600.0 * self.options.lapse) as database,
            followed(database, migration, self.memory.state(database)) as check,
        ):
            move = self._move(database, believed=True)
            if move.status().phase == LAST:
                # It was stopped there: nobody may write before it is left.
                self.tell.wait_until(lambda: self._is_back(move, check), self._seen, every=0.5)
            workload = self._using()
            for each in self._shut(move, check):
                self.tell.line(f"the gate is shut: {each}")
            self.tell.wait_until(lambda: not self._shut(move, check), self._seen, every=0.5)
            self._look_for_all(workload, database)
            # A number of its own for each try: what an interrupted one wrote stays.
            alone = Alone(database, list(workload.known()), 1_000_000 + int(time.time()) % 1_000_000_000)
            self._stop()
            move.cutover(LAST, by="journey", reason="nobody writes now: the gate was open just before")
            self.tell.line(f"phase {LAST}: a user, a cart, an order and a deletion are written in DynamoDB")
            alone.write()
            self.tell.wait_until(lambda: self._is_back(move, check), self._seen, every=0.5)
            lost = alone.lost(self._shop)
            self.memory.lost += lost
            self.tell.line(f"phase {LAST - 1}: {lost} of them are not in SQL")

    def _is_back(self, move: Move, check: Callable[[], None]) -> bool:
        """Out of the last phase, as soon as all that was written in it is in SQL."""
        check()
        try:
            move.rollback(LAST - 1, by="journey")
        except GateShut as error:
            self.tell.now("; ".join(error.lacking))
            return False
        return True

    def _shut(self, move: Move, check: Callable[[], None]) -> tuple[str, ...]:
        check()
        if self._workload is not None:
            self._workload.check()
        lacking = move.status().lacking
        self.tell.now("; ".join(lacking))
        return lacking

    def _look_for_all(self, workload: Workload, database: Database) -> None:
        """Every acknowledged write, in both databases; nobody writes any more."""
        self._stop_people()
        found = self._move(database).settle(self._migration().plans)
        self.memory.lost += workload.lost_in_dynamodb(database) + workload.lost_in_sql()
        self.memory.checked += sum(1 for _ in workload.known())
        self.tell.line(f"{found.done:,} keys waited, {found.left:,} wait on; {self.memory.lost:,} writes are lost")

    def _count(self) -> None:
        """Nobody writes now: both directions must agree, and every acknowledged write must be there."""
        workload = self._using()
        with Database(self.target) as database:
            self._look_for_all(workload, database)
        report = self._verify()
        self.memory.differences = len(report.differences)
        self._tell(report)
        self._stop()

    def _back_to_sql(self) -> None:
        """Whoever goes back to SQL finds all that was ever written."""
        workload = self._using()
        self._back(1)
        begun = workload.tally.writes
        self.tell.wait_until(lambda: workload.tally.writes > begun + self.options.least_writes // 4, self._seen)
        self._stop_people()
        self.memory.lost += workload.lost_in_sql()
        self._stop()

    def _using(self) -> Workload:
        """The shop as it is used: from here on it always is."""
        if self._workload is None:
            migration, options = self._migration(), self.options
            believed = options.believed * options.lapse
            self._instances = [
                Instance(self._shop, self.target, migration, self.memory.clock, believed)
                for _ in range(options.instances)
            ]
            seed = options.seed + len(self.memory.done)
            self._workload = Workload(self._instances, options.customers, options.users, seed, options.pause)
            self._workload.start()
        return self._workload

    def _stop_people(self) -> None:
        assert self._workload is not None
        self._workload.stop()
        self._workload.check()

    def _stop(self) -> None:
        workload, self._workload = self._workload, None
        if workload is None:
            return
        workload.stop()
        workload.close()
        for instance in self._instances:
            instance.close()
            for found in instance.discrepancies:
                self.tell.line(f"{found.entity} {found.kind} {', '.join(found.attributes)}: {found.hint or 'no hint'}")
        self._before = self.memory.tally = self._before + workload.tally

    def _verify(self) -> Report:
        return self._migration().verify(self.target, self.options.folder / "verify", told=self._rows)

    def _tell(self, report: Report) -> None:
        rows = sum(each.rows for each in report.counts.values())
        equal = sum(each.equal for each in report.counts.values())
        missing, different = (
            sum(getattr(each, n) for each in report.counts.values()) for n in ("missing", "different")
        )
        self.tell.line(
            f"{rows:,} rows, {equal:,} equal, {missing:,} missing, {different:,} different; "
            f"{report.stored:,} items, {report.orphans:,} of no row"
        )
        for difference in report.differences[:10]:
            self.tell.line(f"  {shown_difference(difference)}")

    def _migration(self) -> Migration:
        return Migration.open(CONTRACT, self._shop.url)

    def _move(self, database: Database, *, believed: bool = False) -> Move:
        migration = self._migration()
        state = self.memory.state(database, self.options.believed if believed else 0.0)
        return Move(migration.contract, migration.source, database, state=state, limits=self.options.limits)

    def _rows(self, what: str, rows: int, total: int | None) -> None:
        if self._workload is not None:
            self._workload.check()
        self.tell.rows(what, rows, total, self._seen())

    def _remember(self, step: str) -> None:
        now = self._before if self._workload is None else self._before + self._workload.tally
        self.memory.remember(step, now)

    def _seen(self) -> str:
        tally = self._before + (Tally() if self._workload is None else self._workload.tally)
        return f"{tally.writes:,} writes, {tally.reads:,} reads, {tally.stale:,} stale"

    def _report(self) -> bool:
        tally, memory = self.memory.tally, self.memory
        with Database(self.target) as database:
            counts = memory.compared(database)
        self.tell.table(
            (
                ("writes acknowledged", f"{tally.writes:,} ({tally.retried:,} made again after a deadlock)"),
                ("reads", f"{tally.reads:,}"),
                ("of them stale", f"{tally.stale:,}"),
                ("comparisons in the gates' sight", f"{counts[0]:,} equal, {counts[1]:,} not"),
                ("acknowledged writes looked for", f"{memory.checked:,} rows, {memory.lost:,} lost"),
                ("differences in either direction", f"{memory.differences:,}"),
            )
        )
        return not (tally.stale or memory.lost or memory.differences or counts[1])


@click.command()
@click.option("--users", default=200, show_default=True, type=click.IntRange(min=5), help="The size of the shop.")
@click.option("--seed", default=1, show_default=True, help="The same seed makes the same shop.")
@click.option("--folder", default="shop-journey", show_default=True, type=click.Path(file_okay=False, path_type=Path))
@click.option("--new", is_flag=True, help="Forget what the folder has and begin again.")
@click.option("--sqlite", is_flag=True, help="The shop in SQLite, as where there is no MariaDB.")
@click.option("--customers", default=3, show_default=True, type=click.IntRange(1, 50), help="Threads of customers.")
@click.option("--instances", default=2, show_default=True, type=click.IntRange(1, 10), help="Of the application.")
@click.option("--pause", default=0.005, show_default=True, help="Seconds between what one person does.")
@click.option("--lapse", default=60.0, show_default=True, help="How many seconds of the gates pass in a second.")
@click.option("--hours", default=0.1, show_default=True, help="How long a phase lasts at least, in hours of the gates.")
@click.option("--least-writes", default=100, show_default=True, help="Writes to both that a gate asks for.")
@click.option("--least-compared", default=100, show_default=True, help="Comparisons that a gate asks for.")
@click.option("--believed", default=1.0, show_default=True, help="Seconds that an instance believes a phase.")
def main(folder: Path, *, new: bool, **given: object) -> None:
    """Move the shop from MariaDB to DynamoDB while it is used.

    Gates ask for what they do in production (99 % of writes in both, under 0.1 % of comparisons different, nothing that
    waits), over the times and counts given here.
    """
    options = Options(folder=folder.resolve(), **given)  # type: ignore[arg-type]
    teller = Teller()
    # Whoever ends it from outside wants its server ended as well.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if new:
            options.clear()
        good = Journey(options, teller).run()
    except KeyboardInterrupt:
        teller.line("Interrupted; the same command goes on.")
        raise SystemExit(130) from None
    except (DynalayerError, DidNotStart) as error:
        raise click.ClickException(str(error)) from None
    raise SystemExit(0 if good else 1)


if __name__ == "__main__":
    main()
