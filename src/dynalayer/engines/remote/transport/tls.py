"""The one TLS context of this process for each CA bundle; certificates and names are always verified."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from functools import cache
from typing import Final

from dynalayer.protocol import InvalidValue

_BUNDLES: Final = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")


def context(environment: Mapping[str, str] = os.environ) -> ssl.SSLContext:
    """The context for the CA bundle that the environment names, else for the machine's own.

    Made when it is first needed: that takes as long as a thousand calls. Raises `InvalidValue` for a bundle that cannot
    be read.
    """
    for name in _BUNDLES:
        if path := environment.get(name):
            return _context(name, path)
    return _context("", None)


@cache
def _context(name: str, path: str | None) -> ssl.SSLContext:
    made = ssl.create_default_context()
    try:
        if path is not None:
            made = ssl.create_default_context(
                cafile=None if os.path.isdir(path) else path, capath=path if os.path.isdir(path) else None
            )
    except (OSError, ssl.SSLError) as error:
        raise InvalidValue(f"{name} names a CA bundle that cannot be read: {path} ({error})") from error
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.set_alpn_protocols(["http/1.1"])
    return made
