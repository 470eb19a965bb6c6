"""Fixtures for all tests."""

pytest_plugins = ["tests.services.dynamodb_local", "tests.services.javascript", "tests.services.served"]
