"""Writes that take more than one statement or one attempt: transactions, unique values, upgrades, repeats."""
