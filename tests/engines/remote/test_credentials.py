"""Where credentials come from."""

import pytest

from dynalayer.engines.remote.credentials import Credentials, find
from dynalayer.protocol import AccessDenied


def test_the_environment_gives_them() -> None:
    environment = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "key", "AWS_SESSION_TOKEN": "token"}
    assert find("dynamodb.eu-west-1.amazonaws.com", environment) == Credentials("id", "key", "token")
    assert find("localhost", {**environment, "AWS_SESSION_TOKEN": ""}) == Credentials("id", "key", None)


def test_a_server_on_this_machine_needs_none() -> None:
    assert find("localhost", {}).key_id
    assert find("127.0.0.1", {}).secret


def test_any_other_server_does() -> None:
    with pytest.raises(AccessDenied, match="no credentials for dynamodb"):
        find("dynamodb.eu-west-1.amazonaws.com", {})


def test_secrets_are_not_shown() -> None:
    shown = repr(Credentials("id", "secret", "token"))
    assert "secret" not in shown
    assert "token" not in shown.replace("token=", "")
