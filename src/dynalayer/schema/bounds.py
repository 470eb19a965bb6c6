"""Values that may be no longer than so many bytes, or must pass a test of the user's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from dynalayer.protocol import DefinitionError, InvalidValue, value_size

from .codecs import Codec, Wire
from .codecs.codec import named


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


def checked(codec: Codec, check: Callable[[Any], object]) -> Codec:
    """The codec that runs `check` on each value written and read; its ValueError becomes an `InvalidValue`."""

    def passed(value: Any) -> Any:
        try:
            check(value)
        except InvalidValue:
            raise
        except ValueError as error:
            raise InvalidValue(str(error)) from None
        return value

    def write(value: object) -> Wire:
        wire = codec.write(value)  # first, so that a check sees values of its type alone
        passed(value)
        return wire

    def read(wire: Wire) -> Any:
        return passed(codec.read(wire))

    names = dict(codec.names)
    call, inner = named("checked", passed, names), codec.fast_read
    fast_read = None if inner is None else (lambda w: call(inner(w)))
    slow = replace(codec, fast_test=None, fast_write=None, names=names, operand=codec)
    return replace(slow, write=write, read=read, fast_read=fast_read)
