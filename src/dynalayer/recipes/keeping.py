"""Values of any type that an entity could have, as one text: exact, and of the type that was declared when read."""

from __future__ import annotations

from types import NoneType
from typing import Any, Generic, TypeVar

import msgspec

from dynalayer import DefinitionError, Entity, InvalidValue
from dynalayer.schema import codec_for

V = TypeVar("V")


class Keeper(Generic[V]):
    """Writes values of one type as text and reads them back; `where` tells whose they are in errors.

    Raises `DefinitionError` for a type that has no exact form in DynamoDB.
    """

    def __init__(self, annotation: Any, where: str) -> None:
        self._where = where
        self._is_none = annotation in (None, NoneType)
        try:
            self._codec = codec_for(str if self._is_none else annotation)
        except TypeError as error:
            raise DefinitionError(f"{where}: {error}") from None

    def write(self, value: V) -> str:
        """The text; raises `InvalidValue` for a value of another type."""
        try:
            wire = {"NULL": True} if self._is_none and value is None else self._codec.write(value)
            return msgspec.json.encode(wire).decode()
        except InvalidValue as error:
            raise InvalidValue(f"{self._where}: {error}") from None

    def read(self, text: str) -> V:
        """The value; raises `InvalidValue` if the text is of a value of another type."""
        try:
            wire = msgspec.json.decode(text, type=dict[str, Any])
            value: V = None if self._is_none and "NULL" in wire else self._codec.read(wire)  # type: ignore[assignment]
        except (ValueError, ArithmeticError, TypeError, LookupError) as error:
            raise InvalidValue(f"{self._where}: the stored value cannot be read: {type(error).__name__}") from None
        return value


def canonical(value: object, where: str) -> bytes:
    """The same bytes for the same value in every process; raises `InvalidValue` for what has no such form."""
    try:
        return msgspec.json.encode(value, order="sorted", enc_hook=_parts)
    except (TypeError, NotImplementedError) as error:
        raise InvalidValue(
            f"{where}: the arguments cannot be compared ({error}); say what to compare by payload="
        ) from None


def _parts(value: Any) -> Any:
    if isinstance(value, Entity):
        return value.__definition__.encode(value)
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    raise NotImplementedError(f"{type(value).__name__} has no text of its own")
