"""Migration contracts: two dialects, read into one model; pure."""

from .documents import DocumentSpec, Drawn, Form, InField, OfDocument, OfPath, Payload, Rule
from .findings import ContractInvalid, Finding, Findings, did_you_mean
from .keys import key_names
from .model import AttributeSpec, AttributeType, Contract, EntitySpec, IndexSpec, TableSpec
from .patterns import Pattern, shape_of
from .printing import normalised
from .reading import load_contract, read_contract
from .templates import parse_template

__all__ = [
    "AttributeSpec",
    "AttributeType",
    "Contract",
    "ContractInvalid",
    "DocumentSpec",
    "Drawn",
    "EntitySpec",
    "Finding",
    "Findings",
    "Form",
    "InField",
    "IndexSpec",
    "OfDocument",
    "OfPath",
    "Pattern",
    "Payload",
    "Rule",
    "TableSpec",
    "did_you_mean",
    "key_names",
    "load_contract",
    "normalised",
    "parse_template",
    "read_contract",
    "shape_of",
]
