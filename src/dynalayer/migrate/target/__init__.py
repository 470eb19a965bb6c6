"""The DynamoDB tables that are migrated into."""

from .tables import declared, key_of
from .units import write_units

__all__ = ["declared", "key_of", "write_units"]
