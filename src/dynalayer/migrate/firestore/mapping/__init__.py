"""How documents become items; pure."""

from .making import DocumentMaker, DocumentPlan
from .values import attribute_value

__all__ = ["DocumentMaker", "DocumentPlan", "attribute_value"]
