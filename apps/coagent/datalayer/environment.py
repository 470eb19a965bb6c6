"""Which DynamoDB the environment means: its endpoint, region, credentials and table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from dynalayer import Credentials

Environment = Literal["local", "development", "production"]

LOCAL_ENDPOINT: Final = "http://localhost:4566"
DEFAULT_REGION: Final = "us-east-1"
DEFAULT_TABLE: Final = "BayonCoAgent"


@dataclass(frozen=True, slots=True)
class Config:
    """Where the data is: `endpoint` is None for AWS's own, `credentials` for AWS's chain.

    `is_test` says that a test runner set the environment: then nothing of AWS may be opened by accident.
    """

    environment: Environment
    region: str
    table_name: str
    endpoint: str | None
    credentials: Credentials | None
    is_test: bool


def detect(variables: Mapping[str, str]) -> Config:
    """What these variables mean, by the rules of the first data layer.

    NODE_ENV `development` with USE_LOCAL_AWS exactly `true` is local: an emulator on port 4566, with the variables'
    credentials or `test`. `production` is production whatever else is set; all the rest is development, on AWS. The
    region is AWS_REGION or us-east-1, the table DYNAMODB_TABLE_NAME or `BayonCoAgent`: it does not follow from the
    environment, because a name that nobody wrote down would be a table that nobody made.
    """
    environment = _environment(variables.get("NODE_ENV", ""), variables.get("USE_LOCAL_AWS", ""))
    is_local = environment == "local"
    return Config(
        environment,
        variables.get("AWS_REGION") or DEFAULT_REGION,
        variables.get("DYNAMODB_TABLE_NAME") or DEFAULT_TABLE,
        LOCAL_ENDPOINT if is_local else None,
        _local_credentials(variables) if is_local else None,
        variables.get("NODE_ENV") == "test",
    )


def _environment(node: str, use_local: str) -> Environment:
    if node == "production":
        return "production"
    return "local" if node == "development" and use_local == "true" else "development"


def _local_credentials(variables: Mapping[str, str]) -> Credentials:
    return Credentials(
        variables.get("AWS_ACCESS_KEY_ID") or "test",
        variables.get("AWS_SECRET_ACCESS_KEY") or "test",
        variables.get("AWS_SESSION_TOKEN") or None,
    )
