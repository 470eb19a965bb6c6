"""DynamoDB over HTTP: the service itself, DynamoDB Local, or anything else that speaks the API."""

from typing import TYPE_CHECKING, Any

from dynalayer.engines.remote.connection import RemoteConnection
from dynalayer.engines.remote.endpoints import RemoteOptions
from dynalayer.engines.remote.identity.credentials import Credentials, NoCredentials, Provider
from dynalayer.engines.remote.signing import canonical_request, signature, signing_key
from dynalayer.engines.remote.transport.pool import ConnectionLimits

if TYPE_CHECKING:
    from dynalayer.engines.remote.awaited import AsyncRemoteConnection
    from dynalayer.engines.remote.plugged import AsyncBotoConnection, Boto, BotoConnection, is_boto

__all__ = [
    "AsyncBotoConnection",
    "AsyncRemoteConnection",
    "Boto",
    "BotoConnection",
    "ConnectionLimits",
    "Credentials",
    "NoCredentials",
    "Provider",
    "RemoteConnection",
    "RemoteOptions",
    "canonical_request",
    "is_boto",
    "signature",
    "signing_key",
]


def __getattr__(name: str) -> Any:
    # asyncio is half of the start-up of a synchronous program, so only who awaits loads it.
    if name == "AsyncRemoteConnection":
        from dynalayer.engines.remote.awaited import AsyncRemoteConnection

        return AsyncRemoteConnection
    if name in ("AsyncBotoConnection", "Boto", "BotoConnection", "is_boto"):
        from dynalayer.engines.remote import plugged

        return getattr(plugged, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
