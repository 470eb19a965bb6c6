"""Which endpoint is meant; botocore's own rules say which are right."""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import Any

import pytest
from botocore.endpoint_provider import EndpointProvider  # type: ignore[import-untyped]
from botocore.exceptions import EndpointProviderError  # type: ignore[import-untyped]
from botocore.loaders import Loader  # type: ignore[import-untyped]

from dynalayer.engines.remote.endpoints import Endpoints, RemoteOptions, is_local, settle
from dynalayer.engines.remote.identity.profiles import Settings
from dynalayer.protocol import InvalidValue

REGIONS = [
    "us-east-1",
    "eu-west-1",
    "ap-southeast-7",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "cn-north-1",
    "cn-northwest-1",
    "us-gov-west-1",
    "us-gov-east-1",
    "eusc-de-east-1",
    "us-iso-east-1",
    "us-isob-east-1",
    "eu-isoe-west-1",
    "us-isof-south-1",
]
ACCOUNT = "123456789012"


def settled(
    endpoint: str | None = None,
    region: str | None = None,
    options: RemoteOptions = RemoteOptions(),  # noqa: B008
    profile: Settings = Settings(),  # noqa: B008
    **environment: str,
) -> Endpoints:
    return settle(endpoint, region, options, environment, profile)


@cache
def rules(service: str) -> Any:
    loader = Loader()
    return EndpointProvider(loader.load_service_model(service, "endpoint-rule-set-1"), loader.load_data("partitions"))


def by_botocore(service: str, region: str, *, fips: bool, dualstack: bool, account: str | None) -> str:
    asked: dict[str, Any] = {"Region": region, "UseFIPS": fips, "UseDualStack": dualstack}
    if account is not None:
        asked.update({"AccountId": account, "AccountIdEndpointMode": "preferred"})
    return str(rules(service).resolve_endpoint(**asked).url)


@pytest.mark.parametrize("account", [None, ACCOUNT])
@pytest.mark.parametrize("region", REGIONS)
def test_the_endpoints_of_every_region_are_those_of_botocore(region: str, account: str | None) -> None:
    for fips, dualstack in product((False, True), repeat=2):
        if fips and account is not None:
            continue
        ours = settled(None, region, RemoteOptions(fips=fips, dualstack=dualstack, account=account))
        asked = {"fips": fips, "dualstack": dualstack, "account": account}
        assert ours.url == by_botocore("dynamodb", region, **asked)  # type: ignore[arg-type]
        assert ours.streams == by_botocore("dynamodbstreams", region, **asked)  # type: ignore[arg-type]
        assert ours.aws
        assert not ours.local


@pytest.mark.parametrize("region", REGIONS)
def test_a_url_of_an_endpoint_of_aws_finds_the_streams_beside_it(region: str) -> None:
    for fips, dualstack, account in (
        (False, False, None),
        (False, True, None),
        (True, True, None),
        (False, False, ACCOUNT),
    ):
        meant = settled(None, region, RemoteOptions(fips=fips, dualstack=dualstack, account=account))
        if account is not None and region.startswith("me-"):
            continue
        found = settled(meant.url)
        assert (found.region, found.streams) == (region, meant.streams)
        assert found.for_streams().streams is None


def test_a_private_endpoint_leaves_streams_to_the_region() -> None:
    found = settled("https://vpce-1a2b-3c.dynamodb.eu-west-1.vpce.amazonaws.com")
    assert (found.region, found.streams) == ("eu-west-1", "https://streams.dynamodb.eu-west-1.amazonaws.com")


def test_regions_come_from_code_then_variables_then_the_profile() -> None:
    profile = Settings(region="eu-west-4")
    variables = {"AWS_REGION": "eu-west-2", "AWS_DEFAULT_REGION": "eu-west-3"}
    assert settled(None, "eu-west-1", profile=profile, **variables).region == "eu-west-1"
    assert settled(profile=profile, **variables).region == "eu-west-2"
    assert settled(profile=profile, AWS_DEFAULT_REGION="eu-west-3").region == "eu-west-3"
    assert settled(profile=profile).region == "eu-west-4"


