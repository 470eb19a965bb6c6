"""What there may be many of: a list, one of them, a new one, a change, an end; the same for each kind."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar
from urllib.parse import quote

from msgspec import Struct
from starlette.responses import Response

from coagent.api.calls import Api, Call, answer, nothing
from coagent.api.once import once
from coagent.api.problems import Problem, not_found
from coagent.api.shapes import given, part_of, shown, to_json
from coagent.workspace import Listing
from dynalayer import InvalidValue

T = TypeVar("T")
Changes = dict[str, Any]

MOST_READS: Final = 10
"""How often a filtered list is read on for one page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """One kind: its path, its shapes, and the operations of the workspace that it has; those left out are refused.

    `new` is given the id to make it under, None for any. `entry` is what a list tells of one, if that is less than all;
    `end` gives what is told of a deletion, None for nothing.
    """

    path: str
    shape: type[Struct]
    listing: Callable[[Call], Listing[Any]]
    one: Callable[[Call, str], Awaitable[Any]]
    entry: Callable[[Any], dict[str, Any]] | None = None
    fields: type[Struct] | None = None
    new: Callable[[Call, Any, str | None], Awaitable[Any]] | None = None
    change: Callable[[Call, Changes], Awaitable[Any]] | None = None
    end: Callable[[Call], Awaitable[object]] | None = None

    def add_to(self, api: Api) -> None:
        """Make the routes."""
        part = None if self.fields is None else part_of(self.fields)

        async def page(call: Call) -> Response:
            items, cursor = await on_page(call, self.listing(call).page)
            entry = self.entry or (lambda item: shown(self.shape, item))
            return answer({"items": [entry(item) for item in items], "cursor": cursor})

        async def create(call: Call) -> Response:
            assert self.fields is not None
            fields = await call.body(self.fields)
            made = await once(api.database, call, to_json(fields), lambda own_id: self._made(call, fields, own_id))
            where = {"location": f"/api/{self.path}/{quote(made, safe='')}"}
            return answer(shown(self.shape, await self.one(call, made)), 201, where)

        async def read(call: Call) -> Response:
            return answer(shown(self.shape, await self.one(call, call.id)))

        async def update(call: Call) -> Response:
            assert self.change is not None
            assert part is not None
            changes = given(await call.body(part))
            with call.telling(self.shape):
                return answer(shown(self.shape, await self.change(call, changes)))

        async def delete(call: Call) -> Response:
            assert self.end is not None
            with call.telling(self.shape):
                told = await self.end(call)
            return nothing() if told is None else answer(told)

        api.add(f"/{self.path}", GET=page, **({} if self.new is None else {"POST": create}))
        api.add(
            f"/{self.path}/{{id:path}}",
            GET=read,
            **({} if self.change is None else {"PATCH": update}),
            **({} if self.end is None else {"DELETE": delete}),
        )

    async def _made(self, call: Call, fields: Struct, own_id: str | None) -> str:
        assert self.new is not None
        made = await self.new(call, fields, own_id)
        return str(made.id)


class PageLike(Protocol):
    """Some items, and how to go on."""

    @property
    def items(self) -> list[Any]:
        """The items."""
        ...

    @property
    def cursor(self) -> str | None:
        """Goes on after them."""
        ...


async def on_page(call: Call, page: Callable[[int, str | None], Awaitable[PageLike]]) -> tuple[list[Any], str | None]:
    """The page that is asked for, and the cursor to go on: full, if a filter leaves enough within a few reads.

    Raises `Problem` 400 for a cursor that is not of this list and this user.
    """
    size, cursor = call.paging
    items: list[Any] = []
    for _ in range(MOST_READS):
        try:
            found = await page(size - len(items), cursor)
        except InvalidValue:
            if cursor is None:
                raise
            words = "This cursor does not belong to this list; begin at the first page."
            raise Problem(400, "bad-cursor", words) from None
        items += found.items
        cursor = found.cursor
        if cursor is None or len(items) >= size:
            break
    return items, cursor


async def there(what: str, reading: Awaitable[T | None]) -> T:
    """What is read; raises `Problem` 404 if there is none."""
    found = await reading
    if found is None:
        raise not_found(what)
    return found
