"""Credentials of a container on ECS or EKS (SDK reference, "Container credential provider")."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

from dynalayer.engines.remote.identity.credentials import Credentials
from dynalayer.engines.remote.identity.fetching import fetch
from dynalayer.engines.remote.identity.sources import SourceAbsent, SourceFailed, from_json, read_token

_ECS: Final = "http://169.254.170.2"
_HOSTS: Final = ("169.254.170.2", "169.254.170.23", "fd00:ec2::23", "localhost")
_RELATIVE: Final = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
_FULL: Final = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
_TOKEN: Final = "AWS_CONTAINER_AUTHORIZATION_TOKEN"
_TOKEN_FILE: Final = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"


class Container:
    """Asks the endpoint that AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or ..._FULL_URI names.

    Without TLS only this machine and the addresses of ECS and EKS are asked. `ecs` is what the relative URI is relative
    to.
    """

    name = "container"

    def __init__(
        self, environment: Mapping[str, str], *, ecs: str = _ECS, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._environment = environment
        self._ecs = ecs
        self._sleep = sleep

    def load(self) -> Credentials:
        url = self._url()
        status, body = fetch(url, self._headers(), proxies=False, sleep=self._sleep)
        if status != 200:
            raise SourceFailed(f"{urlsplit(url).hostname} answered with status {status}")
        return from_json(body)

    def _url(self) -> str:
        if relative := self._environment.get(_RELATIVE):
            if not relative.startswith("/"):
                raise SourceFailed(f"{_RELATIVE} does not begin with /")
            return self._ecs + relative
        full = self._environment.get(_FULL)
        if not full:
            raise SourceAbsent(f"neither {_RELATIVE} nor {_FULL} is set")
        url = urlsplit(full)
        if url.scheme not in ("http", "https") or not url.hostname:
            raise SourceFailed(f"{_FULL} is not a URL of http or https")
        if url.scheme == "http" and not _trusted(url.hostname):
            raise SourceFailed(
                f"{_FULL} names {url.hostname}; without TLS only this machine and {', '.join(_HOSTS[:3])} are asked"
            )
        return full

    def _headers(self) -> dict[str, str]:
        path = self._environment.get(_TOKEN_FILE)
        token = read_token(path, _TOKEN_FILE) if path else self._environment.get(_TOKEN)
        if token and ("\r" in token or "\n" in token):
            raise SourceFailed("the authorization token has a line break in it")
        return {"Accept": "application/json", **({"Authorization": token} if token else {})}


def _trusted(host: str) -> bool:
    try:
        return host in _HOSTS or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
