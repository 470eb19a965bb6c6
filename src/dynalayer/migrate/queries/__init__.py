"""From a contract and the schema of its source to the queries that fetch what items are made of; pure."""

from .fragments import SQLGLOT
from .origins import ChildOrigin, Origins
from .plan import Bounds, EntityPlan, Made, Query, compile_contract, compile_entity
from .recipes import (
    Children,
    Choose,
    Fixed,
    Joined,
    Moved,
    Of,
    Otherwise,
    Output,
    Recipe,
    Record,
)

__all__ = [
    "SQLGLOT",
    "Bounds",
    "ChildOrigin",
    "Children",
    "Choose",
    "EntityPlan",
    "Fixed",
    "Joined",
    "Made",
    "Moved",
    "Of",
    "Origins",
    "Otherwise",
    "Output",
    "Query",
    "Recipe",
    "Record",
    "compile_contract",
    "compile_entity",
]
