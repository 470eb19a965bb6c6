"""The tables and entities whose streams are followed in the tests."""

from __future__ import annotations

from typing import Any

from dynalayer import Attr, Entity, Inserted, Modified, Removed, StreamRecord, Table, attr, primary

journal = Table("journal", pk="PK", sk="SK", ttl="gone", stream="NEW_AND_OLD_IMAGES")
silent = Table("silent", pk="PK")


class Note(Entity, table=journal):
    book: Attr[str] = attr()
    page: Attr[int] = attr()
    text: Attr[str] = attr(default="-")
    tags: Attr[set[str]] = attr(factory=set)
    gone: Attr[int | None] = attr(default=None)
    key = primary(book, page, pk="BOOK#{book}", sk="PAGE#{page}")


class Book(Entity, table=journal):
    name: Attr[str] = attr()
    title: Attr[str | None] = attr(default=None)
    key = primary(name, pk="BOOK#{name}", sk="ABOUT")


class Word(Entity, table=silent):
    text: Attr[str] = attr()
    key = primary(text, pk="WORD#{text}")


def told(change: StreamRecord[Any]) -> str:
    """A change in a few letters: `+ada/1`, `~ada/1`, `-ada/1`."""
    match change:
        case Inserted(new=Note() as note):
            return f"+{note.book}/{note.page}"
        case Modified(new=Note() as note):
            return f"~{note.book}/{note.page}"
        case Removed(old=Note() as note):
            return f"-{note.book}/{note.page}"
        case Inserted(new=Book() as book):
            return f"+{book.name}"
        case _:
            return "?"
