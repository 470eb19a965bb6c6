"""From an endpoint to what must be dialled, and how requests are addressed on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from dynalayer.engines.remote.transport.proxies import Proxy, Tunnel, proxy_for
from dynalayer.protocol import InvalidValue


@dataclass(frozen=True, slots=True)
class Route:
    """An endpoint, and the proxy before it if there is one."""

    host: str
    port: int
    tls: bool
    proxy: Proxy | None
    authority: str

    @property
    def dialled(self) -> tuple[str, int]:
        """Whom to connect to."""
        return (self.host, self.port) if self.proxy is None else (self.proxy.host, self.proxy.port)

    @property
    def name(self) -> str:
        """How messages call the endpoint."""
        return self.host if self.proxy is None else f"{self.host} by the proxy {self.proxy.host}:{self.proxy.port}"

    def tunnel(self) -> Tunnel | None:
        """The tunnel that TLS needs through a proxy; without TLS the proxy is sent the requests themselves."""
        return Tunnel(self.proxy, self.host, self.port) if self.proxy is not None and self.tls else None

    @property
    def line(self) -> str:
        """The target of requests."""
        return "/" if self.proxy is None or self.tls else f"http://{self.authority}/"

    @property
    def lines(self) -> tuple[str, ...]:
        """Lines that the head of each request needs for a proxy."""
        return () if self.proxy is None or self.tls else self.proxy.lines


def route_to(endpoint: str, environment: Mapping[str, str]) -> Route:
    """The way to an endpoint's URL; raises `InvalidValue` if it is none, or has a user, a path or a query."""
    url = urlsplit(endpoint)
    try:
        port = url.port
    except ValueError:
        port = -1
    if url.scheme not in ("http", "https") or not url.hostname or port == -1:
        raise InvalidValue(f"{url.scheme}:... is not the URL of a DynamoDB endpoint; write http(s)://<host>:<port>")
    if url.path not in ("", "/") or url.query or url.fragment or url.username is not None:
        raise InvalidValue(f"the endpoint of {url.hostname} has more than a host and a port; DynamoDB's API is at /")
    tls = url.scheme == "https"
    # The port belongs to the header "Host" only where it is not the scheme's own; signatures are of that header.
    authority = url.netloc.removesuffix(":443" if tls else ":80")
    return Route(
        url.hostname, port or (443 if tls else 80), tls, proxy_for(url.scheme, url.hostname, environment), authority
    )
