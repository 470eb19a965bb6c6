"""The awaited executor; `_sync.py` is generated from this file by `scripts/generate_sync.py`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from copy import copy
from functools import partial
from time import monotonic, time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast, overload

from msgspec import DecodeError

from dynalayer.protocol import (
    READS,
    AsyncConnection,
    ConditionFailed,
    DatabaseClosed,
    DynalayerError,
    InvalidValue,
    takes_within,
)
from dynalayer.schema import Change, Condition, Entity, Key, Path, Query, Selected, Table
from dynalayer.statements import (
    Action,
    At,
    BatchRead,
    BatchWritten,
    Collection,
    Create,
    Delete,
    DescribeTable,
    Description,
    Difference,
    Explainable,
    Explanation,
    Get,
    GetRow,
    IndexProgress,
    ListTables,
    Page,
    PageOf,
    Pages,
    Patience,
    Pause,
    Plan,
    Prices,
    Put,
    Scan,
    Statement,
    Step,
    Together,
    Update,
    add_index,
    changed,
    counted,
    create_tables,
    delete_tables,
    exactly_once,
    explain,
    first_page,
    holder_of,
    judged,
    plan_of,
    read_batch,
    scan_page,
    segments,
    table_differences,
    transact_get,
    transaction,
    write_batch,
)

from ._async_streams import AsyncStreams
from .attempts import Attempts, Deadline, failure_of
from .breaker import Breaker
from .budget import RetryBudget
from .circuits import Circuits
from .connect import cursors_of, open_async_connection
from .flights import LOOKS, Flights
from .hedging import Hedge, Hedges, async_hedged
from .parallel import async_merged
from .retry import RetryPolicy
from .together import async_together
from .waiting import async_sleep

if TYPE_CHECKING:
    from dynalayer.engines.remote import Boto
    from dynalayer.telemetry import CostTable, Observer

    from .observation import Observation
    from .observing import Observing

E = TypeVar("E", bound=Entity)
R = TypeVar("R")
V = TypeVar("V")
A = TypeVar("A", bound=Entity)
B = TypeVar("B", bound=Entity)
C = TypeVar("C", bound=Entity)
D = TypeVar("D", bound=Entity)
F = TypeVar("F", bound=Entity)
G = TypeVar("G", bound=Entity)


class AsyncDatabase(AsyncStreams):
    """Runs statements against the DynamoDB that a URL names.

    `memory:` keeps everything in this process, `embedded:shop.db` in a file that several processes may share (add
    `?durability=relaxed` to trade the last moments before a power cut for speed), `http://localhost:8000` speaks to
    anything with DynamoDB's API, `aws://eu-west-1` to DynamoDB itself (`aws://` takes the environment's region; options
    follow as in `?profile=shop&fips=true&dualstack=true&account=...`). Instead of a URL, any `AsyncConnection` serves,
    and so does a client of aioboto3, or a client, resource or session of boto3, by whose rules all calls are then made.
    `clock` gives seconds since 1970; it decides what has expired. `cursor_key` signs the cursors of pages (of several
    keys the first signs and all verify; without one, those of the environment variable DYNALAYER_CURSOR_KEY, separated
    by commas), and cursors older than `cursor_age` seconds are refused. No attempt is begun once a call, or the calls
    of a plan, have taken `deadline` seconds (see `with_`). `observers` are told of every call; keys are told to them as
    hashes, with `key_salt` the same in every process that has it.

    `retry` says how calls are tried again and `budget` how much of that all of them may do together. A `breaker` stops
    calls on a table that fail too often; there is none unless you give one, because the service throttles partitions
    and a breaker whole tables: whether the rest of a table should wait is yours to say. `hedge` makes slow reads twice.
    With `exactly_once` puts, updates and deletions are sent as transactions, which may be repeated without harm.
    """

    def __init__(
        self,
        url: str | AsyncConnection | Boto,
        *,
        clock: Callable[[], float] = time,
        retry: RetryPolicy | None = None,
        budget: RetryBudget | None = None,
        breaker: Breaker | None = None,
        hedge: Hedge | None = None,
        exactly_once: bool = False,
        sleep: Callable[[float], Awaitable[None]] = async_sleep,
        cursor_key: bytes | Sequence[bytes] | None = None,
        cursor_age: float | None = None,
        deadline: float | None = None,
        observers: Sequence[Observer] = (),
        key_salt: bytes | None = None,
    ) -> None:
        self.connection = open_async_connection(url, clock)
        self.retry = retry or RetryPolicy()
        self.budget = budget or RetryBudget()
        self.exactly_once = exactly_once
        self._cursors = cursors_of(cursor_key, cursor_age)
        self.deadline = deadline
        self._clock = clock
        # Deadlines must not move when somebody sets the machine's clock.
        self._watch = monotonic if clock is time else clock
        self._sleep = sleep
        self._observing = self._observed_by(observers, key_salt)
        self.circuits = None if breaker is None else Circuits(breaker, clock, self._watch)
        if self.circuits is not None and self._observing is not None:
            self.circuits.listener = self._observing.breaker_changed
        self._hedges = None if hedge is None else Hedges(hedge)
        # One look for each call tells whether it goes straight to the connection.
        self._is_guarded = breaker is not None or hedge is not None
        self._takes_within = deadline is not None and takes_within(self.connection)
        self._flights = Flights()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self, *, within: float = 10.0) -> None:
        """Refuse new calls, wait up to `within` seconds for those under way, then release files and sockets.

        Whoever follows a stream is let go at its next pause. Later calls raise `DatabaseClosed`. What observers are
        told later of calls that have ended is told before this returns.
        """
        self._flights.close()
        looks = iter(LOOKS)
        until = self._watch() + within
        while self._flights and self._watch() < until:
            await self._sleep(next(looks, LOOKS[-1]))
        if self._hedges is not None:
            self._hedges.close()
        await self.connection.close()
        if self._observing is not None:
            self._observing.drain()

    def with_(
        self, *, deadline: float | None = None, retry: RetryPolicy | None = None, exactly_once: bool | None = None
    ) -> Self:
        """The same database, on the same connection, with another deadline in seconds or another policy of retries.

        `db.with_(deadline=0.5).get(key)` raises `DeadlineExceeded` rather than begin another attempt after half a
        second. Over HTTP an attempt ends with the deadline; how long one may last elsewhere is the connection's to say,
        and a task may be cancelled. `math.inf` takes a deadline away.

        With `exactly_once` a put, an update or a deletion is sent as a transaction of one, so that it can be repeated
        when no answer comes: `db.with_(exactly_once=True).update(key, Order.lines.add(1))` counts once. It costs twice
        the write units, for updates and deletions a consistent read as well.
        """
        other = copy(self)
        if deadline is not None:
            other.deadline = deadline
            other._takes_within = takes_within(self.connection)
        other.retry = retry or self.retry
        other.exactly_once = self.exactly_once if exactly_once is None else exactly_once
        return other

    async def run(self, asked: Statement[R] | Plan[R]) -> R:
        """Make the call that a statement describes, or those of a plan, and give back what the answer stands for.

        Raises what the statement says of the service's error; throttling and lost connections are tried again first,
        the latter only where a second call cannot do harm. Raises `OutcomeUnknown` for a write of which nobody can tell
        whether it was made.
        """
        flights = self._flights
        flights.enter(None)
        try:
            return await self._run(asked, self._until())
        finally:
            flights.leave()

    async def _run(self, asked: Statement[R] | Plan[R], until: Deadline | None) -> R:
        if isinstance(asked, Plan):
            return await self._follow(asked, until)
        plan = plan_of(asked) if asked.writes else None
        return await (self._make(asked, self._clock(), until) if plan is None else self._follow(plan, until))

    def _until(self) -> Deadline | None:
        return None if self.deadline is None else Deadline(self.deadline, self._watch() + self.deadline)

    async def _follow(self, plan: Plan[R], until: Deadline | None) -> R:
        steps = plan.begin(self._clock)
        try:
            step = next(steps)
            while True:
                try:
                    result = await self._take(step, until)
                except DynalayerError as error:
                    step = steps.throw(error)
                else:
                    step = steps.send(result)
        except StopIteration as end:
            return cast("R", end.value)
        finally:
            steps.close()

    async def _take(self, step: Step, until: Deadline | None) -> Any:
        if isinstance(step, Pause):
            if until is not None:
                until.refuse_pause(self._watch(), step.seconds)
            if step.is_idle and self._flights.is_closed:
                raise DatabaseClosed
            return await self._sleep(step.seconds)
        if isinstance(step, At):
            return await self._make(step.statement, step.now, until)
        if isinstance(step, Together):
            if self._observing is not None:
                with self._observing.one_site():
                    return await async_together(lambda each: self._run(each, until), step)
            return await async_together(lambda each: self._run(each, until), step)
        return await self._make(step, self._clock(), until)

    async def _make(self, statement: Statement[R], now: float, until: Deadline | None) -> R:
        if self.exactly_once and (plan := exactly_once(statement, now)) is not None:
            return await self._follow(plan, until)
        if self._is_guarded or until is not None:
            return await self._with_care(statement, now, until)
        # The way of nearly all calls: one attempt, of which observers get a note when it has succeeded.
        observing, start = self._observing, 0.0
        if observing is None:
            body = statement.body(now)
        else:
            ending = observing.endings.get(type(statement))
            if ending is None:
                return await self._with_care(statement, now, until)
            start = observing.watch()
            body = observing.body(statement, now, ending)
        answer = b""
        try:
            answer = await self.connection.call(statement.operation, body)
            result = statement.read(answer, self._clock())
        except (DynalayerError, DecodeError) as error:
            failure = failure_of(statement, answer, error)
        except BaseException as error:
            if observing is not None:
                observing.begun(statement, start, body).ended(error)
            raise
        else:
            if observing is not None:
                observing.note(statement, start, body, answer)
            if self.budget.spent:
                self.budget.give_back()
            return result
        if observing is None:
            return await self._go_on(statement, now, until, body, None, failure)
        return await self._observed(statement, now, until, body, observing.begun(statement, start, body), failure)

    async def _with_care(self, statement: Statement[R], now: float, until: Deadline | None) -> R:
        """A call with a deadline, or one that somebody looks into."""
        body = statement.body(now)
        if self._observing is None:
            return await self._go_on(statement, now, until, body, None, None)
        seen = self._observing.begin(statement)
        return await self._observed(statement, now, until, seen.asking(body), seen, None)

    async def _observed(
        self,
        statement: Statement[R],
        now: float,
        until: Deadline | None,
        body: bytes,
        seen: Observation,
        failure: DynalayerError | DecodeError | None,
    ) -> R:
        try:
            result = await self._go_on(statement, now, until, body, seen, failure)
        except BaseException as error:
            seen.ended(error)
            raise
        seen.ended()
        return result

    async def _go_on(
        self,
        statement: Statement[R],
        now: float,
        until: Deadline | None,
        body: bytes,
        seen: Observation | None,
        failure: DynalayerError | DecodeError | None,
    ) -> R:
        """Make attempts until one succeeds or none is left; `failure` is that of one which was made already."""
        attempts = Attempts(self.retry, self.budget, statement, until)
        while True:
            if failure is None:
                attempts.begin(self._watch())
                answer = b""
                try:
                    if seen is not None:
                        seen.sending()
                    answer = await self._call(statement.operation, body, until)
                    if seen is not None:
                        answer = seen.answered(answer)
                    result = statement.read(answer, self._clock())
                except (DynalayerError, DecodeError) as error:
                    failure = failure_of(statement, answer, error)
                else:
                    attempts.succeeded(result)
                    return result
            if isinstance(failure, DecodeError):
                raise failure
            if seen is not None:
                seen.failed(failure)
            if isinstance(failure, ConditionFailed) and attempts.is_refused(failure):
                return await self._follow(judged(statement, body, failure), until)
            wait = attempts.after(failure, self._watch)
            if seen is not None:
                seen.retrying(failure, wait)
            await self._sleep(wait)
            failure = None

    async def _call(self, operation: str, body: bytes, until: Deadline | None) -> bytes:
        """One attempt, as the circuits of its tables allow it, and twice if it is a read that takes long."""
        attempt = partial(self.connection.call, operation, body)
        if until is not None and self._takes_within:
            attempt.keywords["within"] = until.left(self._watch())
        permits = [] if self.circuits is None else self.circuits.enter(operation, body)
        failure: BaseException | None = None
        try:
            if self._hedges is None or operation not in READS:
                return await attempt()
            return await async_hedged(self._hedges, attempt, self._sleep)
        except BaseException as error:
            failure = error
            raise
        finally:
            if self.circuits is not None:
                self.circuits.leave(permits, failure)

    @overload
    async def get(self, key: Key[E], *, consistent: bool = False, expired: bool = False) -> E | None: ...
    @overload
    async def get(self, key: Selected[R, Key[Any]], *, consistent: bool = False, expired: bool = False) -> R | None: ...
    async def get(self, key: Any, *, consistent: bool = False, expired: bool = False) -> Any:
        """Read one item; None when there is none or, unless `expired`, its time to live has passed.

        Of `Order.key(...).select(Order.total)` it reads these attributes alone.
        """
        if isinstance(key, Selected):
            return await self.run(GetRow(key, consistent, expired))
        return await self.run(Get(key, consistent, expired))

    async def get_by(self, entity: type[E], path: Path[E, V], value: V) -> E | None:
        """Read the item that has this value of a `unique` attribute, consistently; None when there is none."""
        return await self.run(holder_of(entity, path, value))

    async def create(self, entity: E, *, if_: Condition[E] | None = None) -> None:
        """Write a new item; raises `ConditionFailed` if one has its key."""
        await self.run(Create(entity, if_))

    async def put(self, entity: E, *, if_: Condition[E] | None = None) -> None:
        """Write a whole item in place of any that has its key; raises `ConditionFailed` if `if_` does not hold."""
        await self.run(Put(entity, if_))

    async def update(
        self, target: Key[E] | E, *changes: Change[E], if_: Condition[E] | None = None, upsert: bool = False
    ) -> E:
        """Change part of an item and give back the new one.

        Raises `ItemNotFound` if there is none (with `upsert` it is made), `ConditionFailed` if `if_` does not hold,
        and, when given an instance with a `revision()` in place of a key, `StaleRevision` if it is not the newest.
        """
        return await self.run(Update(target, changed(changes), if_, upsert))

    async def delete(self, target: Key[E] | E, *, if_: Condition[E] | None = None) -> E | None:
        """Delete an item and give back what it was; None when there was none.

        Raises `StaleRevision` when given an instance with a `revision()` that is not the newest.
        """
        return await self.run(Delete(target, if_))

    async def query(self, query: Query[R, Any] | Collection[R] | Selected[R, Query[Any, Any]]) -> AsyncIterator[R]:
        """All items of a query or an item collection, page after page as they are needed."""
        page: PageOf[R] | None = first_page(query)
        while page is not None:
            found = await self.run(page)
            for item in found.items:
                yield item
            page = found.next

    def scan(self, scan: Scan[R] | Selected[R, Scan[Any]], *, parallel: int = 1) -> AsyncIterator[R]:
        """All items of a scan, page after page as they are needed; the whole table is read and paid for.

        With `parallel` so many segments are read at the same time, at most two pages of each in memory; an error of one
        ends them all, and so does the end of this iteration. Raises `InvalidValue` for more than a million segments.
        """
        first = scan_page(scan)
        return async_merged(self.run, segments(first, parallel), first.limit)

    async def page(
        self,
        source: Pages[R],
        *,
        size: int | None = None,
        after: str | None = None,
    ) -> Page[R]:
        """One page of a query or scan: at most `size` items read, continued with the cursor of the page before.

        Raises `InvalidValue` for a cursor that is damaged, forged, too old or of another query.
        """
        return await self.run(first_page(source, size, after, self._cursors, self._clock()))

    async def count(self, source: Query[Any, Any] | Scan[Any] | Collection[Any]) -> int:
        """How many items a query or a scan has, without those that have expired; costs as much as reading them."""
        return await self.run(counted(source))

    async def transact(self, *actions: Action, token: str | None = None) -> None:
        """Do up to 100 writes and checks together or not at all; raises `TransactionCanceled` with their reasons.

        Whoever repeats the same request with the same `token` within ten minutes does it no second time. (The clock is
        part of the request for entities with moments or an expiry: such a repeat is an `IdempotentParameterMismatch`.)
        """
        await self.run(transaction(actions, token))

    @overload
    async def transact_get(self, a: Key[A], /) -> tuple[A | None]: ...
    @overload
    async def transact_get(self, a: Key[A], b: Key[B], /) -> tuple[A | None, B | None]: ...
    @overload
    async def transact_get(self, a: Key[A], b: Key[B], c: Key[C], /) -> tuple[A | None, B | None, C | None]: ...
    @overload
    async def transact_get(
        self, a: Key[A], b: Key[B], c: Key[C], d: Key[D], /
    ) -> tuple[A | None, B | None, C | None, D | None]: ...
    @overload
    async def transact_get(
        self, a: Key[A], b: Key[B], c: Key[C], d: Key[D], f: Key[F], /
    ) -> tuple[A | None, B | None, C | None, D | None, F | None]: ...
    @overload
    async def transact_get(
        self, a: Key[A], b: Key[B], c: Key[C], d: Key[D], f: Key[F], g: Key[G], /
    ) -> tuple[A | None, B | None, C | None, D | None, F | None, G | None]: ...
    @overload
    async def transact_get(self, *keys: Key[E]) -> tuple[E | None, ...]: ...
    async def transact_get(self, *keys: Key[Any]) -> tuple[Any, ...]:
        """Read up to 100 items as they are at one moment, no write between two of them; None for those not there.

        Raises `TransactionCanceled` if writers of the same items are in the way again and again.
        """
        return await self.run(transact_get(keys))

    async def batch_get(self, keys: Iterable[Key[E]], *, consistent: bool = False) -> list[E | None]:
        """Read any number of items; the result has one entry for each key, in order, None where there is no item.

        Raises `BatchIncomplete` if the service leaves some undone after all retries.
        """
        return (await self.batch_read(keys, consistent=consistent)).items

    async def batch_read(
        self, keys: Iterable[Key[E]], *, consistent: bool = False, partial: bool = False
    ) -> BatchRead[E]:
        """Read any number of items, of one entity or several, and tell of each key what became of it.

        Raises `BatchIncomplete` if the service leaves some undone after all retries; with `partial` the result says so.
        """
        found = await self.run(read_batch(keys, self._patience, consistent=consistent))
        return found if partial else found.checked()

    async def batch_write(
        self, *, put: Iterable[Entity] = (), delete: Iterable[Key[Any]] = (), partial: bool = False
    ) -> BatchWritten:
        """Put and delete any number of items, each on its own: no conditions, no transaction.

        Raises `BatchIncomplete` with what was not written if the service leaves some undone after all retries; with
        `partial` the result says so.
        """
        written = await self.run(write_batch(put, delete, self._patience))
        return written if partial else written.checked()

    @property
    def _patience(self) -> Patience:
        return Patience(self.retry.attempts, self.retry.wait)

    async def create_tables(self, *tables: Table) -> None:
        """Make the tables what they are declared to be, and wait until they can be used.

        Missing ones are created whole; those that are there get the expiry, stream, recovery, protection and tags that
        they lack. Raises `DefinitionError`, before anything is changed, with every difference that cannot be ended
        without loss. What is there and not declared stays.
        """
        await self.run(create_tables(tables))

    async def delete_tables(self, *tables: Table) -> None:
        """Delete the tables with all their items and wait until they are gone; those that are not there are no error.

        Raises `ValidationError` for a table with deletion protection.
        """
        await self.run(delete_tables(tables))

    async def table_differences(self, table: Table) -> list[Difference]:
        """In which ways the table that is there is not the declared one; nothing is changed."""
        return await self.run(table_differences(table))

    async def add_index(self, table: Table, name: str, progress: Callable[[IndexProgress], None] | None = None) -> None:
        """Add a declared global index to a table that is there, and wait until it is filled.

        The service may take hours for a large table; `progress` is called at each look, at least every five seconds.
        Called again, it goes on waiting. Raises `DefinitionError` if an index of that name has another shape.
        """
        await self.run(add_index(table, name, progress))

    async def describe(self, name: str) -> Description:
        """What the service knows of a table, as its JSON; raises `ResourceNotFound`."""
        return await self.run(DescribeTable(name))

    async def table_names(self) -> AsyncIterator[str]:
        """The names of all tables, in order."""
        names, after = await self.run(ListTables())
        while True:
            for name in names:
                yield name
            if after is None:
                return
            names, after = await self.run(ListTables(after))

    def costs(self, prices: Prices | None = None, *, reset: bool = False) -> CostTable:
        """What the calls of this database have consumed, by entity, index and call site; priced if prices are given.

        With `reset` the sums begin anew. Raises `InvalidValue` unless a `Costs()` is among the observers.
        """
        costs = None if self._observing is None else self._observing.costs
        if costs is None:
            raise InvalidValue("nobody sums the costs of this database: open it with observers=[Costs()]")
        return costs.table(prices, reset=reset)

    def _observed_by(self, observers: Sequence[Observer], key_salt: bytes | None) -> Observing | None:
        if not observers:
            return None
        from .observing import Observing  # programs that observe nothing do not load what that takes

        return Observing(observers, self._clock, self._watch, key_salt, self.connection)

    def explain(
        self,
        subject: Explainable,
        *,
        item_bytes: int | Mapping[type[Entity], int] | None = None,
        items: int | None = None,
        prices: Prices | None = None,
    ) -> Explanation:
        """Tell the path and the cost of a statement, a query, a scan or a batch without making it.

        `item_bytes` is the size of an item, or of those of each entity; `items` is how many a query or scan reads.
        """
        return explain(subject, item_bytes=item_bytes, items=items, prices=prices)
