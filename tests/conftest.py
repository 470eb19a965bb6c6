"""Fixtures for all tests."""

pytest_plugins = ["pytester", "tests.services.dynamodb_local", "tests.services.javascript", "dynalayer.testing.plugin"]
