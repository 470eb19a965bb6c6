"""Migration contracts: two dialects, read into one model; pure."""

from .findings import ContractInvalid, Finding, Findings, did_you_mean
from .keys import key_names
from .model import AttributeSpec, AttributeType, Contract, EntitySpec, IndexSpec, TableSpec
from .printing import normalised
from .reading import load_contract, read_contract
from .templates import parse_template

__all__ = [
    "AttributeSpec",
    "AttributeType",
    "Contract",
    "ContractInvalid",
    "EntitySpec",
    "Finding",
    "Findings",
    "IndexSpec",
    "TableSpec",
    "did_you_mean",
    "key_names",
    "load_contract",
    "normalised",
    "parse_template",
    "read_contract",
]
