"""A small library in SQLite: authors and their books, as many as a test wants."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from dynalayer.migrate import read_contract
from dynalayer.migrate.contract import Findings
from dynalayer.migrate.queries import EntityPlan, compile_contract
from dynalayer.migrate.source import Source, parse_source

LAYOUT = """
CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE books (
  author_id INTEGER NOT NULL REFERENCES authors (id), number INTEGER NOT NULL, title TEXT, price DECIMAL(10, 2),
  PRIMARY KEY (author_id, number)
);
"""

CONTRACT: dict[str, Any] = {
    "tables": [
        {
            "table": "Library",
            "type": "multi-entity",
            "pk": "PK",
            "sk": "SK",
            "gsis": [{"index_name": "by-title", "pk": "title", "projection": "KEYS_ONLY"}],
            "entities": [
                {
                    "entity_type": "AUTHOR",
                    "source_table": "authors",
                    "pk_template": "AUTHOR#{id}",
                    "sk_template": "#META",
                    "attributes": [
                        {"name": "id", "type": "N", "source_column": "id"},
                        {"name": "name", "type": "S", "source_column": "name"},
                        {
                            "name": "books",
                            "type": "N",
                            "calculation": {
                                "type": "aggregate",
                                "target_table": "books",
                                "operation": "COUNT",
                                "join_condition": "books.author_id = authors.id",
                            },
                        },
                    ],
                },
                {
                    "entity_type": "BOOK",
                    "source_table": "books",
                    "pk_template": "AUTHOR#{author_id}",
                    "sk_template": "BOOK#{number}",
                    "attributes": [
                        {"name": "author_id", "type": "N", "source_column": "author_id"},
                        {"name": "number", "type": "N", "source_column": "number"},
                        {"name": "title", "type": "S", "source_column": "title"},
                        {"name": "price", "type": "N", "source_column": "price"},
                    ],
                },
            ],
            "satisfies": ["author with books"],
            "estimated_item_size_bytes": 200,
        }
    ]
}


def library(path: Path, authors: int, books: int) -> Source:
    """A library in a file: each author has so many books; every seventh has no title, every fifth no price."""
    with sqlite3.connect(path) as connection:
        connection.executescript(LAYOUT)
        connection.executemany("INSERT INTO authors VALUES (?, ?)", [(n, f"Author {n}") for n in range(authors)])
        connection.executemany(
            "INSERT INTO books VALUES (?, ?, ?, ?)",
            [
                (a, b, None if (a + b) % 7 == 0 else f"Title {a}.{b}", None if b % 5 == 0 else f"{b}.90")
                for a in range(authors)
                for b in range(books)
            ],
        )
    connection.close()
    return parse_source(f"sqlite:{path}")


def plans_of(source: Source, document: dict[str, Any] = CONTRACT) -> tuple[EntityPlan, ...]:
    """The plans of a contract that fits."""
    findings = Findings()
    plans = compile_contract(read_contract(document)[0], source.schema(), findings)
    assert not findings.errors
    return plans
