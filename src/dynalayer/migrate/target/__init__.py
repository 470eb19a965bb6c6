"""The DynamoDB tables that are migrated into."""

from .items import item_at
from .tables import declared, key_of
from .units import write_units

__all__ = ["declared", "item_at", "key_of", "write_units"]
