"""Which proxy the environment names for an endpoint, and the words in which it is asked for a tunnel."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

from dynalayer.protocol import ConnectionLost, InvalidValue

LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
"""Hosts that are this machine; no proxy could reach them."""

_MOST_HEAD: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy; `authorization` is the value of its header, from the user and password in the URL."""

    host: str
    port: int
    authorization: str | None = field(default=None, repr=False)

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines that a request's head needs for the proxy."""
        return () if self.authorization is None else (f"Proxy-Authorization: {self.authorization}",)


def proxy_for(scheme: str, host: str, environment: Mapping[str, str]) -> Proxy | None:
    """The proxy for an endpoint by HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, in lower case or upper.

    None for this machine itself and for hosts that NO_PROXY names: `*` for all, a domain with or without a leading dot
    for itself and all below it, or an address. Raises `InvalidValue` for a proxy that is not an http:// URL.
    """
    if host in LOOPBACK or _excepted(host, _of(environment, "no_proxy") or ""):
        return None
    url = _of(environment, f"{scheme}_proxy") or _of(environment, "all_proxy")
    return None if url is None else parse_proxy(url)


def _of(environment: Mapping[str, str], name: str) -> str | None:
    # A web server's CGI hands a request's header "Proxy" on as HTTP_PROXY: no visitor may choose the proxy.
    upper = "" if name == "http_proxy" and "REQUEST_METHOD" in environment else name.upper()
    return environment.get(name) or environment.get(upper) or None


def _excepted(host: str, names: str) -> bool:
    for name in [each.strip().lower().lstrip(".") for each in names.split(",")]:
        if name == "*" or (name and (host == name or host.endswith(f".{name}"))):
            return True
    return False


def parse_proxy(url: str) -> Proxy:
    """The proxy that a URL names; raises `InvalidValue`, without the URL's password, if it names none."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme != "http" or not parts.hostname or port == -1:
        raise InvalidValue(f"the proxy must be a URL such as http://proxy.example:3128, not one of {parts.scheme}://")
    authorization = None
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = f"Basic {b64encode(pair.encode()).decode()}"
    return Proxy(parts.hostname, port or 80, authorization)


class Tunnel:
    """The request for a tunnel through a proxy to a host, and the reading of its answer (RFC 9110, 9.3.6)."""

    def __init__(self, proxy: Proxy, host: str, port: int) -> None:
        self._proxy = proxy
        target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        lines = "".join([f"{line}\r\n" for line in proxy.lines])
        self.request = f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{lines}\r\n".encode()
        self._head = b""

    def feed(self, data: bytes | memoryview) -> bool:
        """Whether the tunnel stands; raises `ConnectionLost` if the proxy refuses, or its connection has ended."""
        self._head += data
        head, mark, rest = self._head.partition(b"\r\n\r\n")
        if not data or rest or len(self._head) > _MOST_HEAD:
            raise self._refused("gave no answer that can be read")
        if not mark:
            return False
        status = head.split(b"\r\n", 1)[0].split(b" ")[1:2]
        if status == [b"407"]:
            raise self._refused("wants a user and password (407): write them in the proxy's URL")
        if not status or not status[0].startswith(b"2"):
            raise self._refused(f"refuses the tunnel ({b''.join(status)[:3].decode('ascii', 'replace')})")
        return True

    def _refused(self, what: str) -> ConnectionLost:
        return ConnectionLost(f"the proxy {self._proxy.host}:{self._proxy.port} {what}", may_have_taken_effect=False)
