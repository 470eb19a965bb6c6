"""P18: endpoint, credentials and table for all combinations of variables."""

import itertools
from typing import Any

import pytest
from coagent.datalayer import detect

from dynalayer import Credentials

ABSENT = None
NODE_ENV = [ABSENT, "", "development", "production", "test", "staging", "Development"]
USE_LOCAL = [ABSENT, "", "true", "false", "TRUE", "1"]
KEYS = [(ABSENT, ABSENT), ("id", "secret"), ("id", ABSENT), ("", "")]
REGIONS = [ABSENT, "", "eu-west-1"]
TABLES = [ABSENT, "", "Mine"]


def variables(**values: Any) -> dict[str, str]:
    return {name: value for name, value in values.items() if value is not None}


@pytest.mark.parametrize(("node", "local"), list(itertools.product(NODE_ENV, USE_LOCAL)))
def test_every_combination_means_what_the_rule_table_says(node: str | None, local: str | None) -> None:
    for (key_id, secret), region, table in itertools.product(KEYS, REGIONS, TABLES):
        config = detect(
            variables(
                NODE_ENV=node,
                USE_LOCAL_AWS=local,
                AWS_ACCESS_KEY_ID=key_id,
                AWS_SECRET_ACCESS_KEY=secret,
                AWS_REGION=region,
                DYNAMODB_TABLE_NAME=table,
            )
        )
        is_local = node == "development" and local == "true"
        assert config.environment == ("local" if is_local else "production" if node == "production" else "development")
        assert config.endpoint == ("http://localhost:4566" if is_local else None)
        assert config.region == (region or "us-east-1")
        assert config.table_name == (table or "BayonCoAgent")
        assert config.credentials == (Credentials(key_id or "test", secret or "test") if is_local else None)
        assert config.is_test == (node == "test")


def test_the_secret_of_credentials_is_not_shown() -> None:
    config = detect({"NODE_ENV": "development", "USE_LOCAL_AWS": "true", "AWS_SECRET_ACCESS_KEY": "xyzzy"})
    assert "xyzzy" not in repr(config)
