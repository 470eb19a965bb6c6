"""Who signs the calls to an endpoint, and what happens when the service refuses them as expired."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dynalayer.engines.remote import Credentials, RemoteConnection
from dynalayer.engines.remote.endpoints import RemoteOptions, settle
from dynalayer.engines.remote.identity.credentials import Fixed
from dynalayer.engines.remote.identity.identity import provider_for, settings_for, sources_for, sts_endpoint
from dynalayer.engines.remote.identity.profiles import Settings
from dynalayer.engines.remote.identity.renewal import Renewing
from dynalayer.protocol import AccessDenied, InvalidValue

from .peer import FINE, Caller, Peer, message, sends

REAL = Credentials("AKIA0123456789ABCDEF", "secret")
LOCAL = settle("http://localhost:8000", None, RemoteOptions(), {}, Settings())
AWS = settle(None, "eu-west-1", RemoteOptions(), {}, Settings())
EXPIRED = message(b'{"__type":"x#ExpiredTokenException","message":"expired"}', b"400 Bad Request")
NO_FILES = {"AWS_CONFIG_FILE": "/nowhere/a", "AWS_SHARED_CREDENTIALS_FILE": "/nowhere/b"}


def names(environment: dict[str, str], profile: str | None = None) -> list[str]:
    return [source.name.partition(" (")[0] for source in sources_for("eu-west-1", profile, environment)]


def test_local_endpoints_ask_only_the_environment_and_make_a_pair_up() -> None:
    pair = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    assert provider_for(None, LOCAL, RemoteOptions(), pair).current() == Credentials("test", "test")
    assert provider_for(None, LOCAL, RemoteOptions(), {}).current().key_id == "dynalayer"
    with pytest.raises(AccessDenied, match="AWS_SECRET_ACCESS_KEY is not set"):
        provider_for(None, LOCAL, RemoteOptions(), {"AWS_ACCESS_KEY_ID": "test"})


@pytest.mark.parametrize("key_id", ["dummy", "test", "dynalayer", "AKIAIOSFODNN7EXAMPLE", "short", ""])
def test_made_up_keys_are_not_sent_to_aws(key_id: str) -> None:
    with pytest.raises(InvalidValue, match="made-up one"):
        provider_for(Credentials(key_id, "x"), AWS, RemoteOptions(), {})
    if key_id:
        with pytest.raises(InvalidValue, match="AWS_ACCESS_KEY_ID"):
            provider_for(None, AWS, RemoteOptions(), {"AWS_ACCESS_KEY_ID": key_id, "AWS_SECRET_ACCESS_KEY": "x"})
    assert provider_for(Credentials(key_id, "x"), LOCAL, RemoteOptions(), {}).current().key_id == key_id


def test_real_keys_are() -> None:
    assert provider_for(REAL, AWS, RemoteOptions(), {}).current() is REAL
    provider = Fixed(REAL)
    assert provider_for(provider, AWS, RemoteOptions(), {}) is provider
    pair = {"AWS_ACCESS_KEY_ID": REAL.key_id, "AWS_SECRET_ACCESS_KEY": "secret"}
    assert provider_for(None, AWS, RemoteOptions(), pair).current() == REAL


def test_sources_are_asked_in_the_order_of_boto3() -> None:
    rest = "shared configuration and instance metadata"
    assert names(NO_FILES) == ["environment", "web identity", "container", rest]
    assert names({**NO_FILES, "AWS_PROFILE": "a"}) == ["environment", "web identity", rest]
    assert names(NO_FILES, "a") == [rest]


def test_sts_is_the_regions_own_unless_another_is_configured() -> None:
    assert sts_endpoint("eu-west-1", {}) == "https://sts.eu-west-1.amazonaws.com"
    assert sts_endpoint("cn-north-1", {}) == "https://sts.cn-north-1.amazonaws.com.cn"
    assert sts_endpoint("eu-west-1", {"AWS_ENDPOINT_URL_STS": "http://localhost:1/"}) == "http://localhost:1"
    ignoring = {"AWS_ENDPOINT_URL": "http://localhost:1", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}
    assert sts_endpoint("eu-west-1", ignoring) == "https://sts.eu-west-1.amazonaws.com"


def test_a_profile_without_botocore_is_told_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "botocore.configprovider", None)
    with pytest.raises(InvalidValue, match=r"'shop' is asked for, but botocore is missing; pip install"):
        settings_for(RemoteOptions(profile="shop"), NO_FILES)
    assert settings_for(RemoteOptions(), NO_FILES) == Settings()


def test_nobody_without_botocore_is_left_without_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "botocore.session", None)
    with pytest.raises(AccessDenied, match=r"tried environment.*web identity.*container.*botocore is not installed"):
        provider_for(None, AWS, RemoteOptions(), NO_FILES).current()


class Counting:
    """Gives another key at each load."""

    def __init__(self) -> None:
        self.loads = 0

    def __call__(self) -> Credentials:
        self.loads += 1
        return Credentials(f"KEY{self.loads}", "secret")


def test_expired_credentials_are_renewed_and_the_call_made_once_more(opened: Callable[..., Caller]) -> None:
    load = Counting()
    with Peer(sends(EXPIRED)) as peer:
        connection = opened(peer.endpoint, credentials=Renewing(load))
        assert connection.call() == FINE
        assert [b"Credential=KEY1/" in peer.requests[0], b"Credential=KEY2/" in peer.requests[1]] == [True, True]
    assert load.loads == 2


def test_credentials_that_are_refused_twice_are_told_of(opened: Callable[..., Caller]) -> None:
    load = Counting()
    with Peer(sends(EXPIRED), sends(EXPIRED)) as peer:
        with pytest.raises(AccessDenied, match="expired"):
            opened(peer.endpoint, credentials=Renewing(load)).call()
        assert len(peer.requests) == 2


def test_fixed_credentials_are_not_tried_again(opened: Callable[..., Caller]) -> None:
    with Peer(sends(EXPIRED)) as peer:
        with pytest.raises(AccessDenied, match="expired"):
            opened(peer.endpoint, credentials=Credentials("AKID", "secret")).call()
        assert len(peer.requests) == 1


def test_other_refusals_do_not_renew_anything(opened: Callable[..., Caller]) -> None:
    load = Counting()
    denied = message(b'{"__type":"x#AccessDeniedException","message":"no"}', b"400 Bad Request")
    with Peer(sends(denied)) as peer, pytest.raises(AccessDenied, match="no"):
        opened(peer.endpoint, credentials=Renewing(load)).call()
    assert load.loads == 1


def test_a_connection_refuses_before_any_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODE_ENV", "production")
    with pytest.raises(InvalidValue, match="production"):
        RemoteConnection("http://localhost:8000")
    with pytest.raises(InvalidValue, match="made-up"):
        RemoteConnection(region="eu-west-1", credentials=Credentials("dummy", "dummy"))
