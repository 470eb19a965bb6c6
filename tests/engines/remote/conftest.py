"""Callers of every kind, and certificates of an authority of the tests' own."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from .peer import Caller


@pytest.fixture(params=["threads", "tasks", "uvloop"])
def opened(request: pytest.FixtureRequest) -> Iterator[Callable[..., Caller]]:
    """Opens connections for threads, for tasks, and for tasks on uvloop; closes them after the test."""
    if request.param == "uvloop":
        pytest.importorskip("uvloop")
    with ExitStack() as stack:
        yield lambda endpoint, **options: stack.enter_context(Caller(request.param, endpoint, **options))


class Authority:
    """A certificate authority, and a server's certificate by it for localhost and dynamodb.test."""

    def __init__(self, folder: Path) -> None:
        self.bundle = folder / "authority.pem"
        self._key, self._certificate = folder / "server.key", folder / "server.pem"
        make = [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
        ]
        own = ["-keyout", str(folder / "authority.key"), "-out", str(self.bundle), "-subj", "/CN=Tests"]
        by = ["-CA", str(self.bundle), "-CAkey", str(folder / "authority.key"), "-subj", "/CN=server"]
        server = ["-keyout", str(self._key), "-out", str(self._certificate)]
        constraint = ["-addext", "basicConstraints=critical,CA:FALSE"]
        names = ["-addext", "subjectAltName=DNS:localhost,DNS:dynamodb.test"]
        for options in (own, [*server, *by, *names, *constraint]):
            subprocess.run([*make, *options], check=True, capture_output=True)

    def context(self) -> ssl.SSLContext:
        """The server's side."""
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(self._certificate, self._key)
        made.set_alpn_protocols(["http/1.1"])
        return made


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    if shutil.which("openssl") is None:
        if os.environ.get("DYNALAYER_REQUIRE_SERVICES") == "1":
            pytest.fail("openssl is not on this machine")
        pytest.skip("openssl is not on this machine; it makes the certificates of these tests")
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> Any:
    """No proxy, bundle or credentials of the machine's."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch
