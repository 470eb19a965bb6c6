"""Which endpoint is meant: by what was asked for, then by the environment, then by the profile. No I/O."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlsplit

from dynalayer.engines.remote.identity.profiles import Settings
from dynalayer.engines.remote.partitions import is_aws, is_region, partition_of, region_of
from dynalayer.protocol import InvalidValue

ENVIRONMENT_VARIABLES: Final = ("DYNALAYER_ENVIRONMENT", "APP_ENV", "ENVIRONMENT", "NODE_ENV")
"""The first of these that is set tells the environment, unless `RemoteOptions` does."""
_PRODUCTION: Final = ("production", "prod")
_LOCAL_ENDS: Final = (".localhost", ".local", ".localstack.cloud")
_LOCAL_NAMES: Final = ("host.docker.internal", "gateway.docker.internal")
_NO_ACCOUNT_STREAMS: Final = ("me-central-1", "me-south-1")
_SERVER_REGION: Final = "us-east-1"
"""What requests to a server of another kind are signed for, where nobody names a region: most do not look at it."""


@dataclass(frozen=True, slots=True)
class RemoteOptions:
    """How to reach DynamoDB, where it is not for the environment to say.

    `fips`, `dualstack` and `account` (the number of an AWS account) choose among the endpoints of a region; `profile`
    is one of the shared configuration, read by botocore. In an `environment` called "production" or "prod", here or by
    the first of `environment_variables` that is set, endpoints on this machine are refused.
    """

    fips: bool | None = None
    dualstack: bool | None = None
    account: str | None = None
    profile: str | None = None
    environment: str | None = None
    environment_variables: tuple[str, ...] = ENVIRONMENT_VARIABLES


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where calls go: `url`, and `streams` for those of the streams API if that is elsewhere."""

    region: str
    url: str
    streams: str | None
    aws: bool
    local: bool

    @property
    def host(self) -> str:
        """The host's name."""
        return urlsplit(self.url).hostname or ""

    def for_streams(self) -> Endpoints:
        """The same, for calls of the streams API."""
        return replace(self, url=self.streams or self.url, streams=None)


def settle(
    endpoint: str | None, region: str | None, options: RemoteOptions, environment: Mapping[str, str], profile: Settings
) -> Endpoints:
    """Where calls go, for an endpoint and region asked for in code, the environment's variables and a profile.

    Raises `InvalidValue` for what cannot be, or must not: no region, options that exclude each other, an endpoint on
    this machine in production, AWS without TLS.
    """
    url, streams = (endpoint, None) if endpoint is not None else _configured(environment, profile)
    fips = _flag(options.fips, "AWS_USE_FIPS_ENDPOINT", environment, profile.fips)
    dualstack = _flag(options.dualstack, "AWS_USE_DUALSTACK_ENDPOINT", environment, profile.dualstack)
    if url is None:
        found = _region(region, environment, profile)
        hosts = _hosts(found, _account(options, environment, fips=fips), fips=fips, dualstack=dualstack)
        return Endpoints(found, hosts[0], streams or hosts[1], aws=True, local=False)
    # What the environment asks for in general does not fit an endpoint asked for in code; both there cannot be.
    if options.fips or options.dualstack or options.account or (endpoint is None and (fips or dualstack)):
        raise InvalidValue(f"FIPS, dual-stack and account endpoints are AWS's own; leave them out for {_name(url)}")
    if fips and is_aws(_name(url)) and "-fips." not in _name(url) and ".us-gov-" not in _name(url):
        raise InvalidValue(f"FIPS endpoints are asked for (AWS_USE_FIPS_ENDPOINT), and {_name(url)} is none")
    settled = _given(url, streams, region, environment, profile)
    _refuse_local(settled, options, environment)
    return settled


def is_local(host: str) -> bool:
    """Whether a host is this machine or a container beside it: loopback, *.local, or a name without a domain."""
    with suppress(ValueError):
        address = ipaddress.ip_address(host)
        return address.is_loopback or address.is_unspecified
    return "." not in host or host in _LOCAL_NAMES or host.endswith(_LOCAL_ENDS)


