"""Migration from SQL and Firestore by contract."""

from .contract import Contract, ContractInvalid, Finding, load_contract, normalised, read_contract

__all__ = ["Contract", "ContractInvalid", "Finding", "load_contract", "normalised", "read_contract"]
