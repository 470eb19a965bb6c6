"""Flights from New York, asked for by typed entities; what is expected is asked of MariaDB."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.migrate.datasets.conftest import Moved

pytestmark = pytest.mark.xdist_group("mariadb")


def test_every_row_became_an_item_that_agrees(flights: Moved) -> None:
    assert flights.report.is_clean
    assert flights.summary.rejects == 0
    rows = [flights.one(f"SELECT COUNT(*) FROM {table}") for table in ("flights", "airports", "planes", "weather")]
    assert [each.items for each in flights.summary.entities.values()] == rows
    assert flights.report.stored == sum(rows) > 6_000


def test_the_departures_of_a_morning_with_what_is_shown_beside_them(flights: Moved) -> None:
    flight = flights.entities.Flight
    query = flight.key.partition("JFK", "2013-01-01").between("2013-01-01T05", "2013-01-01T09")
    found = [
        (each.carrier, each.flight, each.airline, each.to_airport, each.built, each.temperature, each.status)
        for each in flights.db.query(query)
    ]
    assert found == flights.sql(
        "SELECT f.carrier, f.flight, l.name, COALESCE(d.name, 'not in the list'), CAST(p.year AS INT), w.temp,"
        " CASE WHEN f.dep_delay IS NULL THEN 'cancelled' WHEN f.dep_delay > 15 THEN 'late' ELSE 'on time' END"
        " FROM flights f JOIN airlines l USING (carrier) LEFT JOIN airports d ON d.faa = f.dest"
        " LEFT JOIN planes p USING (tailnum) LEFT JOIN weather w ON w.origin = f.origin AND w.at = f.hour_at"
        " WHERE f.origin = 'JFK' AND f.planned >= '2013-01-01 05:00' AND f.planned < '2013-01-01 09:00'"
        " ORDER BY f.planned, f.carrier, CAST(f.flight AS CHAR)"
    )
    assert len(found) > 40


def test_flights_to_where_the_list_of_airports_does_not_reach(flights: Moved) -> None:
    flight = flights.entities.Flight
    wanted = flights.sql(
        "SELECT origin, day, planned, carrier, flight FROM flights"
        " WHERE dest NOT IN (SELECT faa FROM airports) ORDER BY planned LIMIT 20"
    )
    assert wanted
    for origin, day, planned, carrier, number in wanted:
        found = flights.db.get(flight.key(origin, day.isoformat(), planned.isoformat(), carrier, number))
        assert found.to_airport == "not in the list"


def test_the_flights_of_a_plane_are_in_an_index_without_those_of_no_plane(flights: Moved) -> None:
    flight = flights.entities.Flight
    plane = flights.one(
        "SELECT tailnum FROM flights WHERE tailnum IS NOT NULL GROUP BY 1 ORDER BY COUNT(*) DESC, 1 LIMIT 1"
    )
    found = [(each.planned, each.dest) for each in flights.db.query(flight.by_plane(plane))]
    query = "SELECT planned, dest FROM flights WHERE tailnum = %s ORDER BY planned"
    assert found == [(planned.isoformat(), dest) for planned, dest in flights.sql(query, plane)]
    assert flights.one("SELECT COUNT(*) FROM flights WHERE tailnum IS NULL") > 0


def test_the_worst_delays_of_an_airport_by_an_index_that_only_they_are_in(flights: Moved) -> None:
    flight = flights.entities.Flight
    found = [delay for (delay,) in flights.db.query(flight.late_("EWR").descending().select(flight.dep_delay))]
    query = "SELECT dep_delay FROM flights WHERE origin = 'EWR' AND dep_delay >= 60 ORDER BY 1 DESC"
    assert found == [delay for (delay,) in flights.sql(query)]
    assert found


def test_an_airport_has_the_place_that_was_written_and_what_arrives(flights: Moved) -> None:
    airport = flights.entities.Airport
    for faa, lat, lon, tz, arrivals, farthest in flights.sql(
        "SELECT a.faa, a.lat, a.lon, a.tz, COUNT(f.flight), MAX(f.distance) FROM airports a"
        " LEFT JOIN flights f ON f.dest = a.faa WHERE a.faa IN ('LAX', 'ATL', 'HNL', '04G') GROUP BY a.faa"
    ):
        found = flights.db.get(airport.key(faa))
        assert (found.lat, found.lon) == (Decimal(repr(lat)), Decimal(repr(lon)))
        assert (found.tz, found.arrivals, found.farthest) == (tz, arrivals, farthest)


def test_a_plane_with_the_longest_flights_that_it_flew(flights: Moved) -> None:
    planes = flights.entities.Planes
    for number, year, seats in flights.sql(
        "SELECT p.tailnum, CAST(p.year AS INT), p.seats FROM planes p JOIN flights f USING (tailnum)"
        " GROUP BY 1 HAVING COUNT(*) > 3 ORDER BY 1 LIMIT 10"
    ):
        found = flights.db.get(planes.key(number))
        query = "SELECT distance FROM flights WHERE tailnum = %s ORDER BY distance DESC LIMIT 3"
        assert (found.year, found.seats) == (year, seats)
        assert [each.distance for each in found.flown] == [distance for (distance,) in flights.sql(query, number)]
    (alone,) = flights.sql(
        "SELECT tailnum FROM planes WHERE tailnum NOT IN (SELECT tailnum FROM flights"
        " WHERE tailnum IS NOT NULL) ORDER BY 1 LIMIT 1"
    )
    assert flights.db.get(planes.key(*alone)).flown == []


def test_the_weather_of_some_hours_by_a_sort_key_of_numbers(flights: Moved) -> None:
    weather = flights.entities.Weather
    first = flights.one("SELECT MIN(hours) FROM weather WHERE origin = 'LGA'")
    found = flights.db.query(weather.key.partition("LGA").between(first + 3, first + 9))
    query = (
        "SELECT hours, temp, wind_speed FROM weather WHERE origin = 'LGA' AND hours BETWEEN %s AND %s ORDER BY hours"
    )
    assert [(each.hours, each.temp, each.wind_speed) for each in found] == [
        (hours, temp, Decimal(repr(speed))) for hours, temp, speed in flights.sql(query, first + 3, first + 9)
    ]


def test_only_hours_with_gusts_are_in_the_index_of_gusts(flights: Moved) -> None:
    weather = flights.entities.Weather
    found = [each.wind_gust for each in flights.db.query(weather.gusts("JFK").descending())]
    query = "SELECT wind_gust FROM weather WHERE origin = 'JFK' AND wind_gust IS NOT NULL ORDER BY 1 DESC"
    assert found == [Decimal(repr(gust)) for (gust,) in flights.sql(query)]
    assert 0 < len(found) < flights.one("SELECT COUNT(*) FROM weather WHERE origin = 'JFK'")
