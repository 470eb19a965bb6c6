"""Who signs the calls to an endpoint: the chain of sources, and the refusal of keys that cannot be meant."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from dynalayer.engines.remote.endpoints import Endpoints, RemoteOptions, settle
from dynalayer.engines.remote.identity.credentials import Credentials, Fixed, NoCredentials, Provider
from dynalayer.engines.remote.identity.profiles import (
    INSTALL,
    Profiles,
    Settings,
    has_botocore,
    has_shared_files,
    named_profile,
    read_settings,
)
from dynalayer.engines.remote.identity.sources import Environment, Source, SourceAbsent, SourceFailed, chain
from dynalayer.engines.remote.partitions import partition_of
from dynalayer.protocol import InvalidValue

_MADE_UP: Final = Credentials("dynalayer", "dynalayer")
_KEY_ID: Final = re.compile(r"\w{16,128}")
"""IAM reference, AccessKey: shorter ones exist only in examples and for local servers."""
_EXAMPLES: Final = ("AKIAIOSFODNN7EXAMPLE", "AKIAI44QH8DHBEXAMPLE")


def endpoints_for(endpoint: str | Endpoints | None, region: str | None, options: RemoteOptions) -> Endpoints:
    """Where calls go, by what was asked for, this process's environment and the profile in use; see `settle`."""
    if isinstance(endpoint, Endpoints):
        return endpoint
    settings = settings_for(options, os.environ) if endpoint is None else Settings()
    return settle(endpoint, region, options, os.environ, settings)


def provider_for(
    credentials: Credentials | Provider | None,
    endpoints: Endpoints,
    options: RemoteOptions,
    environment: Mapping[str, str],
) -> Provider:
    """Who provides the credentials for calls to those endpoints.

    Those given, else the chain's. On this machine only the environment is asked, and a made-up pair does where it has
    none. Raises `InvalidValue` for a made-up pair that would be sent to AWS.
    """
    if isinstance(credentials, Credentials):
        return Fixed(_sound(credentials, endpoints, "given"))
    if credentials is not None:
        return credentials
    if endpoints.local:
        return Fixed(_local(environment))
    sources = sources_for(endpoints.region, options.profile, environment)
    if isinstance(sources[0], Environment):
        # Where they are missing or half there, the chain tells of it when the first call needs them.
        with suppress(SourceAbsent, SourceFailed):
            _sound(sources[0].load(), endpoints, "of the environment (AWS_ACCESS_KEY_ID)")
    from dynalayer.engines.remote.identity.renewal import Renewing

    load = chain(sources, endpoints.host)
    return Renewing(lambda: _sound(load(), endpoints, "found"))


def sources_for(region: str, profile: str | None, environment: Mapping[str, str]) -> list[Source]:
    """Where to look, in this order (as boto3 does; see the guide).

    A profile asked for in code is meant alone. One that AWS_PROFILE names, and shared files that are there, come before
    the container, all others after it.
    """
    # Programs on local endpoints need none of these.
    from dynalayer.engines.remote.identity.container import Container
    from dynalayer.engines.remote.identity.web_identity import WebIdentity

    if profile is not None:
        return [Profiles(profile)]
    first: list[Source] = [Environment(environment), WebIdentity(environment, sts_endpoint(region, environment))]
    named = named_profile(None, environment)
    if named is not None or (has_shared_files(environment) and has_botocore()):
        return [*first, Profiles(named)]
    return [*first, Container(environment), Profiles()]


def sts_endpoint(region: str, environment: Mapping[str, str]) -> str:
    """The region's STS, or the one that AWS_ENDPOINT_URL_STS names."""
    configured = environment.get("AWS_ENDPOINT_URL_STS") or environment.get("AWS_ENDPOINT_URL")
    if configured and environment.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() != "true":
        return configured.rstrip("/")
    return f"https://sts.{region}.{partition_of(region).suffix}"


def settings_for(options: RemoteOptions, environment: Mapping[str, str]) -> Settings:
    """What the profile in use says of endpoints; raises `InvalidValue` if one is asked for that cannot be read."""
    named = named_profile(options.profile, environment)
    if named is None and not has_shared_files(environment):
        return Settings()
    found = read_settings(options.profile)
    if found is None and named is not None:
        raise InvalidValue(f"the profile {named!r} is asked for, but botocore is missing; {INSTALL}")
    return found or Settings()


def _local(environment: Mapping[str, str]) -> Credentials:
    try:
        return Environment(environment).load()
    except SourceAbsent:
        return _MADE_UP
    except SourceFailed as reason:
        raise NoCredentials(f"no credentials in the environment: {reason}") from None


def _sound(credentials: Credentials, endpoints: Endpoints, origin: str) -> Credentials:
    if endpoints.aws and (credentials.key_id in _EXAMPLES or not _KEY_ID.fullmatch(credentials.key_id)):
        raise InvalidValue(
            f"the access key {origin} is a made-up one (an access key of AWS has 16 characters or more), and "
            f"{endpoints.host} is AWS: take it away or give a real one, or name the local endpoint (http://<host>:<port>)"
        )
    return credentials
