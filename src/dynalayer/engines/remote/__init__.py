"""DynamoDB over HTTP: the service itself, DynamoDB Local, or anything else that speaks the API."""

from dynalayer.engines.remote.connection import AsyncRemoteConnection, RemoteConnection
from dynalayer.engines.remote.credentials import Credentials
from dynalayer.engines.remote.signing import canonical_request, signature, signing_key

__all__ = [
    "AsyncRemoteConnection",
    "Credentials",
    "RemoteConnection",
    "canonical_request",
    "signature",
    "signing_key",
]
