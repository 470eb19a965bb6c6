"""Places where credentials are found: what each needs to be asked, and the chain that asks one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

import msgspec

from dynalayer.engines.remote.identity.credentials import Credentials, NoCredentials


class SourceAbsent(Exception):
    """This source is not configured, so the next one is asked."""


class SourceFailed(Exception):
    """This source is configured and did not serve. No other is asked: it might be another account's."""


class Source(Protocol):
    """One place where credentials may be found."""

    @property
    def name(self) -> str:
        """What messages call it."""
        ...

    def load(self) -> Credentials:
        """The credentials, read anew; may block. Raises `SourceAbsent` or `SourceFailed`, without secrets."""
        ...


def chain(sources: Sequence[Source], purpose: str) -> Callable[[], Credentials]:
    """A load that asks each source in turn; it raises `NoCredentials`, which tells why none of them served."""

    def load() -> Credentials:
        tried: list[str] = []
        for source in sources:
            try:
                return source.load()
            except SourceAbsent as reason:
                tried.append(f"{source.name}: {reason}")
            except SourceFailed as reason:
                tried.append(f"{source.name} failed: {reason}")
                break
        raise NoCredentials(f"no credentials for {purpose}; tried " + "; ".join(tried))

    return load


class Environment:
    """AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN."""

    name = "environment"

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def load(self) -> Credentials:
        given = self._environment.get
        key_id, secret = given("AWS_ACCESS_KEY_ID"), given("AWS_SECRET_ACCESS_KEY")
        if not key_id and not secret:
            raise SourceAbsent("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set")
        if not key_id or not secret:
            missing = "AWS_SECRET_ACCESS_KEY" if key_id else "AWS_ACCESS_KEY_ID"
            raise SourceFailed(f"{missing} is not set, though the other half of the pair is")
        expiry = given("AWS_CREDENTIAL_EXPIRATION")
        return Credentials(key_id, secret, given("AWS_SESSION_TOKEN") or None, seconds(expiry) if expiry else None)


def seconds(text: str) -> float:
    """Seconds since 1970 of an ISO 8601 text; raises `SourceFailed` if it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise SourceFailed("the expiry is not a time in ISO 8601") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def from_json(body: bytes) -> Credentials:
    """The credentials in the answer of a container's endpoint; raises `SourceFailed` if they are not in it."""
    try:
        answer = msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.DecodeError:
        raise SourceFailed("its answer is not a JSON object") from None
    key_id, secret, token, expiry = (
        answer.get(name) for name in ("AccessKeyId", "SecretAccessKey", "Token", "Expiration")
    )
    if not (isinstance(key_id, str) and isinstance(secret, str) and key_id and secret):
        raise SourceFailed("its answer has no AccessKeyId or no SecretAccessKey")
    return Credentials(
        key_id,
        secret,
        token if isinstance(token, str) and token else None,
        seconds(expiry) if isinstance(expiry, str) and expiry else None,
    )


def read_token(path: str, variable: str) -> str:
    """The text of a token's file, read anew since it is rotated; raises `SourceFailed` if it cannot be read."""
    try:
        with open(path, encoding="utf-8") as file:
            token = file.read().strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise SourceFailed(f"the file that {variable} names cannot be read: {why}") from None
    if not token:
        raise SourceFailed(f"the file that {variable} names is empty")
    return token
