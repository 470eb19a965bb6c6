"""What calls have consumed, summed up exactly by entity, index and call site."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Protocol

from dynalayer.protocol import Consumed

from .events import Called, Counted
from .gathering import gatherer
from .observer import Observer

_NONE: Final = Decimal(0)
_MOST_COUNTED: Final = 4096
_Place = tuple[str, str, str | None, str | None]
_Sums = dict[_Place, tuple[int, Decimal, Decimal]]


class Priced(Protocol):
    """What a unit costs; `dynalayer.Prices` is it."""

    @property
    def currency(self) -> str:
        """In what it is paid."""
        ...

    def cost(self, read_units: Decimal, write_units: Decimal, /) -> Decimal:
        """What these units cost."""
        ...


@dataclass(frozen=True, slots=True)
class CostRow:
    """What the calls of one kind have taken; `money` is None without prices.

    `entity` names all entities of a call that is about several. `calls` counts those that took units of this table or
    index: a write counts at each index that it changes.
    """

    entity: str
    table: str
    index: str | None
    site: str | None
    calls: int
    read_units: Decimal
    write_units: Decimal
    money: Decimal | None = None


@dataclass(frozen=True, slots=True)
class CostTable:
    """What a database's calls have consumed, largest first; printed, a table with a sum."""

    rows: tuple[CostRow, ...]
    prices: Priced | None = None

    @property
    def read_units(self) -> Decimal:
        """The read units of all rows."""
        return sum((row.read_units for row in self.rows), _NONE)

    @property
    def write_units(self) -> Decimal:
        """The write units of all rows."""
        return sum((row.write_units for row in self.rows), _NONE)

    @property
    def money(self) -> Decimal | None:
        """What all rows cost; None without prices."""
        return None if self.prices is None else self.prices.cost(self.read_units, self.write_units)

    def by_entity(self) -> dict[str, CostRow]:
        """The sum of each entity."""
        return self._summed(lambda row: row.entity)

    def by_index(self) -> dict[str, CostRow]:
        """The sum of each table, by its name, and of each of its indexes, as "table / index"."""
        return self._summed(lambda row: row.table if row.index is None else f"{row.table} / {row.index}")

    def by_site(self) -> dict[str, CostRow]:
        """The sum of each call site."""
        return self._summed(lambda row: row.site or "")

    def _summed(self, name: Callable[[CostRow], str]) -> dict[str, CostRow]:
        groups: dict[str, list[CostRow]] = {}
        for row in self.rows:
            groups.setdefault(name(row), []).append(row)
        return {key: self._sum(rows) for key, rows in groups.items()}

    def _sum(self, rows: Sequence[CostRow]) -> CostRow:
        first = rows[0]
        read = sum((row.read_units for row in rows), _NONE)
        write = sum((row.write_units for row in rows), _NONE)
        return CostRow(
            first.entity if len({row.entity for row in rows}) == 1 else "",
            first.table if len({row.table for row in rows}) == 1 else "",
            first.index if len({row.index for row in rows}) == 1 else None,
            first.site if len({row.site for row in rows}) == 1 else None,
            sum(row.calls for row in rows),
            read,
            write,
            None if self.prices is None else self.prices.cost(read, write),
        )

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        money = [] if self.prices is None else [self.prices.currency]
        table = [["entity", "table / index", "call site", "calls", "RCU", "WCU", *money]]
        table += [_cells(row) for row in self.rows]
        total = ["total", "", "", "", _number(self.read_units), _number(self.write_units)]
        table.append([*total, *([] if self.money is None else [_number(self.money)])])
        widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
        for row in table:
            cells = zip(row, widths, strict=True)
            yield "  ".join([c.ljust(w) if n < 3 else c.rjust(w) for n, (c, w) in enumerate(cells)]).rstrip()


class _Counted:
    """How often calls from one line have taken the same; it keeps `consumed`, whose identity is its name."""

    __slots__ = ("calls", "consumed", "entity", "site")

    def __init__(self, entity: str, site: str | None, consumed: tuple[Consumed, ...]) -> None:
        self.entity = entity
        self.site = site
        self.consumed = consumed
        self.calls = 1


class Costs(Observer):
    """Sums up what calls consume, by entity, table, index and call site; `db.costs()` gives it as a table.

    It knows what the service tells: the units of calls that were answered. Those of writes whose condition failed, and
    of attempts without an answer, are not told. Without `sites` the lines that calls come from are not looked for.
    """

    wants_capacity = "INDEXES"
    immediate = False
    counts = True

    def __init__(self, *, sites: bool = True) -> None:
        self.wants_sites = sites
        self._lock = threading.Lock()
        self._sums: _Sums = {}
        self._counts: dict[tuple[str | None, str | None, int], _Counted] = {}

    def ended(self, event: Called) -> None:
        self.gathered((event,))

    def gathered(self, events: Sequence[Called]) -> None:
        counts = self._counts
        with self._lock:
            for event in events:
                consumed = event.consumed
                if not consumed:
                    continue
                # Calls of one kind mostly take the same, told by the same object: counted here, and multiplied later.
                name = (event.entity, event.site, id(consumed))
                counted = counts.get(name)
                if counted is not None:
                    counted.calls += 1
                    continue
                if len(counts) >= _MOST_COUNTED:
                    self._add_up()
                counts[name] = _Counted(event.entity or "", event.site, consumed)

    def counted(self, calls: Sequence[Counted]) -> None:
        with self._lock:
            for kind in calls:
                for consumed, times in kind.alike:
                    self._add(kind.entity or "", kind.site, consumed, times)

    def _add_up(self) -> None:
        for counted in self._counts.values():
            self._add(counted.entity, counted.site, counted.consumed, counted.calls)
        self._counts.clear()

    def _add(self, entity: str, site: str | None, consumed: tuple[Consumed, ...], times: int) -> None:
        for part in consumed:
            place = (entity, part.table, part.index, site)
            calls, read, write = self._sums.get(place, (0, _NONE, _NONE))
            self._sums[place] = (calls + times, read + part.read * times, write + part.write * times)

    def table(self, prices: Priced | None = None, *, reset: bool = False) -> CostTable:
        """The sums up to now, priced if prices are given; with `reset` they begin anew, and no call is lost between."""
        gatherer.drain()
        with self._lock:
            self._add_up()
            sums = self._sums
            if reset:
                self._sums = {}
            else:
                sums = sums.copy()
        rows = [
            CostRow(*place, calls, read, write, None if prices is None else prices.cost(read, write))
            for place, (calls, read, write) in sums.items()
        ]
        return CostTable(tuple(sorted(rows, key=_largest_first)), prices)


def _largest_first(row: CostRow) -> tuple[Decimal, Decimal, str, str, str, str]:
    # A write unit costs about five times what a read unit does.
    money = row.read_units + 5 * row.write_units if row.money is None else row.money
    return -money, -row.write_units, row.entity, row.table, row.index or "", row.site or ""


def _cells(row: CostRow) -> list[str]:
    where = row.table if row.index is None else f"{row.table} / {row.index}"
    cells = [row.entity, where, row.site or "", f"{row.calls:,}", _number(row.read_units), _number(row.write_units)]
    return cells if row.money is None else [*cells, _number(row.money)]


def _number(value: Decimal) -> str:
    return f"{value.normalize():,f}" if value else "0"
