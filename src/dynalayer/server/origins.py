"""Which web pages may call: browsers say from where a page comes, and ask before it may send what is no form."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from dynalayer.server.requests import Request

ALLOWED: Final = (
    b"Access-Control-Allow-Origin: *\r\nAccess-Control-Expose-Headers: x-amzn-RequestId, x-amz-crc32, Date\r\n"
)
_PREFLIGHT: Final = (
    b"%bAccess-Control-Allow-Methods: %b\r\nAccess-Control-Allow-Headers: %b\r\nAccess-Control-Max-Age: 172800\r\n"
)


class Origins:
    """Lets pages of this machine call; with `signed` those of anywhere, for they need the keys.

    An open server that took calls of any page would let each site that its user visits read and change the data, by
    name or by a name that it points to this machine.
    """

    def __init__(self, *, signed: bool) -> None:
        self._signed = signed

    def refuses(self, request: Request) -> bool:
        """Whether a request comes from a page that may not call."""
        origin = request.headers.get(b"origin")
        return origin is not None and not self._signed and not _is_here(origin)


@lru_cache(64)
def _is_here(origin: bytes) -> bool:
    """Whether a page comes from this machine: from one of its own addresses or a name that only it can have."""
    try:
        host = urlsplit(origin.decode("ascii")).hostname or ""
    except ValueError:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def preflight(request: Request) -> bytes:
    """The headers that let a page send what it asks to send."""
    wanted = request.headers.get(b"access-control-request-headers", b"")
    return _PREFLIGHT % (ALLOWED, b"POST, GET, HEAD", wanted)
