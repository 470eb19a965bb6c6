"""Values that may be no longer than so many bytes."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from dynalayer.protocol import DefinitionError, InvalidValue, value_size

from .codecs import Codec, Wire


def bounded(codec: Codec, max_bytes: int, where: str) -> Codec:
    """The codec of a text or of bytes that refuses to write more than `max_bytes` of them; reading takes all.

    Raises `DefinitionError` for other types and for a bound below 1.
    """
    if codec.type_name not in ("str", "bytes"):
        raise DefinitionError(f"{where}: max_bytes bounds a str or bytes, not {codec.type_name}")
    if max_bytes < 1:
        raise DefinitionError(f"{where}: max_bytes must be at least 1, got {max_bytes}")

    def write(value: object) -> Wire:
        wire = codec.write(value)
        if value_size(wire) > max_bytes:
            raise InvalidValue(f"the value has {value_size(wire):,} bytes, max_bytes allows {max_bytes:,}")
        return wire

    if codec.fast_test is None:
        return replace(codec, write=write)
    return replace(codec, write=write, fast_test=_fast_test(codec.fast_test, max_bytes))


def _fast_test(test: Callable[[str], str], max_bytes: int) -> Callable[[str], str]:
    # A character has at most four bytes; what may be longer goes the way that counts them.
    return lambda value: f"{test(value)} and len({value}) <= {max_bytes // 4}"
