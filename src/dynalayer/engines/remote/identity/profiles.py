"""What only botocore reads: shared configuration, SSO, processes, roles to assume, instance metadata."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from dynalayer.engines.remote.identity.credentials import Credentials
from dynalayer.engines.remote.identity.sources import SourceAbsent, SourceFailed
from dynalayer.protocol import InvalidValue

INSTALL: Final = "pip install 'dynalayer[aws]'"
_TELLING: Final = frozenset(
    {
        "ClientError",
        "ConfigParseError",
        "ConnectTimeoutError",
        "EndpointConnectionError",
        "InfiniteLoopConfigError",
        "InvalidConfigError",
        "PartialCredentialsError",
        "ProfileNotFound",
        "SSOTokenLoadError",
        "TokenRetrievalError",
        "UnauthorizedSSOTokenError",
        "UnknownCredentialError",
    }
)
"""Errors of botocore whose text is its own: others quote answers and what a process printed, which may be secret."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a profile of the shared configuration says of endpoints."""

    region: str | None = None
    endpoint: str | None = None
    streams: str | None = None
    fips: bool = False
    dualstack: bool = False


def named_profile(profile: str | None, environment: Mapping[str, str]) -> str | None:
    """The profile that was asked for by name."""
    return profile or environment.get("AWS_PROFILE") or environment.get("AWS_DEFAULT_PROFILE") or None


def has_shared_files(environment: Mapping[str, str]) -> bool:
    """Whether this machine has any shared configuration to read."""
    config = environment.get("AWS_CONFIG_FILE") or "~/.aws/config"
    keys = environment.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials"
    return any(os.path.isfile(os.path.expanduser(path)) for path in (config, keys))


def has_botocore() -> bool:
    """Whether botocore is installed; it is not loaded for that."""
    from importlib.util import find_spec

    return find_spec("botocore") is not None


def read_settings(profile: str | None) -> Settings | None:
    """What the profile says of endpoints, None without botocore; raises `InvalidValue` if it cannot be read."""
    try:
        from botocore.configprovider import ConfiguredEndpointProvider  # type: ignore[import-untyped]
    except ImportError:
        return None
    try:
        session = _session(profile)
        scoped, whole = session.get_scoped_config(), session.full_config
        urls = [
            ConfiguredEndpointProvider(whole, scoped, service, environ={}).provide()
            for service in ("dynamodb", "dynamodbstreams")
        ]
    except Exception as error:
        raise InvalidValue(f"the shared configuration cannot be read: {_why(error)}") from None
    flags = [str(scoped.get(name, "")).lower() == "true" for name in ("use_fips_endpoint", "use_dualstack_endpoint")]
    ignored = str(scoped.get("ignore_configured_endpoint_urls", "")).lower() == "true"
    endpoint, streams = (None, None) if ignored else urls
    return Settings(scoped.get("region") or None, endpoint, streams, flags[0], flags[1])


class Profiles:
    """Asks botocore, which has the whole chain; `profile` is the one of the shared configuration to use."""

    name = "shared configuration and instance metadata (by botocore)"

    def __init__(self, profile: str | None = None) -> None:
        self._profile = profile

    def load(self) -> Credentials:
        try:
            session = _session(self._profile)
            # A session of its own for each renewal: botocore's own renewals would add a second schedule to ours.
            found = session.get_credentials()
            if found is None:
                raise SourceAbsent("none found")
            frozen = found.get_frozen_credentials()
        except ImportError:
            if self._profile is not None:
                raise SourceFailed(
                    f"the profile {self._profile!r} is asked for, but botocore is missing; {INSTALL}"
                ) from None
            raise SourceAbsent(f"botocore is not installed; {INSTALL}") from None
        except SourceAbsent:
            raise
        except Exception as error:
            raise SourceFailed(_why(error)) from None
        expiry = getattr(found, "_expiry_time", None)
        return Credentials(
            frozen.access_key, frozen.secret_key, frozen.token or None, expiry.timestamp() if expiry else None
        )


def _session(profile: str | None) -> Any:
    from botocore.session import Session  # type: ignore[import-untyped]

    return Session(profile=profile)


def _why(error: Exception) -> str:
    name = type(error).__name__
    return f"{name}: {error}" if name in _TELLING else name
