"""Capacity units of reads and writes (developer guide, "DynamoDB read and write operations")."""

from __future__ import annotations

from dynalayer.protocol.limits import PAGE_BYTES, READ_UNIT_BYTES, WRITE_UNIT_BYTES


def item_read(size: int, *, consistent: bool) -> float:
    """Units of reading one item by its key: one for each 4 KB begun, half when eventually consistent."""
    return _rounded(size, READ_UNIT_BYTES) * (1.0 if consistent else 0.5)


def item_write(size: int) -> float:
    """Units of writing one item: one for each 1 KB begun of the larger of what was there and what is there then."""
    return float(_rounded(size, WRITE_UNIT_BYTES))


def page_reads(items: int, size: int, *, consistent: bool) -> float:
    """Units of a query or scan that reads so many items: their sizes are added up, and rounded up once a page."""
    on_a_page = max(1, -(-PAGE_BYTES // max(1, size)))
    pages, rest = divmod(items, on_a_page)
    units = pages * _rounded(on_a_page * size, READ_UNIT_BYTES)
    if rest or not pages:
        units += _rounded(rest * size, READ_UNIT_BYTES)
    return units * (1.0 if consistent else 0.5)


def _rounded(size: int, unit: int) -> int:
    return max(1, -(-size // unit))
