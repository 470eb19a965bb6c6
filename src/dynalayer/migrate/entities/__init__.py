"""Entities as Python source, made of a contract: what an application reads and writes once its rows are items."""

from .keys import EntitiesOverlap
from .writing import entities_source

__all__ = ["EntitiesOverlap", "entities_source"]
