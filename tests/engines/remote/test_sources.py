"""Where credentials come from: the environment, containers, STS, and what botocore reads, over real sockets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from dynalayer.engines.remote import Credentials, NoCredentials, RemoteConnection
from dynalayer.engines.remote.identity.container import Container
from dynalayer.engines.remote.identity.profiles import Profiles, read_settings
from dynalayer.engines.remote.identity.sources import Environment, Source, SourceAbsent, SourceFailed, chain
from dynalayer.engines.remote.identity.web_identity import WebIdentity
from tests.services.dynamodb_local import free_port

from .metadata import Metadata, metadata_server

KEY = "ASIA0123456789ABCDEF"
EXPIRY = 4102444800.0
GIVEN = {"AccessKeyId": KEY, "SecretAccessKey": "very-secret", "Token": "a-token", "Expiration": "2100-01-01T00:00:00Z"}
JSON = json.dumps(GIVEN).encode()
STS = f"""<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<AssumeRoleWithWebIdentityResult><Credentials><SessionToken>a-token</SessionToken><SecretAccessKey>very-secret
</SecretAccessKey><Expiration>2100-01-01T00:00:00Z</Expiration><AccessKeyId>{KEY}</AccessKeyId></Credentials>
</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>""".replace("secret\n", "secret").encode()
DENIED = b'<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Code>ExpiredToken</Code></Error></ErrorResponse>'
FULL = Credentials(KEY, "very-secret", "a-token", EXPIRY)


@pytest.fixture
def served() -> Iterator[Metadata]:
    with metadata_server() as metadata:
        yield metadata


def no_pause(seconds: float) -> None:
    pass


def container(**environment: str) -> Container:
    return Container(environment, sleep=no_pause)


def failure(source: Source) -> str:
    with pytest.raises(SourceFailed) as caught:
        source.load()
    assert "very-secret" not in str(caught.value)
    return str(caught.value)


def test_secrets_are_not_shown() -> None:
    shown = f"{FULL!r} {FULL}"
    assert "very-secret" not in shown
    assert "a-token" not in shown


def test_the_environment_gives_them() -> None:
    pair = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "key"}
    assert Environment(pair).load() == Credentials("id", "key")
    more = {**pair, "AWS_SESSION_TOKEN": "t", "AWS_CREDENTIAL_EXPIRATION": "2100-01-01T00:00:00+00:00"}
    assert Environment(more).load() == Credentials("id", "key", "t", EXPIRY)


def test_half_a_pair_is_a_mistake_and_none_is_not() -> None:
    assert "AWS_SECRET_ACCESS_KEY is not set" in failure(Environment({"AWS_ACCESS_KEY_ID": "id"}))
    with pytest.raises(SourceAbsent):
        Environment({}).load()


def test_a_containers_endpoint_gives_them(served: Metadata) -> None:
    served.answer = lambda request: (200, JSON)
    assert container(AWS_CONTAINER_CREDENTIALS_FULL_URI=f"{served.url}/role").load() == FULL
    relative = {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/1"}
    assert Container(relative, ecs=served.url).load() == FULL
    assert [request.path for request in served.requests] == ["/role", "/v2/credentials/1"]


def test_a_containers_token_is_read_anew_from_its_file(served: Metadata, tmp_path: Path) -> None:
    served.answer = lambda request: (200, JSON)
    path = tmp_path / "token"
    source = container(
        AWS_CONTAINER_CREDENTIALS_FULL_URI=served.url,
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=str(path),
        AWS_CONTAINER_AUTHORIZATION_TOKEN="old",
    )
    for text in ("first", "second"):
        path.write_text(f"{text}\n")
        source.load()
        assert served.requests[-1].headers["Authorization"] == text
    path.unlink()
    assert "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE names cannot be read" in failure(source)


def test_a_token_cannot_bring_headers_along() -> None:
    source = container(
        AWS_CONTAINER_CREDENTIALS_FULL_URI="http://127.0.0.1:1", AWS_CONTAINER_AUTHORIZATION_TOKEN="a\r\nb: c"
    )
    assert "line break" in failure(source)


@pytest.mark.parametrize(
    "url", ["http://db.example/x", "http://10.0.0.1/", "http://169.254.169.254/", "ftp://localhost"]
)
def test_only_trusted_hosts_are_asked_without_tls(url: str) -> None:
    assert "AWS_CONTAINER_CREDENTIALS_FULL_URI" in failure(container(AWS_CONTAINER_CREDENTIALS_FULL_URI=url))


def test_a_container_that_stumbles_is_asked_three_times(served: Metadata) -> None:
    served.answer = lambda request: (200, JSON) if len(served.requests) == 3 else (500, b"very-secret")
    assert container(AWS_CONTAINER_CREDENTIALS_FULL_URI=served.url).load() == FULL
    served.answer = lambda request: (503, b"very-secret")
    assert "answered with status 503" in failure(container(AWS_CONTAINER_CREDENTIALS_FULL_URI=served.url))
    assert len(served.requests) == 6


def test_a_redirect_is_not_followed(served: Metadata) -> None:
    served.answer = lambda request: (302, b"", {"Location": f"{served.url}/elsewhere"})
    assert "status 302" in failure(container(AWS_CONTAINER_CREDENTIALS_FULL_URI=served.url))
    assert len(served.requests) == 1


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"AccessKeyId":"very-secret"}', JSON.replace(b"2100-", b"very-secret")]
)
def test_an_answer_without_credentials_is_a_failure(served: Metadata, body: bytes) -> None:
    served.answer = lambda request: (200, body)
    assert failure(container(AWS_CONTAINER_CREDENTIALS_FULL_URI=served.url))


def test_a_container_that_is_not_there_is_a_failure() -> None:
    assert "no answer" in failure(container(AWS_CONTAINER_CREDENTIALS_FULL_URI=f"http://127.0.0.1:{free_port()}"))


def identity(url: str, path: Path, **more: str) -> WebIdentity:
    environment = {"AWS_WEB_IDENTITY_TOKEN_FILE": str(path), "AWS_ROLE_ARN": "arn:aws:iam::1:role/r", **more}
    return WebIdentity(environment, url, sleep=no_pause)


def test_sts_gives_them_for_a_web_identitys_token(served: Metadata, tmp_path: Path) -> None:
    served.answer = lambda request: (200, STS)
    path = tmp_path / "token"
    path.write_text("the.web.token\n")
    assert identity(served.url, path, AWS_ROLE_SESSION_NAME="me").load() == FULL
    (request,) = served.requests
    assert (request.method, request.path) == ("POST", "/")
    assert "Authorization" not in request.headers
    assert {name: values[0] for name, values in parse_qs(request.body.decode()).items()} == {
        "Action": "AssumeRoleWithWebIdentity",
        "Version": "2011-06-15",
        "RoleArn": "arn:aws:iam::1:role/r",
        "RoleSessionName": "me",
        "WebIdentityToken": "the.web.token",
    }


def test_a_token_that_sts_refuses_is_a_failure_with_its_code(served: Metadata, tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("very-secret")
    served.answer = lambda request: (400, DENIED)
    assert "status 400 (ExpiredToken)" in failure(identity(served.url, path))
    assert len(served.requests) == 1
    served.answer = lambda request: (400, DENIED.replace(b"ExpiredToken", b"IDPCommunicationError"))
    assert "IDPCommunicationError" in failure(identity(served.url, path))
    assert len(served.requests) == 4
    served.answer = lambda request: (200, b"<a/>")
    assert "has no AccessKeyId" in failure(identity(served.url, path))


def test_a_web_identity_needs_a_role_and_a_token(tmp_path: Path) -> None:
    assert "AWS_ROLE_ARN" in failure(WebIdentity({"AWS_WEB_IDENTITY_TOKEN_FILE": "x"}, "http://127.0.0.1:1"))
    assert "cannot be read" in failure(identity("http://127.0.0.1:1", tmp_path / "none"))
    with pytest.raises(SourceAbsent):
        WebIdentity({}, "http://127.0.0.1:1").load()


def test_a_chain_tells_what_was_tried_and_why_it_did_not_serve() -> None:
    with pytest.raises(NoCredentials) as caught:
        chain([Environment({}), container()], "dynamodb.eu-west-1.amazonaws.com")()
    assert str(caught.value) == (
        "no credentials for dynamodb.eu-west-1.amazonaws.com; tried environment: AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY are not set; container: neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor "
        "AWS_CONTAINER_CREDENTIALS_FULL_URI is set"
    )


def test_after_a_source_that_fails_no_other_is_asked() -> None:
    later = Environment({"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "key"})
    with pytest.raises(NoCredentials, match="container failed"):
        chain([container(AWS_CONTAINER_CREDENTIALS_FULL_URI="ftp://localhost"), later], "x")()
    assert chain([container(), later], "x")().key_id == "id"


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, served: Metadata) -> Path:
    """A shared configuration of its own, and an instance that has only the test's metadata."""
    for name in (
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_PROFILE",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
    ):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "config"
    path.write_text("")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(path))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", f"{served.url}/")
    return path


