"""Credentials of a role for a web identity's token, as Kubernetes gives one to each pod (STS reference)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final

from dynalayer.engines.remote.identity.credentials import Credentials
from dynalayer.engines.remote.identity.fetching import fetch
from dynalayer.engines.remote.identity.sources import SourceAbsent, SourceFailed, read_token, seconds

_FILE: Final = "AWS_WEB_IDENTITY_TOKEN_FILE"
_ROLE: Final = "AWS_ROLE_ARN"
_TAG: Final = "{https://sts.amazonaws.com/doc/2011-06-15/}"


class WebIdentity:
    """Hands the token in AWS_WEB_IDENTITY_TOKEN_FILE to STS, which gives credentials of the role AWS_ROLE_ARN.

    The call (AssumeRoleWithWebIdentity) is not signed: the token says who asks. `endpoint` is the region's STS.
    """

    name = "web identity"

    def __init__(
        self, environment: Mapping[str, str], endpoint: str, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._environment = environment
        self._endpoint = endpoint
        self._sleep = sleep

    def load(self) -> Credentials:
        path, role = self._environment.get(_FILE), self._environment.get(_ROLE)
        if not path:
            raise SourceAbsent(f"{_FILE} is not set")
        if not role:
            raise SourceFailed(f"{_FILE} is set, but {_ROLE} is not")
        form = {
            "Action": "AssumeRoleWithWebIdentity",
            "Version": "2011-06-15",
            "RoleArn": role,
            "RoleSessionName": self._environment.get("AWS_ROLE_SESSION_NAME") or "dynalayer",
            "WebIdentityToken": read_token(path, _FILE),
        }
        headers = {"Accept": "text/xml", "Content-Type": "application/x-www-form-urlencoded"}
        status, body = fetch(f"{self._endpoint}/", headers, form, proxies=True, again=_passing, sleep=self._sleep)
        if status != 200:
            code = _texts(body, "Code").get("Code", "no code")
            raise SourceFailed(f"STS answered with status {status} ({code}) for the role of {_ROLE}")
        return _credentials(body)


def _passing(status: int, body: bytes) -> bool:
    # STS may not have reached the identity's provider, and asks to be asked again.
    return status >= 500 or (status == 400 and b"<Code>IDPCommunicationError<" in body)


def _credentials(body: bytes) -> Credentials:
    found = _texts(body, "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")
    try:
        return Credentials(
            found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"], seconds(found["Expiration"])
        )
    except KeyError as missing:
        raise SourceFailed(f"the answer of STS has no {missing.args[0]}") from None


def _texts(body: bytes, *names: str) -> dict[str, str]:
    # A parser of XML is large, and only this answer needs one.
    from xml.etree import ElementTree

    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError:
        return {}
    found = {name: root.find(f".//{_TAG}{name}") for name in names}
    return {name: element.text for name, element in found.items() if element is not None and element.text}