def test_without_a_region_the_error_says_where_to_write_one() -> None:
    with pytest.raises(InvalidValue, match=r"aws://eu-west-1.*AWS_REGION, AWS_DEFAULT_REGION.*profile"):
        settled()


@pytest.mark.parametrize(
    "region", ["eu-west", "Ireland", "eu-west-1.evil.example", "eu-west-1/x", "eu west-1", "local"]
)
def test_what_is_not_a_region_does_not_become_a_host(region: str) -> None:
    with pytest.raises(InvalidValue, match="not the name of a region"):
        settled(None, region)


def test_configured_endpoints_are_used_in_the_documented_order() -> None:
    profile = Settings(endpoint="https://e.example", streams="https://f.example")
    service = {
        "AWS_ENDPOINT_URL_DYNAMODB": "https://a.example",
        "AWS_ENDPOINT_URL_DYNAMODB_STREAMS": "https://b.example",
    }
    general = {"AWS_ENDPOINT_URL": "https://c.example"}
    found = settled(None, "eu-west-1", profile=profile, **service, **general)
    assert (found.url, found.streams) == ("https://a.example", "https://b.example")
    found = settled(None, "eu-west-1", profile=profile, **general)
    assert (found.url, found.streams) == ("https://c.example", None)
    found = settled(None, "eu-west-1", profile=profile)
    assert (found.url, found.streams) == ("https://e.example", "https://f.example")
    found = settled("https://d.example", "eu-west-1", profile=profile, **service, **general)
    assert (found.url, found.streams) == ("https://d.example", None)


def test_configured_endpoints_can_be_ignored() -> None:
    found = settled(None, "eu-west-1", AWS_ENDPOINT_URL="https://c.example", AWS_IGNORE_CONFIGURED_ENDPOINT_URLS="true")
    assert found.url == "https://dynamodb.eu-west-1.amazonaws.com"


def test_kinds_of_endpoints_come_from_code_then_variables_then_the_profile() -> None:
    profile = Settings(fips=True, dualstack=True)
    assert "fips" in settled(None, "eu-west-1", profile=profile).url
    assert "fips" in settled(None, "eu-west-1", AWS_USE_FIPS_ENDPOINT="TRUE").url
    assert "fips" not in settled(None, "eu-west-1", profile=profile, AWS_USE_FIPS_ENDPOINT="false").url
    assert "fips" not in settled(None, "eu-west-1", RemoteOptions(fips=False), AWS_USE_FIPS_ENDPOINT="true").url
    assert "api.aws" in settled(None, "eu-west-1", AWS_USE_DUALSTACK_ENDPOINT="true").url


def test_a_flag_that_is_neither_true_nor_false_is_refused() -> None:
    with pytest.raises(InvalidValue, match="AWS_USE_FIPS_ENDPOINT must be true or false"):
        settled(None, "eu-west-1", AWS_USE_FIPS_ENDPOINT="yes")


def test_accounts_of_the_environment_are_used_where_their_mode_asks_for_it() -> None:
    account = {"AWS_ACCOUNT_ID": ACCOUNT}
    usual = "https://dynamodb.eu-west-1.amazonaws.com"
    assert settled(None, "eu-west-1", **account).url == usual
    own = settled(None, "eu-west-1", AWS_ACCOUNT_ID_ENDPOINT_MODE="preferred", **account)
    assert own.url == f"https://{ACCOUNT}.ddb.eu-west-1.amazonaws.com"
    assert settled(None, "eu-west-1", AWS_ACCOUNT_ID_ENDPOINT_MODE="preferred").url == usual
    with pytest.raises(InvalidValue, match="AWS_ACCOUNT_ID"):
        settled(None, "eu-west-1", AWS_ACCOUNT_ID_ENDPOINT_MODE="required")


