"""What a function finds in its environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from live_translation.settings import BadSetting, Settings


@dataclass(frozen=True, slots=True)
class Environment:
    """Where the function's tables, sockets and other functions are, and the service's limits."""

    database_url: str
    api_gateway_endpoint: str
    region: str
    welcome_function: str
    settings: Settings

    @classmethod
    def read(cls, variables: Mapping[str, str] = os.environ) -> Self:
        """Read the variables of `docs` and settings; raises `BadSetting` for those that make no sense.

        `API_GATEWAY_ENDPOINT` is the address of the API's stage (https or wss), `WELCOME_FUNCTION_NAME` the function
        that `connect` hands its first message to, `DATABASE_URL` anything but DynamoDB in `REGION`.
        """
        settings = Settings.from_environment(variables)
        endpoint = variables.get("API_GATEWAY_ENDPOINT", "").strip().rstrip("/")
        if not endpoint:
            raise BadSetting("API_GATEWAY_ENDPOINT must be the address of the API's stage")
        return cls(
            database_url=variables.get("DATABASE_URL", "").strip() or f"aws://{settings.region}",
            # The management API is had at the same address as the sockets.
            api_gateway_endpoint=endpoint.replace("wss://", "https://", 1),
            region=settings.region,
            welcome_function=variables.get("WELCOME_FUNCTION_NAME", "").strip(),
            settings=settings,
        )