def test_instance_metadata_gives_them_by_its_second_version(served: Metadata, shared: Path) -> None:
    def answer(request: object) -> tuple[int, bytes]:
        last = served.requests[-1]
        if last.method == "PUT":
            return 200, b"session"
        assert last.headers["x-aws-ec2-metadata-token"] == "session"
        return 200, b"role" if last.path.endswith("credentials/") else json.dumps({**GIVEN, "Code": "Success"}).encode()

    served.answer = answer
    assert Profiles().load() == FULL


def test_a_profile_gives_its_keys_and_its_endpoints(shared: Path) -> None:
    shared.write_text(
        f"[profile shop]\naws_access_key_id = {KEY}\naws_secret_access_key = very-secret\nregion = eu-west-3\n"
        "use_fips_endpoint = true\nservices = here\n"
        "[services here]\ndynamodb =\n  endpoint_url = http://localhost:8000\n"
    )
    assert Profiles("shop").load() == Credentials(KEY, "very-secret")
    settings = read_settings("shop")
    assert settings is not None
    assert (settings.region, settings.fips, settings.endpoint) == ("eu-west-3", True, "http://localhost:8000")


def test_a_process_gives_them_and_what_it_prints_is_not_told(shared: Path, tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(
        json.dumps(
            {
                "Version": 1,
                "AccessKeyId": KEY,
                "SecretAccessKey": "very-secret",
                "SessionToken": "a-token",
                "Expiration": "2100-01-01T00:00:00Z",
            }
        )
    )
    shared.write_text(
        f"[profile good]\ncredential_process = cat {tmp_path / 'keys.json'}\n"
        "[profile bad]\ncredential_process = sh -c 'echo very-secret >&2; exit 1'\n"
    )
    assert Profiles("good").load() == FULL
    assert failure(Profiles("bad")) == "CredentialRetrievalError"


def test_a_profile_that_is_not_there_is_a_failure(shared: Path) -> None:
    assert "ProfileNotFound" in failure(Profiles("nowhere"))


def test_a_machine_without_anything_has_none(served: Metadata, shared: Path) -> None:
    with pytest.raises(SourceAbsent, match="none found"):
        Profiles().load()
    with pytest.raises(NoCredentials, match=r"tried environment.*web identity.*shared configuration.*none found"):
        RemoteConnection(region="eu-west-1").call("ListTables", b"{}")