def test_options_that_exclude_each_other_are_refused_as_botocore_does() -> None:
    with pytest.raises(EndpointProviderError):
        rules("dynamodb").resolve_endpoint(Region="eu-west-1", UseFIPS=True, Endpoint="https://a.example")
    for options in (RemoteOptions(fips=True), RemoteOptions(dualstack=True), RemoteOptions(account=ACCOUNT)):
        with pytest.raises(InvalidValue, match=r"leave them out for a\.example"):
            settled("https://a.example", "eu-west-1", options)
    with pytest.raises(InvalidValue, match="no FIPS endpoints by account"):
        settled(None, "eu-west-1", RemoteOptions(fips=True, account=ACCOUNT))
    with pytest.raises(InvalidValue, match="12 digits"):
        settled(None, "eu-west-1", RemoteOptions(account="12"))


def test_where_fips_is_the_rule_no_other_endpoint_of_aws_may_be_named() -> None:
    rule = {"AWS_USE_FIPS_ENDPOINT": "true"}
    with pytest.raises(InvalidValue, match=r"dynamodb\.eu-west-1\.amazonaws\.com is none"):
        settled("https://dynamodb.eu-west-1.amazonaws.com", **rule)
    for url in ("https://dynamodb-fips.us-east-1.amazonaws.com", "https://dynamodb.us-gov-west-1.amazonaws.com"):
        assert settled(url, **rule).aws
    assert settled("http://localhost:8000", **rule).local


def test_aws_is_not_spoken_to_without_tls() -> None:
    with pytest.raises(InvalidValue, match="https://"):
        settled("http://dynamodb.eu-west-1.amazonaws.com")


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "127.0.0.1",
        "127.3.2.1",
        "::1",
        "0.0.0.0",
        "dynamodb-local",
        "db.local",
        "a.localhost",
        "host.docker.internal",
    ],
)
def test_this_machine_and_containers_beside_it_are_local(host: str) -> None:
    assert is_local(host)


@pytest.mark.parametrize("host", ["10.0.0.1", "db.example", "dynamodb.eu-west-1.amazonaws.com", "local.example", "::2"])
def test_other_machines_are_not(host: str) -> None:
    assert not is_local(host)


@pytest.mark.parametrize(
    "url", ["http://localhost:8000", "http://dynamodb-local:8000", "https://db.local", "http://[::1]:8000"]
)
def test_local_endpoints_are_refused_in_production(url: str) -> None:
    for environment in (
        {"NODE_ENV": "production"},
        {"APP_ENV": "Prod"},
        {"DYNALAYER_ENVIRONMENT": "production", "NODE_ENV": "development"},
    ):
        with pytest.raises(InvalidValue, match="the environment is production"):
            settled(url, **environment)
    with pytest.raises(InvalidValue, match="the environment is production"):
        settled(None, "eu-west-1", AWS_ENDPOINT_URL=url, NODE_ENV="production")
    with pytest.raises(InvalidValue, match="as asked for"):
        settled(url, None, RemoteOptions(environment="production"))


def test_the_environment_can_be_told_by_other_variables_or_at_all() -> None:
    url = "http://localhost:8000"
    assert settled(url, None, RemoteOptions(environment="kiosk"), NODE_ENV="production").local
    assert settled(url, None, RemoteOptions(environment_variables=()), NODE_ENV="production").local
    assert settled(url, DYNALAYER_ENVIRONMENT="test", NODE_ENV="production").local
    with pytest.raises(InvalidValue, match="by STAGE"):
        settled(url, None, RemoteOptions(environment_variables=("STAGE",)), STAGE="production")


def test_aws_may_be_named_in_every_environment() -> None:
    for name in ("production", "development", "test", ""):
        assert settled(None, "eu-west-1", NODE_ENV=name).aws
