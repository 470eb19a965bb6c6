"""Fixtures for all tests."""

pytest_plugins = [
    "pytester",
    "tests.services.chromium",
    "tests.services.dynamodb_local",
    "tests.services.javascript",
    "tests.services.sql",
    "tests.services.terraform",
    "dynalayer.testing.plugin",
]
