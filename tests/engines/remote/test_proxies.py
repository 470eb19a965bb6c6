"""Through a proxy that the environment names: tunnels for TLS, whole URLs without."""

from __future__ import annotations

import select
import socket
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynalayer.engines.remote import Credentials
from dynalayer.engines.remote.transport.proxies import Proxy, Tunnel, parse_proxy, proxy_for
from dynalayer.protocol import ConnectionLost, InvalidValue

from .conftest import Authority
from .peer import FINE, Caller, Peer, message, sends

Opened = Callable[..., Caller]
KEYS = Credentials("AKID", "secret")
BASIC = f"Basic {b64encode(b'ada:p@ss').decode()}"


class ProxyServer(Peer):
    """Tunnels to the same port of this machine, whatever the host; answers other requests itself."""

    refusal = b""

    def talk(self, client: socket.socket) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += client.recv(1)
        self.requests.append(head)
        if self.refusal:
            client.sendall(self.refusal)
        elif head.startswith(b"CONNECT"):
            port = int(head.split(b" ")[1].rpartition(b":")[2])
            with socket.create_connection(("127.0.0.1", port)) as server:
                client.sendall(b"HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n")
                _pump(client, server)
        else:
            client.recv(65536)
            client.sendall(message())


def _pump(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while True:
            for ready in select.select([one, other], [], [])[0]:
                if not (data := ready.recv(65536)):
                    return
                (other if ready is one else one).sendall(data)


def test_tls_goes_through_a_tunnel(opened: Opened, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(authority.bundle))
    with Peer(tls=authority.context()) as peer, ProxyServer() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://ada:p%40ss@127.0.0.1:{proxy.port}")
        connection = opened(f"https://dynamodb.test:{peer.port}", credentials=KEYS)
        for _ in range(3):
            assert connection.call() == FINE
        connection.close()
        assert proxy.requests == [
            f"CONNECT dynamodb.test:{peer.port} HTTP/1.1\r\nHost: dynamodb.test:{peer.port}\r\n"
            f"Proxy-Authorization: {BASIC}\r\n\r\n".encode()
        ]
        assert peer.requests[0].startswith(b"POST / HTTP/1.1\r\n")
        assert b"Proxy-Authorization" not in peer.requests[0]


def test_plain_requests_are_sent_to_the_proxy_whole(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    with ProxyServer() as proxy:
        monkeypatch.setenv("http_proxy", f"http://ada:p%40ss@127.0.0.1:{proxy.port}")
        assert opened("http://dynamodb.test:8000", credentials=KEYS).call() == FINE
        assert proxy.requests[0].startswith(b"POST http://dynamodb.test:8000/ HTTP/1.1\r\nHost: dynamodb.test:8000\r\n")
        assert f"\r\nProxy-Authorization: {BASIC}\r\n".encode() in proxy.requests[0]


@pytest.mark.parametrize(
    ("refusal", "why"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "wants a user and password"),
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", r"refuses the tunnel \(403\)"),
        (b"SSH-2.0\r\n\r\n", r"refuses the tunnel"),
        (b"HTTP/1.1 200", "no answer that can be read|closed"),
        (b"HTTP/1.1 200 OK\r\n\r\nmore", "no answer that can be read"),
    ],
)
def test_a_proxy_that_gives_no_tunnel_is_named(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, refusal: bytes, why: str
) -> None:
    with ProxyServer() as proxy:
        proxy.refusal = refusal
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        with pytest.raises(ConnectionLost, match=rf"proxy .*({why})") as caught:
            opened("https://dynamodb.test", credentials=KEYS).call()
        assert not caught.value.may_have_taken_effect


def test_this_machine_is_reached_without_a_proxy(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://nowhere.invalid:1")
    with Peer(sends(message())) as peer:
        assert opened(peer.endpoint).call() == FINE


@pytest.mark.parametrize(
    ("names", "host", "proxied"),
    [
        ({"https_proxy": "http://p:1"}, "a.example", True),
        ({"HTTPS_PROXY": "http://p:1"}, "a.example", True),
        ({"ALL_PROXY": "p:1"}, "a.example", True),
        ({"HTTP_PROXY": "http://p:1"}, "a.example", False),
        ({}, "a.example", False),
        ({"https_proxy": "http://p:1", "no_proxy": "*"}, "a.example", False),
        ({"https_proxy": "http://p:1", "NO_PROXY": "x, .example"}, "a.example", False),
        ({"https_proxy": "http://p:1", "no_proxy": "example"}, "a.example", False),
        ({"https_proxy": "http://p:1", "no_proxy": "A.Example"}, "a.example", False),
        ({"https_proxy": "http://p:1", "no_proxy": "ample,"}, "a.example", True),
        ({"https_proxy": "http://p:1"}, "::1", False),
    ],
)
def test_the_environment_says_which_hosts_have_a_proxy(names: dict[str, str], host: str, proxied: bool) -> None:
    assert proxy_for("https", host, names) == (Proxy("p", 1) if proxied else None)


def test_a_visitor_of_a_web_server_does_not_choose_the_proxy() -> None:
    names = {"HTTP_PROXY": "http://evil:1", "REQUEST_METHOD": "POST"}
    assert proxy_for("http", "a.example", names) is None
    assert proxy_for("http", "a.example", {**names, "http_proxy": "http://p:1"}) == Proxy("p", 1)


@pytest.mark.parametrize("url", ["https://p:1", "socks5://p:1", "http://", "http://p:port"])
def test_a_proxy_of_another_kind_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(InvalidValue, match="proxy must be a URL such as") as caught:
        parse_proxy(url.replace("//", "//user:hidden@"))
    assert "hidden" not in str(caught.value)
    assert "hidden" not in repr(parse_proxy("http://user:hidden@p"))


@given(st.binary(max_size=100), st.integers(1, 10))
def test_whatever_a_proxy_says_is_taken_or_refused(data: bytes, size: int) -> None:
    tunnel = Tunnel(Proxy("p", 1), "h", 443)
    try:
        for begin in range(0, len(data), size):
            if tunnel.feed(data[begin : begin + size]):
                return
    except ConnectionLost:
        pass
