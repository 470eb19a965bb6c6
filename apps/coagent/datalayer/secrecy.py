"""The fields that are secrets: sealed where they are stored, and given as what shows itself to nobody.

Which they are the declared kinds say: those whose type is `Sealed`.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final, get_args

import msgspec

from coagent.tables import coagent
from dynalayer import Entity, Key
from dynalayer.sealing import Sealed, Sealer, SealingError, Secret

from .errors import ValidationError
from .kinds import KINDS, named_by
from .types import Data, DynamoDBItem


def _secret_fields(kind: type[Entity]) -> dict[str, str]:
    attributes = kind.__definition__.attributes.values()
    return {each.wire_name: each.name for each in attributes if Sealed in (each.annotation, *get_args(each.annotation))}


_FIELDS: Final[Mapping[str, dict[str, str]]] = {
    name: fields for name, kind in KINDS.items() if (fields := _secret_fields(kind))
}
"""Of each kind that has secrets, their names in the table and on the entity."""
_NAMES: Final = frozenset(name for fields in _FIELDS.values() for name in fields)


def sealer_for(table_name: str, sealer: Sealer | None) -> Sealer | None:
    """What seals the secrets of a table; the declared kinds, for which they are sealed, name their table."""
    if sealer is not None and table_name != coagent.name:
        raise ValidationError(
            f"Secrets are sealed for the table {coagent.name}, that of DYNAMODB_TABLE_NAME when the program began."
        )
    return sealer


def has_secrets(item: DynamoDBItem) -> bool:
    """True for an item some of whose fields are secrets."""
    return not _NAMES.isdisjoint(item.data) and bool(_fields_of(item))


def _fields_of(item: DynamoDBItem) -> Mapping[str, str]:
    """By the entity type, or by the key: an item must not be in the clear because it is called something else."""
    return _FIELDS.get(item.entity_type) or _fields_by_key(item.pk, item.sk)


def _fields_by_key(pk: str, sk: str) -> Mapping[str, str]:
    named = named_by(pk, sk)
    return {} if named is None else _FIELDS.get(named.kind.__definition__.name, {})


def names_secrets(changes: Mapping[str, Any]) -> bool:
    """True for changes of fields that may be secrets."""
    return not _NAMES.isdisjoint(changes)


def sealed(item: DynamoDBItem, sealer: Sealer | None) -> DynamoDBItem:
    """The item as it may be stored; raises `ValidationError` for a secret without anything to seal it with."""
    return replace(item, data=_sealed(item.pk, item.sk, item.data, _fields_of(item), sealer))


def sealed_changes(pk: str, sk: str, changes: Mapping[str, Any], sealer: Sealer | None) -> Mapping[str, Any]:
    """The changes of an item as they may be stored, as `sealed`; those of a kind without secrets as they are."""
    return _sealed(pk, sk, changes, _fields_by_key(pk, sk), sealer)


def opened(item: DynamoDBItem, sealer: Sealer | None, *, was_written: bool = False) -> DynamoDBItem:
    """The item with its secrets: each a `Secret`, or a `Sealed` where there is nothing to open it with.

    What `was_written` is given even if a secret in it does not open: the write has been made by then.
    """
    data = dict(item.data)
    for name, attribute in _fields_of(item).items():
        stored = data.get(name)
        if isinstance(stored, str):
            data[name] = Secret(stored)
        elif isinstance(stored, dict):
            data[name] = value = _from_map(stored)
            if sealer is not None:
                with suppress(*((SealingError,) if was_written else ())):
                    data[name] = sealer.open(*_place(item.pk, item.sk, attribute), value)
    return replace(item, data=data)


def _sealed(pk: str, sk: str, data: Mapping[str, Any], fields: Mapping[str, str], sealer: Sealer | None) -> Data:
    made = dict(data)
    for name, attribute in fields.items():
        value = made.get(name)
        if isinstance(value, Sealed):
            made[name] = _as_map(value)
        elif isinstance(value, str | Secret):
            if sealer is None:
                raise ValidationError("Secrets are stored sealed: give the repository a sealer.")
            secret = Secret(value) if isinstance(value, str) else value
            made[name] = _as_map(sealer.seal(*_place(pk, sk, attribute), secret))
    return made


def _place(pk: str, sk: str, attribute: str) -> tuple[Key[Any], Any]:
    """Where a value is sealed for, as the declared kind says it too."""
    named = named_by(pk, sk)
    if named is None:
        raise ValidationError("The key is not one of an item that has secrets.")
    kind: Any = named.kind
    return kind.key(*named.values.values()), getattr(kind, attribute)


def _from_map(stored: Any) -> Sealed:
    try:
        return msgspec.convert(stored, Sealed)
    except msgspec.ValidationError:
        raise ValidationError("What is stored in the place of a secret is none.") from None


def _as_map(value: Sealed) -> Data:
    return dict(zip(Sealed.__struct_encode_fields__, msgspec.structs.astuple(value), strict=True))
