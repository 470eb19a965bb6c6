"""Secrets: a type that does not show them, and sealed values for items, by keys that the operator gives."""

from .errors import InvalidKeys, KeysUnavailable, SealingError, Tampered, UnknownKey, WrongKey
from .keyring import KeyRing, new_key
from .keys import DataKey, WrappingKeys
from .kms import KmsClient, KmsKeys
from .rotation import Rotated
from .sealed import Sealed
from .sealer import Sealer
from .secret import Secret

__all__ = [
    "DataKey",
    "InvalidKeys",
    "KeyRing",
    "KeysUnavailable",
    "KmsClient",
    "KmsKeys",
    "Rotated",
    "Sealed",
    "Sealer",
    "SealingError",
    "Secret",
    "Tampered",
    "UnknownKey",
    "WrappingKeys",
    "WrongKey",
    "new_key",
]