def _configured(environment: Mapping[str, str], profile: Settings) -> tuple[str | None, str | None]:
    """The endpoints that configuration names (SDK reference, "Service-specific endpoints")."""
    if _flag(None, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", environment, False):
        return None, None
    general = environment.get("AWS_ENDPOINT_URL")
    return (
        environment.get("AWS_ENDPOINT_URL_DYNAMODB") or general or profile.endpoint or None,
        environment.get("AWS_ENDPOINT_URL_DYNAMODB_STREAMS") or general or profile.streams or None,
    )


def _flag(asked: bool | None, variable: str, environment: Mapping[str, str], fallback: bool) -> bool:
    if asked is not None:
        return asked
    text = environment.get(variable, "").strip().lower()
    if text not in ("", "true", "false"):
        raise InvalidValue(f"{variable} must be true or false")
    return text == "true" if text else fallback


def _region(region: str | None, environment: Mapping[str, str], profile: Settings) -> str:
    found = region or environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or profile.region
    if not found:
        raise InvalidValue(
            "no region: write it in the URL (aws://eu-west-1), or set AWS_REGION, AWS_DEFAULT_REGION, or the region of "
            "a profile (which needs botocore)"
        )
    if not is_region(found):
        raise InvalidValue(f"{found!r} is not the name of a region, such as eu-west-1")
    return found


def _account(options: RemoteOptions, environment: Mapping[str, str], *, fips: bool) -> str | None:
    """The account whose endpoint is meant: by option, or where AWS_ACCOUNT_ID_ENDPOINT_MODE asks for it."""
    mode = environment.get("AWS_ACCOUNT_ID_ENDPOINT_MODE", "").lower()
    if mode not in ("", "preferred", "disabled", "required"):
        raise InvalidValue("AWS_ACCOUNT_ID_ENDPOINT_MODE must be preferred, disabled or required")
    wanted = options.account is not None or mode == "required"
    account = options.account
    if account is None and mode in ("preferred", "required"):
        account = environment.get("AWS_ACCOUNT_ID") or None
    if mode == "required" and account is None:
        raise InvalidValue("AWS_ACCOUNT_ID_ENDPOINT_MODE is required: write ?account=..., or set AWS_ACCOUNT_ID")
    if account is not None and not (account.isascii() and account.isdigit() and len(account) == 12):
        raise InvalidValue("an account is the 12 digits of an AWS account's number")
    if wanted and fips:
        raise InvalidValue("AWS has no FIPS endpoints by account; ask for one of the two")
    return None if fips else account


def _hosts(region: str, account: str | None, *, fips: bool, dualstack: bool) -> tuple[str, str]:
    """The two endpoints of a region (AWS reference, "DynamoDB endpoints and quotas")."""
    partition = partition_of(region)
    suffix = partition.dualstack if dualstack else partition.suffix
    usual = partition.name in ("aws", "aws-cn", "aws-us-gov")
    government = fips and not dualstack and partition.name == "aws-us-gov"
    # In the government's regions the plain hosts are FIPS endpoints already.
    mark = "-fips" if fips and not government else ""
    joint = "-" if dualstack else "."
    own = f"https://dynamodb{mark}.{region}.{suffix}"
    streams = f"https://streams{joint}dynamodb{mark}.{region}.{suffix}"
    if account is None or not usual:
        return own, streams
    if region not in _NO_ACCOUNT_STREAMS:
        streams = f"https://{account}.streams-ddb.{region}.{suffix}"
    return f"https://{account}.ddb.{region}.{suffix}", streams


def _given(
    url: str, streams: str | None, region: str | None, environment: Mapping[str, str], profile: Settings
) -> Endpoints:
    """An endpoint that was named, in code or by configuration."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    aws = is_aws(host)
    if aws and parts.scheme == "http":
        raise InvalidValue(f"{host} is AWS: write https://")
    fallback = None if aws else _SERVER_REGION
    found = region or region_of(host) or environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
    found = _region(found or profile.region or fallback, {}, Settings())
    if aws and streams is None:
        streams = _streams_beside(host, found)
    # All others that speak the API answer for streams on one host with the rest.
    return Endpoints(found, url, None if streams == url else streams, aws, is_local(host))


def _streams_beside(host: str, region: str) -> str | None:
    """The streams endpoint of the same kind as one of AWS's hosts; a private endpoint's is the region's own."""
    first, _, rest = host.partition(".")
    if first in ("dynamodb", "dynamodb-fips"):
        return f"https://streams{'-' if host.endswith(f'.{partition_of(region).dualstack}') else '.'}{host}"
    if rest.startswith("ddb."):
        return f"https://{first}.streams-{rest}"
    return None if "streams" in host else _hosts(region, None, fips=False, dualstack=False)[1]


def _refuse_local(settled: Endpoints, options: RemoteOptions, environment: Mapping[str, str]) -> None:
    name, source = options.environment, "as asked for"
    for variable in () if name is not None else options.environment_variables:
        if environment.get(variable):
            name, source = environment[variable], f"by {variable}"
            break
    if settled.local and name is not None and name.strip().lower() in _PRODUCTION:
        raise InvalidValue(
            f"the environment is production ({source}), and {settled.host} is this machine: name AWS (aws://<region>), "
            "or another environment (?environment=... in the URL)"
        )


def _name(url: str) -> str:
    return urlsplit(url).hostname or "the endpoint"
