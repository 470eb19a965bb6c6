"""Requests out of their JSON; what does not fit is told in the service's words."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from dynalayer.engines.embedded.requests.diagnosis import diagnose
from dynalayer.engines.embedded.requests.structs import Request
from dynalayer.protocol import SerializationError

_Request = TypeVar("_Request", bound=Request)
_decoders: dict[type[Request], msgspec.json.Decoder[Any]] = {}

decode_item = msgspec.json.Decoder(dict[str, Any]).decode
"""An item from the JSON that it is stored as."""

encode = msgspec.json.Encoder().encode
"""JSON of an item or an answer."""


encode_sorted = msgspec.json.Encoder(order="deterministic").encode
"""JSON that is the same for the same content."""


def decode(shape: type[_Request], body: bytes) -> _Request:
    """The request in `body`; raises `SerializationError` or `ValidationError` as the service does for faulty ones."""
    decoder = _decoders.get(shape)
    if decoder is None:
        decoder = _decoders[shape] = msgspec.json.Decoder(shape)
    try:
        try:
            request: _Request = decoder.decode(body)
        except msgspec.ValidationError:
            return _mended(shape, body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise SerializationError("") from None
    return request


def _mended(shape: type[_Request], body: bytes) -> _Request:
    """The request once its null members are gone, which the service takes for absent; or the error it deserves."""
    document = _without_nulls(msgspec.json.decode(body))
    diagnose(shape, document)
    try:
        return msgspec.convert(document, shape)
    except msgspec.ValidationError as error:
        raise SerializationError(str(error)) from None


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(member) for name, member in value.items() if member is not None}  # pyright: ignore
    return value
