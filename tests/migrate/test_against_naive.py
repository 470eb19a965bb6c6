"""Random rows and contracts: what the queries and the maker give is what plain loops give."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dynalayer.migrate import read_contract
from dynalayer.migrate.contract import Findings
from dynalayer.migrate.items import Maker
from dynalayer.migrate.queries import compile_contract
from dynalayer.migrate.reading import Reader
from dynalayer.migrate.source import parse_source
from dynalayer.protocol import to_plain
from tests.migrate import naive

LAYOUT = """
CREATE TABLE cities (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE teams (id INTEGER PRIMARY KEY, name TEXT, city_id INTEGER REFERENCES cities (id));
CREATE TABLE rates (team_id INTEGER NOT NULL, grade INTEGER NOT NULL, label TEXT, PRIMARY KEY (team_id, grade));
CREATE TABLE people (
  id INTEGER PRIMARY KEY, name TEXT, grade INTEGER, boss_id INTEGER REFERENCES people (id), team_id INTEGER,
  other_team_id INTEGER, born DATE, pay DECIMAL(10, 2)
);
CREATE TABLE badges (id INTEGER PRIMARY KEY, person_id INTEGER, label TEXT, points INTEGER NOT NULL);
"""

ids = st.integers(1, 6)
maybe_id = st.one_of(st.none(), ids)
texts = st.one_of(st.none(), st.text(alphabet="abß'\"%{}#", max_size=4))


def table(**columns: st.SearchStrategy[Any]) -> st.SearchStrategy[list[naive.Row]]:
    row = st.fixed_dictionaries({"id": ids} | columns)
    return st.lists(row, max_size=6, unique_by=lambda each: each["id"])


databases = st.fixed_dictionaries(
    {
        "cities": table(name=texts),
        "teams": table(name=texts, city_id=maybe_id),
        "rates": st.lists(
            st.fixed_dictionaries({"team_id": ids, "grade": st.integers(0, 5), "label": texts}),
            max_size=6,
            unique_by=lambda each: (each["team_id"], each["grade"]),
        ),
        "people": table(
            name=texts,
            grade=st.one_of(st.none(), st.integers(0, 5)),
            boss_id=maybe_id,
            team_id=maybe_id,
            other_team_id=maybe_id,
            born=st.one_of(st.none(), st.dates().map(str)),
            pay=st.one_of(st.none(), st.decimals(0, 99_999, places=2).map(str)),
        ),
        "badges": table(person_id=ids, label=texts, points=st.integers(-5, 5)),
    }
)

attributes = st.one_of(
    st.sampled_from(["name", "grade", "team_id"]).map(naive.column),
    st.sampled_from([None, "NOBODY", ""]).map(naive.boss),
    st.sampled_from(["name", "city_id"]).map(naive.team),
    st.just(naive.second_team()),
    st.just(naive.rate()),
    st.sampled_from(["Anonymous", "people.name", "'people.name'"]).map(naive.conditional),
    st.sampled_from([None, " < ", "%"]).map(naive.chain),
    st.tuples(st.sampled_from([None, 1, 3]), st.sampled_from(["ASC", "DESC"])).map(lambda a: naive.badges(*a)),
    st.just(naive.team_object()),
    st.sampled_from(["SUM", "COUNT", "MIN", "MAX"]).map(naive.total),
    st.just(naive.reports()),
    st.sampled_from([None, "'low'"]).map(naive.case),
    st.sampled_from(["", "-"]).map(naive.concat),
    st.integers(-40, 40).map(naive.later),
    st.just(naive.month()),
    st.just(naive.template()),
    st.just(naive.padded()),
    st.just(naive.money()),
)


def fill(path: Path, rows: naive.Rows) -> None:
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(LAYOUT)
        for name, each in rows.items():
            for row in each:
                marks = ", ".join("?" * len(row))
                connection.execute(f"INSERT INTO {name} ({', '.join(row)}) VALUES ({marks})", list(row.values()))
        connection.commit()


def contract_of(chosen: list[tuple[dict[str, Any], naive.Ask]]) -> dict[str, Any]:
    made = [{"name": "PK", "type": "N", "source_column": "id"}]
    made += [{"name": f"a{number}", "type": "S"} | document for number, (document, _) in enumerate(chosen)]
    for attribute in made:
        if attribute.get("source_column") in ("grade", "team_id", "city_id") and "join" not in attribute:
            attribute["type"] = "N"
    people = {"table": "People", "type": "single-entity", "source_table": "people", "pk": "PK", "attributes": made}
    return {"tables": [people]}


def as_text(value: Any) -> Any:
    """What a value is as an attribute of type S."""
    return value if value is None or isinstance(value, str) else str(value)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=databases, chosen=st.lists(attributes, min_size=1, max_size=6), page=st.integers(1, 4))
def test_items_are_what_plain_loops_make_of_the_rows(
    tmp_path: Path, rows: naive.Rows, chosen: list[tuple[dict[str, Any], naive.Ask]], page: int
) -> None:
    path = tmp_path / "people.db"
    fill(path, rows)
    source, findings = parse_source(f"sqlite:{path}"), Findings()
    document = contract_of(chosen)
    (plan,) = compile_contract(read_contract(document)[0], source.schema(), findings)
    assert not findings.errors
    maker = Maker(plan)
    with closing(Reader(source)) as reader, reader.snapshot():
        items = [maker.make(row) for each in reader.pages(plan, rows=page) for row in each.rows]
    assert [int(item["PK"]["N"]) for item in items] == sorted(row["id"] for row in rows["people"])
    for item, row in zip(items, sorted(rows["people"], key=lambda each: each["id"]), strict=True):
        for number, (_, ask) in enumerate(chosen):
            found = item.get(f"a{number}")
            wanted = ask(row, rows)
            kind = document["tables"][0]["attributes"][number + 1]["type"]
            assert plain(found) == (as_text(wanted) if kind == "S" else wanted), chosen[number][0]


def plain(value: Any) -> Any:
    return None if value is None else to_plain(value)


def test_the_evaluator_finds_a_wrong_answer() -> None:
    rows: naive.Rows = {"people": [{"id": 1, "boss_id": 1, "name": "a", "pay": "1.10"}], "badges": []}
    _, ask = naive.boss("NOBODY")
    assert ask(rows["people"][0], rows) == "a"
    assert naive.money()[1](rows["people"][0], rows) == Decimal("1.1")
    with pytest.raises(AssertionError):
        naive.find([{"id": 1}, {"id": 1}], id=1)
