"""An evaluator of contracts that knows nothing of queries: plain loops over rows in memory, each value asked for alone.

It is written against the meaning of the contract's words, not against the code that it judges.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

Row = dict[str, Any]
Rows = dict[str, list[Row]]
Ask = Callable[[Row, Rows], Any]
"""Gives the value of an attribute for a row, None to leave it out."""


def find(rows: list[Row], **equal: Any) -> Row | None:
    """The one row whose columns are these; null equals nothing."""
    found = [row for row in rows if all(v is not None and row[c] == v for c, v in equal.items())]
    assert len(found) <= 1
    return found[0] if found else None


def every(rows: list[Row], **equal: Any) -> list[Row]:
    """All rows whose columns are these, by their id."""
    found = [row for row in rows if all(v is not None and row[c] == v for c, v in equal.items())]
    return sorted(found, key=lambda row: row["id"])


def column(name: str) -> tuple[dict[str, Any], Ask]:
    return {"source_column": name}, lambda row, rows: row[name]


def boss(null_value: str | None) -> tuple[dict[str, Any], Ask]:
    join = {
        "type": "self-join",
        "join_alias": "chief",
        "join_condition": "chief.id = people.boss_id",
        "select_column": "chief.name",
    } | ({} if null_value is None else {"null_value": null_value})

    def ask(row: Row, rows: Rows) -> Any:
        found = find(rows["people"], id=row["boss_id"])
        return null_value if found is None or found["name"] is None else found["name"]

    return {"join": join, "source_column": "name"}, ask


def team(select: str) -> tuple[dict[str, Any], Ask]:
    join = {
        "type": "foreign-key",
        "target_table": "teams",
        "join_condition": "teams.id = people.team_id",
        "select_column": f"teams.{select}",
    }

    def ask(row: Row, rows: Rows) -> Any:
        found = find(rows["teams"], id=row["team_id"])
        return None if found is None else found[select]

    return {"join": join, "source_column": select}, ask


def second_team() -> tuple[dict[str, Any], Ask]:
    """A second foreign key to the same table: the two must not be taken for one."""
    join = {
        "type": "foreign-key",
        "target_table": "teams",
        "join_condition": "teams.id = people.other_team_id",
        "select_column": "teams.name",
    }

    def ask(row: Row, rows: Rows) -> Any:
        found = find(rows["teams"], id=row["other_team_id"])
        return None if found is None else found["name"]

    return {"join": join, "source_column": "name"}, ask


def rate() -> tuple[dict[str, Any], Ask]:
    join = {
        "type": "multi-column",
        "target_table": "rates",
        "join_conditions": ["rates.team_id = people.team_id", "rates.grade = people.grade"],
        "select_column": "rates.label || '/' || rates.grade",
    }

    def ask(row: Row, rows: Rows) -> Any:
        found = find(rows["rates"], team_id=row["team_id"], grade=row["grade"])
        return None if found is None or found["label"] is None else f"{found['label']}/{found['grade']}"

    return {"join": join, "source_column": ["team_id", "grade"]}, ask


def conditional(otherwise: str) -> tuple[dict[str, Any], Ask]:
    join = {
        "type": "conditional",
        "condition": "people.grade > 2",
        "target_table": "teams",
        "join_condition": "teams.id = people.team_id",
        "select_column": "teams.name",
        "else_value": otherwise,
    }

    def ask(row: Row, rows: Rows) -> Any:
        if row["grade"] is not None and row["grade"] > 2:
            found = find(rows["teams"], id=row["team_id"])
            return None if found is None else found["name"]
        return row["name"] if otherwise == "people.name" else otherwise.strip("'")

    return {"join": join, "source_column": "name"}, ask


def chain(separator: str | None) -> tuple[dict[str, Any], Ask]:
    hops = [
        {"target_table": "teams", "join_condition": "teams.id = people.team_id", "select_column": "teams.name"},
        {"target_table": "cities", "join_condition": "cities.id = teams.city_id", "select_column": "cities.name"},
    ]
    join: dict[str, Any] = {"type": "chain", "joins": hops}
    if separator is not None:
        join["chain_separator"] = separator

    def ask(row: Row, rows: Rows) -> Any:
        team_row = find(rows["teams"], id=row["team_id"])
        city = None if team_row is None else find(rows["cities"], id=team_row["city_id"])
        last = None if city is None else city["name"]
        if separator is None:
            return last
        found = [each for each in (None if team_row is None else team_row["name"], last) if each is not None]
        return separator.join(found) if found else None

    return {"join": join, "source_column": "name"}, ask


def badges(limit: int | None, direction: str) -> tuple[dict[str, Any], Ask]:
    construction: dict[str, Any] = {
        "type": "array",
        "select_columns": {"label": "badges.label", "points": "badges.points", "of": "people.id"},
        "order_by": f"badges.points {direction}",
    }
    if limit is not None:
        construction["limit"] = limit
    join = {
        "type": "json-construction",
        "target_table": "badges",
        "join_condition": "badges.person_id = people.id",
        "construction": construction,
    }

    def ask(row: Row, rows: Rows) -> Any:
        found = every(rows["badges"], person_id=row["id"])
        found.sort(key=lambda badge: badge["points"], reverse=direction == "DESC")
        return [
            {k: v for k, v in (("label", b["label"]), ("points", b["points"]), ("of", row["id"])) if v is not None}
            for b in found[:limit]
        ]

    return {"join": join, "type": "L"}, ask


def team_object() -> tuple[dict[str, Any], Ask]:
    join = {
        "type": "json-construction",
        "target_table": "teams",
        "join_condition": "teams.id = people.team_id",
        "construction": {"type": "object", "select_columns": {"name": "teams.name", "city": "teams.city_id"}},
    }

    def ask(row: Row, rows: Rows) -> Any:
        found = find(rows["teams"], id=row["team_id"])
        if found is None:
            return None
        return {k: v for k, v in (("name", found["name"]), ("city", found["city_id"])) if v is not None}

    return {"join": join, "type": "M"}, ask


def total(operation: str) -> tuple[dict[str, Any], Ask]:
    calculation = {
        "type": "aggregate",
        "target_table": "badges",
        "join_condition": "badges.person_id = people.id",
        "operation": operation,
        "select_column": "badges.points" if operation != "SUM" else "badges.points * 2",
    }

    def ask(row: Row, rows: Rows) -> Any:
        points = [badge["points"] for badge in every(rows["badges"], person_id=row["id"])]
        if operation == "COUNT":
            return len(points)
        if not points:
            return None
        return {"SUM": sum(points) * 2, "MIN": min(points), "MAX": max(points)}[operation]

    return {"calculation": calculation, "type": "N"}, ask


def reports() -> tuple[dict[str, Any], Ask]:
    """How many rows of the same table point at this one."""
    calculation = {
        "type": "aggregate",
        "target_table": "people",
        "join_condition": "people.boss_id = people.id",
        "operation": "COUNT",
    }
    return {"calculation": calculation, "type": "N"}, lambda row, rows: len(every(rows["people"], boss_id=row["id"]))


def case(otherwise: str | None) -> tuple[dict[str, Any], Ask]:
    calculation: dict[str, Any] = {
        "type": "case",
        "cases": [{"when": "people.grade > 3", "then": "'high'"}, {"when": "people.grade > 1", "then": "people.name"}],
    }
    if otherwise is not None:
        calculation["else"] = otherwise

    def ask(row: Row, rows: Rows) -> Any:
        grade = row["grade"]
        if grade is not None and grade > 3:
            return "high"
        if grade is not None and grade > 1:
            return row["name"]
        return None if otherwise is None else otherwise.strip("'")

    return {"calculation": calculation}, ask


def concat(separator: str) -> tuple[dict[str, Any], Ask]:
    calculation = {"type": "concat", "parts": ["people.name", "'at'", "people.grade"], "separator": separator}

    def ask(row: Row, rows: Rows) -> Any:
        parts = (row["name"], "at", row["grade"])
        return None if None in parts else separator.join(map(str, parts))

    return {"calculation": calculation}, ask


def later(days: int) -> tuple[dict[str, Any], Ask]:
    calculation = {"type": "date-math", "expr": "people.born", "unit": "day", "amount": days}

    def ask(row: Row, rows: Rows) -> Any:
        if row["born"] is None:
            return None
        moved = date.fromisoformat(row["born"]) + timedelta(days=days)
        return f"{moved.isoformat()}T00:00:00"

    return {"calculation": calculation}, ask


def month() -> tuple[dict[str, Any], Ask]:
    return (
        {"source_column": "born", "transformation": {"type": "date-format", "format": "YYYY-MM"}},
        lambda row, rows: None if row["born"] is None else row["born"][:7],
    )


def template() -> tuple[dict[str, Any], Ask]:
    return (
        {"transformation": {"type": "template", "template": "P#{id}/{grade}"}},
        lambda row, rows: None if row["grade"] is None else f"P#{row['id']}/{row['grade']}",
    )


def padded() -> tuple[dict[str, Any], Ask]:
    return (
        {"source_column": "id", "transformation": {"type": "number-format", "format": "08d"}},
        lambda row, rows: f"{row['id']:08d}",
    )


def money() -> tuple[dict[str, Any], Ask]:
    return {"source_column": "pay", "type": "N"}, lambda row, rows: None if row["pay"] is None else Decimal(row["pay"])
