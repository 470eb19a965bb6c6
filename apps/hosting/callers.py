"""Who asks: somebody on this machine, or somebody from elsewhere."""

from __future__ import annotations

import ipaddress
from typing import Final

from starlette.requests import Request

_FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-real-ip")


def is_from_here(request: Request) -> bool:
    """True for who is on this machine and asks for it by a name of its own.

    A reverse proxy on this machine speaks for others, and a page of another site may have a name that leads here.
    """
    if request.client is None or any(name in request.headers for name in _FORWARDED):
        return False
    return _is_loopback(request.client.host) and _is_loopback(request.url.hostname or "")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
