"""The DynamoDB tables that are migrated into."""

from .items import item_at, item_in, read_item
from .tables import declared, key_of
from .units import write_units

__all__ = ["declared", "item_at", "item_in", "key_of", "read_item", "write_units"]
