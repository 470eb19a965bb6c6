"""Migrating from Firestore: documents of an export, a dump or the service itself, by a contract."""

from .errors import BadExport
from .inventory import Collection, Inventory
from .mapping import DocumentMaker, DocumentPlan
from .origin import FirestoreOrigin
from .source import FirestoreSource, is_firestore, parse_firestore
from .values import Document, GeoPoint, Reference, Timestamp, Vector

__all__ = [
    "BadExport",
    "Collection",
    "Document",
    "DocumentMaker",
    "DocumentPlan",
    "FirestoreOrigin",
    "FirestoreSource",
    "GeoPoint",
    "Inventory",
    "Reference",
    "Timestamp",
    "Vector",
    "is_firestore",
    "parse_firestore",
]
