"""The access patterns of a program, held to by its tests."""

from __future__ import annotations

from types import ModuleType

from dynalayer.access import MAX_WASTE, ON_DEMAND, Prices, Report, Undeclared, check, undeclared


def assert_access_patterns(
    *modules: ModuleType | str, prices: Prices = ON_DEMAND, max_waste: float = MAX_WASTE
) -> Report:
    """Check the access patterns that modules declare; raises `AssertionError` with the report if anything is wrong.

    The same as `dynalayer check`; hints do not count. Raises `CannotCheck` for modules that cannot be imported, and if
    none has an access pattern.
    """
    report = check(*modules, prices=prices, max_waste=max_waste)
    if not report.ok:
        raise AssertionError(f"the access patterns have findings\n{report}")
    return report


__all__ = ["Undeclared", "assert_access_patterns", "undeclared"]
