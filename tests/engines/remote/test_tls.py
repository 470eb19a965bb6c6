"""TLS with certificates by an authority of the tests' own: verified always, whoever asks."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from dynalayer.engines.remote import RemoteConnection
from dynalayer.engines.remote.transport.tls import context
from dynalayer.protocol import ConnectionLost, InvalidValue

from .conftest import Authority
from .peer import FINE, Caller, Peer, cuts_off, message, sends

Opened = Callable[..., Caller]


@pytest.fixture
def trusting(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(authority.bundle))


@pytest.mark.usefixtures("trusting")
def test_calls_share_one_verified_connection(opened: Opened, authority: Authority) -> None:
    seen: list[object] = []
    large = b'{"x":"%b"}' % (b"x" * 1_000_000)
    with Peer(lambda client: seen.append(client) or sends(message(large))(client), tls=authority.context()) as peer:
        connection = opened(f"https://localhost:{peer.port}")
        assert connection.call(body=large) == large
        for _ in range(5):
            assert connection.call() == FINE
        assert peer.connections == 1
        assert isinstance(seen[0], ssl.SSLSocket)
        assert seen[0].selected_alpn_protocol() == "http/1.1"
        connection.close()


def test_an_unknown_authority_is_refused_with_what_to_do(opened: Opened, authority: Authority) -> None:
    with Peer(tls=authority.context()) as peer:
        with pytest.raises(ConnectionLost, match=r"certificate cannot be verified .*AWS_CA_BUNDLE") as caught:
            opened(f"https://localhost:{peer.port}").call()
        assert not caught.value.may_have_taken_effect
        assert peer.requests == []


@pytest.mark.usefixtures("trusting")
def test_a_certificate_of_another_host_is_refused(opened: Opened, authority: Authority) -> None:
    with Peer(tls=authority.context()) as peer, pytest.raises(ConnectionLost, match=r"not valid for '127.0.0.1'"):
        opened(f"https://127.0.0.1:{peer.port}").call()


@pytest.mark.usefixtures("trusting")
def test_a_server_that_speaks_no_tls_is_told(opened: Opened) -> None:
    with Peer(cuts_off(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as peer:
        peer.talk = lambda client: client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")  # type: ignore[method-assign]
        with pytest.raises(ConnectionLost) as caught:
            opened(f"https://localhost:{peer.port}", timeout=5).call()
        assert not caught.value.may_have_taken_effect


@pytest.mark.usefixtures("trusting")
def test_a_connection_that_the_server_closed_is_not_used_again(opened: Opened, authority: Authority) -> None:
    with Peer(*[cuts_off(message())] * 3, tls=authority.context()) as peer:
        connection = opened(f"https://localhost:{peer.port}")
        for _ in range(3):
            assert connection.call() == FINE
            assert peer.closed.acquire(timeout=5)
        assert peer.connections == 3


@pytest.mark.usefixtures("trusting")
def test_a_silent_server_ends_no_later_than_agreed(opened: Opened, authority: Authority) -> None:
    with (
        Peer(lambda client: None, tls=authority.context()) as peer,
        pytest.raises(ConnectionLost, match=r"within 0.3 s"),
    ):
        opened(f"https://localhost:{peer.port}", timeout=0.3).call()


def test_one_context_serves_the_whole_process(authority: Authority) -> None:
    names = {"AWS_CA_BUNDLE": str(authority.bundle)}
    assert context(names) is context(names)
    assert context({}) is not context(names)
    assert context({}).verify_mode == ssl.CERT_REQUIRED
    assert context({}).check_hostname


@pytest.mark.parametrize("name", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
def test_the_first_bundle_that_the_environment_names_counts(authority: Authority, name: str) -> None:
    assert len(context({name: str(authority.bundle)}).get_ca_certs()) == 1


def test_a_bundle_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidValue, match=r"AWS_CA_BUNDLE names a CA bundle that cannot be read: .*missing\.pem"):
        context({"AWS_CA_BUNDLE": str(tmp_path / "missing.pem")})


def test_no_context_is_made_before_the_first_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", "missing.pem")
    with RemoteConnection("https://localhost:1") as connection, pytest.raises(ConnectionLost, match="refused"):
        connection.call("GetItem", b"{}")
